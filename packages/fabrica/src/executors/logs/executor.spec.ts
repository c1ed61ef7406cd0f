import type { ExecutorContext } from '@nx/devkit';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import logs, { type LogsOptions } from './executor';

const WRITTEN = [
  '{"timestamp":"2026-11-21T08:00:00Z","level":"error","message":"predict failed","id":"7"}',
  'Traceback (most recent call last):',
  '  File "src/bikes/service.py", line 3, in predict',
  '42',
];

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fabrica-'));
  mkdirSync(join(root, '.fabrica/services/bikes'), { recursive: true });
  write(...WRITTEN);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(root, { recursive: true, force: true });
});

function write(...lines: string[]): void {
  writeFileSync(join(root, '.fabrica/services/bikes/service.log'), lines.join('\n') + '\n');
}

async function shown(options: LogsOptions): Promise<string[]> {
  const lines: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text).replace(/\n$/, ''));
    return true;
  });
  const context = {
    root,
    projectName: 'bikes',
    projectsConfigurations: { version: 2, projects: { bikes: { root: 'projects/bikes' } } },
  } as unknown as ExecutorContext;
  expect(await logs(options, context)).toEqual({ success: true });
  return lines;
}

describe('logs', () => {
  it('shows a person the time, the level, the message and what else there is', async () => {
    expect(await shown({})).toEqual([
      '2026-11-21T08:00:00Z error   predict failed id=7',
      ...WRITTEN.slice(1),
    ]);
  });

  it('shows an exception as Python does, below its line', async () => {
    const frames = [
      { file: 'src/bikes/service.py', line: 9, function: 'predict', code: 'return days * slope' },
      { file: 'src/bikes/rides.py', line: 3, function: 'slope' },
    ];
    const cause = { type: 'KeyError', message: "'slope'", frames: [] };
    const error = { type: 'ValueError', message: 'no slope', frames, hint: 'add one', cause };
    write(JSON.stringify({ timestamp: 'T', level: 'error', message: 'request failed', request: '7', error }));
    expect(await shown({})).toEqual([
      [
        'T error   request failed request=7',
        "KeyError: 'slope'",
        'while handling this, or because of it:',
        'Traceback (most recent call last):',
        '  File "src/bikes/service.py", line 9, in predict',
        '    return days * slope',
        '  File "src/bikes/rides.py", line 3, in slope',
        'ValueError: no slope',
        'hint: add one',
      ].join('\n'),
    ]);
  });

  it('shows an `error` that is no exception as any field', async () => {
    write('{"timestamp":"T","level":"info","message":"asked","error":"none"}');
    expect(await shown({})).toEqual(['T info    asked error=none']);
  });

  it('prints nothing but JSON documents with --json, also for a traceback', async () => {
    expect((await shown({ json: true })).map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ message: 'predict failed', id: '7' }),
      ...WRITTEN.slice(1).map((message) => ({ message })),
    ]);
  });

  it('shows as many of the last lines as are asked for: none, some, more than there are', async () => {
    expect(await shown({ lines: 0 })).toEqual([]);
    expect(await shown({ lines: 2 })).toEqual(WRITTEN.slice(-2));
    expect(await shown({ lines: 100 })).toHaveLength(WRITTEN.length);
  });
});
