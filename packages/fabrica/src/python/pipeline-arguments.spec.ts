import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elsewhere, pipelineArguments, pipelinesOf } from '../../bin/pipeline-arguments.cjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fabrica-'));
});
afterEach(() => {
  delete process.env.FABRICA_ENVIRONMENT;
  rmSync(folder, { recursive: true, force: true });
});

function pipelines(...names: string[]): void {
  mkdirSync(join(folder, 'src/p/pipelines'), { recursive: true });
  for (const name of ['__init__', '_private', ...names])
    writeFileSync(join(folder, `src/p/pipelines/${name}.py`), '');
}

const RUN = ['python', '-m', 'fabrica.pipelines', 'run'];
const completed = (...words: string[]): string[] =>
  pipelineArguments([...RUN, ...words], folder).command.slice(RUN.length);

test('the only pipeline, or train, is the default', () => {
  pipelines('score');
  expect(completed()).toEqual(['score']);
  pipelines('train');
  expect(completed()).toEqual(['train']);
  pipelines();
});

test('what cannot be imported, or is private, is no pipeline: a default that the runner refuses is none', () => {
  pipelines('train-v2', '2nd', 'größe');
  expect(pipelinesOf(folder)).toEqual(['größe']);
  expect(completed()).toEqual(['größe']);
});

test('a name stands anywhere, but the word after an option is its value', () => {
  pipelines('score', 'train');
  expect(completed('score', '--set', 'a=1')).toEqual(['score', '--set', 'a=1']);
  expect(completed('--no-cache', 'score')).toEqual(['score', '--no-cache']);
  expect(completed('--set', 'a=1', '--pipeline=score')).toEqual(['score', '--set', 'a=1']);
  expect(completed('--max-depth', '8')).toEqual(['train', '--max-depth', '8']);
  expect(completed('--resume', '2026-x')).toEqual(['train', '--resume', '2026-x']);
});

test('what fabrica.yaml overrides for the pipeline comes before what the person says', () => {
  pipelines('score', 'train');
  const each = (value: string, line: number) => [{ option: '--each', value, place: `fabrica.yaml:${line}` }];
  const train = { '*': each('borough=Queens,Bronx', 4), staging: each('borough=Queens', 9) };
  const overrides = `--overrides=${JSON.stringify({ train })}`;
  expect(completed(overrides, '--set', 'a=1')).toEqual([
    'train',
    '--each',
    'borough=Queens,Bronx',
    '--set',
    'a=1',
  ]);
  expect(completed(overrides, 'score')).toEqual(['score']);
  process.env.FABRICA_ENVIRONMENT = 'staging';
  expect(completed(overrides)).toEqual(['train', '--each', 'borough=Queens']);
  expect(pipelineArguments([...RUN, overrides], folder).env).toEqual({
    FABRICA_PLACES: '{"borough=Queens":"fabrica.yaml:9"}',
  });
  process.env.FABRICA_ENVIRONMENT = 'production';
  expect(completed(overrides)).toEqual(['train', '--each', 'borough=Queens,Bronx']);
});

test('other commands stay as they are', () => {
  pipelines('train');
  expect(pipelineArguments(['pytest', '-k', 'x'], folder)).toEqual({
    command: ['pytest', '-k', 'x'],
    env: {},
  });
});

test('resume is a run that is continued; the environment of this machine is no argument', () => {
  pipelines('train');
  const resume = [...RUN.slice(0, -1), 'resume'];
  const words = (...more: string[]) => pipelineArguments([...resume, ...more], folder).command.slice(3);
  expect(words('--run=R1')).toEqual(['run', 'train', '--resume=R1']);
  expect(words('--run', 'R1', 'score')).toEqual(['run', 'score', '--resume=R1']);
  expect(words('--environment=local')).toEqual(['run', 'train', '--resume']);
});

test.each([
  [['run', 'train', '--environment=staging'], 'run'],
  [['resume', '--environment', 'staging', '--run=R1'], 'resume'],
  [['backfill', '--from=2026-01-01'], 'backfill'],
  [['run', 'train'], undefined],
  [['run', 'train', '--environment=local'], undefined],
  [['plan', 'train', '--environment=staging'], undefined],
])('%j is for the cluster, or for many dates: %s', (words, verb) => {
  expect(elsewhere(['python', '-m', 'fabrica.pipelines', ...words])?.verb).toBe(verb);
});

test.each([
  [['--environment=staging'], 'test'],
  [['-k', 'gate', '--environment', 'staging'], 'test'],
  [['--environment=local'], undefined],
  [['-k', 'gate'], undefined],
])('pytest %j is elsewhere as %s', (words, verb) => {
  expect(elsewhere(['pytest', ...words])).toEqual(verb && { verb, words });
});
