import { join } from 'node:path';
import { append, commit, nx, nxOk, pretendEnvironment, workspaceWithPlugin, write } from './workspace';

const project = (name: string) => ({
  [`projects/${name}/pyproject.toml`]: `[project]\nname = "${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = []\n`,
  [`projects/${name}/fabrica.yaml`]: 'owner: me\n',
  [`projects/${name}/requirements.txt`]: '',
  [`projects/${name}/requirements-dev.txt`]: '',
  [`projects/${name}/src/${name}/__init__.py`]: '',
});

/** Real Nx: exit codes, one process for all, and what its cache asks again. */
describe('boundaries', () => {
  const root = workspaceWithPlugin({
    ...project('rides'),
    ...project('bikes'),
    'projects/rides/src/rides/train.py': 'import os\nimport bikes.features\n',
  });
  const ALL = ['run-many', '-t', 'boundaries', '--output-style=static'];

  it('fails for the project that reaches into another, with the place and the way out', () => {
    const { code, text } = nx(root, ALL);
    expect(code).toBe(1);
    expect(text).toContain('error imports-project projects/rides/src/rides/train.py:2');
    expect(text).toContain(
      'try move what both need into a package: npx nx g fabrica:graduate bikes.features --to bikes-shared',
    );
    expect(text).toMatch(/1 error, 0 warnings, \d+ files of 2 projects and packages, \d\.\d\d s/);
    expect(text).toMatch(/Failed tasks:\s+- rides:boundaries/);
  });

  it('says it to tools', () => {
    const { code, stdout } = nx(root, ['run', 'rides:boundaries', '--json']);
    const document = JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '') as object;
    expect(code).toBe(1);
    expect(document).toMatchObject({ name: 'rides', findings: [{ rule: 'imports-project', line: 2 }] });
    const { text } = nx(root, ['run', 'rides:boundaries', '--format=github', '--batch=false']);
    expect(text).toContain(
      '::error file=projects/rides/src/rides/train.py,line=2,title=boundaries%3A imports-project::',
    );
  });

  it('asks again where a file, the environment or the workspace changed, and nowhere else', () => {
    write(root, { 'projects/rides/src/rides/train.py': 'import os\n' });
    commit(root, 'Change');
    expect(ran(nxOk(root, ALL).text)).toEqual(['rides']);
    expect(ran(nxOk(root, ALL).text)).toEqual([]);
    append(root, 'projects/bikes/src/bikes/__init__.py', 'X = 1\n');
    expect(ran(nxOk(root, ALL).text)).toEqual(['bikes']);
    pretendEnvironment(root, 'projects/rides', join(root, '.nx', 'ran.log'));
    expect(ran(nxOk(root, ALL).text)).toEqual(['rides']);
    write(root, project('boats'));
    expect(ran(nxOk(root, ALL).text)).toEqual(['bikes', 'boats', 'rides']);
  });

  it('lists what is excused in every run, and never takes it from the cache', () => {
    const until = (day: string) =>
      `owner: me\nboundaries: { exceptions: [{ rule: imports-project, path: src, reason: it moves, until: ${day} }] }\n`;
    write(root, {
      'projects/rides/src/rides/train.py': 'import bikes\n',
      'projects/rides/fabrica.yaml': until('2999-12-31'),
    });
    const EACH = ['run-many', '-t', 'boundaries', '-p', 'rides'];
    const excused = 'excused until 2999-12-31: imports-project in projects/rides/src (1 finding): it moves';
    for (const _run of [1, 2]) expect(nxOk(root, EACH).text).toContain(excused);
    write(root, { 'projects/rides/fabrica.yaml': until('2000-01-01') });
    const { code, text } = nx(root, EACH);
    expect(code).toBe(1);
    expect(text).toContain('error exception-ended projects/rides/fabrica.yaml:2');
    expect(text).toContain('error imports-project projects/rides/src/rides/train.py:1');
  });

  it('leaves the other checks of a project alone when one is added', () => {
    const hash = () =>
      (nxOk(root, ['show', 'project', 'rides', '--json']).stdout.match(/\{.*\}/s) ?? [''])[0];
    const before = hash();
    write(root, project('ferries'));
    expect(hash()).toBe(before);
  });

  /** The projects whose boundaries were not taken from the cache. */
  function ran(text: string): string[] {
    const lines = text.split('\n').filter((line) => /nx run \w+:boundaries\s*$/.test(line));
    // Of a batch of one, Nx says so twice.
    return [...new Set(lines.map((line) => /run (\w+):/.exec(line)?.[1] ?? ''))].sort();
  }
});
