import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nx, nxOk, pretendEnvironment, workspaceWithPlugin } from './workspace';

/** What a person types, through real Nx, to the command that runs in the project's environment. */
describe('commands', () => {
  const root = workspaceWithPlugin({
    'projects/bikes/pyproject.toml': '[project]\nname = "bikes"\nversion = "0.1.0"\n',
    'projects/bikes/requirements-dev.txt': '',
    'projects/bikes/fabrica.yaml': `owner: me\npipelines: {train: {each: {city: [Bern, "Val d'Or"]}, parameters: {max_iter: 300}}}\n`,
    'projects/bikes/src/bikes/pipelines/train.py': '',
    'projects/bikes/src/bikes/pipelines/score.py': '',
    'projects/bikes/src/bikes/service.py': '',
  });
  const log = join(root, '.nx', 'ran.log');
  const overrides = `--each city=Bern,Val d'Or --settings {"max_iter":300}`;

  beforeAll(() => pretendEnvironment(root, 'projects/bikes', log));
  beforeEach(() => rmSync(log, { force: true }));

  it.each([
    [['run', 'bikes:run'], [`python -m fabrica.pipelines run train ${overrides}`]],
    [['run', 'bikes:run', 'score'], ['python -m fabrica.pipelines run score']],
    [['run', 'bikes:run', '--pipeline=score'], ['python -m fabrica.pipelines run score']],
    [
      ['run', 'bikes:run', 'train', '--set', 'test_days=60', '--no-cache'],
      [`python -m fabrica.pipelines run train ${overrides} --set test_days=60 --no-cache`],
    ],
    [
      ['run', 'bikes:run', '--set', 'a=1', '--set', 'b=2'],
      [`python -m fabrica.pipelines run train ${overrides} --set a=1 --set b=2`],
    ],
    [['run', 'bikes:run', 'score', '--environment=local'], ['python -m fabrica.pipelines run score']],
    [['run', 'bikes:resume', '--run=R1'], [`python -m fabrica.pipelines run train ${overrides} --resume=R1`]],
    [['run', 'bikes:resume', 'score'], ['python -m fabrica.pipelines run score --resume']],
    [['serve', 'bikes', '--port=8001'], ['python -m fabrica.serving serve --port=8001']],
    [['test', 'bikes', '-k', 'gate', '-x'], ['pytest -k gate -x']],
    [
      ['lint', 'bikes'],
      ['ruff check .', 'ruff format --check .'],
    ],
    [
      ['run', 'bikes:format'],
      ['ruff check --fix .', 'ruff format .'],
    ],
    [['typecheck', 'bikes'], ['basedpyright ']],
  ])('nx %j', (args, expected) => {
    nxOk(root, args);
    expect(existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []).toEqual(
      expected.map((command) => `projects/bikes ${command}`),
    );
  });

  it.each([
    [['run', 'bikes:run', '--environment=staging'], 'there is no environment "staging"'],
    [['run', 'bikes:resume', '--environment', 'staging'], 'there is no environment "staging"'],
    [['run', 'bikes:backfill', '--to=2026-01-31'], '--from is missing'],
  ])('nx %j is for no runner of this machine alone', (args, error) => {
    const { code, text } = nx(root, args);
    expect(text).toContain(error);
    expect([code, existsSync(log)]).toEqual([1, false]);
  });

  it('a service that does not start is no success', () => {
    const python = join(root, 'projects/bikes/.venv/bin/python');
    const pretended = readFileSync(python);
    writeFileSync(python, '#!/bin/sh\necho "no champion yet" >&2\nexit 2\n');
    const { code, text } = nx(root, ['serve', 'bikes']);
    writeFileSync(python, pretended);
    expect(text).toContain('no champion yet');
    expect(code).toBe(1);
  });

  it('a name that no project has', () => {
    const { code, text } = nx(root, ['run', 'bike:run']);
    expect(code).not.toBe(0);
    expect(text).toContain('bike');
  });
});
