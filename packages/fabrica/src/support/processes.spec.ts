import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processFolder, processIdentity, registerProcess } from '../../bin/shared.cjs';
import { Cancelled } from './errors';
import { interruptibleIn, listProcesses, run, runOrFail, startDaemon, stopProcess } from './processes';
import { rememberSecret } from './secrets';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fabrica-'));
});
afterEach(async () => {
  await Promise.all(listProcesses(root).map((record) => stopProcess(root, record, 0)));
  rmSync(root, { recursive: true, force: true });
});

const node = process.execPath;
const script = (text: string): string[] => ['-e', text];

/** A program that starts a child, writes both numbers to a file, and lives until it is ended. */
const FAMILY = `
  const { spawn } = require('child_process');
  const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => { require('fs').writeFileSync('pids.tmp', JSON.stringify([process.pid, child.pid])); require('fs').renameSync('pids.tmp', 'pids'); });
  setInterval(() => {}, 1000);
`;

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((next) => setTimeout(next, 5));
}

/** The only note that there is. */
const noteFile = (): string => join(processFolder(root), readdirSync(processFolder(root))[0] as string);

const pids = (): number[] => JSON.parse(readFileSync(join(root, 'pids'), 'utf8')) as number[];

describe('run', () => {
  it('gives arguments and input as they are, never through a shell', async () => {
    const { code, stdout } = await run(
      node,
      [...script('process.stdin.pipe(process.stdout); console.log(process.argv[1])'), '$(id); "x"'],
      { input: 'hello' },
    );
    expect(code).toBe(0);
    expect(stdout).toBe('$(id); "x"\nhello\n');
  });

  it('hands lines over as they come, without secrets', async () => {
    rememberSecret('tops3cret');
    const lines: string[] = [];
    await run(node, script('console.log("one tops3cret"); console.error("two")'), {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(lines.sort()).toEqual(['stderr two', 'stdout one ***']);
  });

  it('says which program is missing', async () => {
    await expect(run('no-such-program', [])).rejects.toMatchObject({
      code: 'program-missing',
      message: 'no-such-program is not installed, or not on the PATH',
    });
  });

  it('shows the last lines of a program that fails', async () => {
    const failure = { code: 'x-failed', message: 'x does not work', hint: 'try y' };
    await expect(
      runOrFail(node, script('console.error("because"); process.exit(3)'), { failure }),
    ).rejects.toMatchObject({ code: 'x-failed', message: 'x does not work\n  because', hint: 'try y' });
  });

  it('ends the program and all that it started when it is cancelled', async () => {
    const controller = new AbortController();
    const done = run(node, script(FAMILY), {
      cwd: root,
      signal: controller.signal,
      grace: 200,
      register: { root, kind: 'run', project: 'p' },
    });
    await until(() => existsSync(join(root, 'pids')));
    expect(listProcesses(root).map(({ kind, project }) => ({ kind, project }))).toEqual([
      { kind: 'run', project: 'p' },
    ]);
    controller.abort(new Cancelled('SIGINT'));
    await expect(done).rejects.toBeInstanceOf(Cancelled);
    await until(() => pids().every((pid) => processIdentity(pid) === undefined));
    expect(listProcesses(root)).toEqual([]);
  }, 30_000);
});

describe('daemons', () => {
  const start = () =>
    startDaemon(node, script(FAMILY), {
      root,
      id: 'service-p',
      kind: 'service',
      project: 'p',
      cwd: root,
      log: join(root, 'log'),
    });

  it('are found again and ended with their children, also those that do not listen', async () => {
    const record = await start();
    await until(() => existsSync(join(root, 'pids')));
    expect(listProcesses(root, ({ project }) => project === 'p')).toEqual([record]);
    await stopProcess(root, record, 200);
    expect(pids().map(processIdentity)).toEqual([undefined, undefined]);
    expect(readdirSync(processFolder(root))).toEqual([]);
  }, 30_000);

  it('end with an interrupted command, unless it came to its end', async () => {
    const first = await interruptibleIn(root, start);
    const options = { root, kind: 'task', log: join(root, 'log2') };
    const interrupted = interruptibleIn(root, async () => {
      await startDaemon(node, script('setInterval(() => {}, 1000)'), options);
      process.emit('SIGINT');
    });
    await expect(interrupted).rejects.toBeInstanceOf(Cancelled);
    expect(listProcesses(root)).toEqual([first]);
  }, 30_000);

  it('are not confused with a later process of the same number', () => {
    const record = registerProcess(root, { id: 'old', pid: process.pid, kind: 'service', command: ['x'] });
    const file = noteFile();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(file, JSON.stringify({ ...record, identity: 'of another time' }));
    expect(listProcesses(root)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('of which the note cannot be read are an error, never nobody', () => {
    registerProcess(root, { id: 'x', pid: process.pid, kind: 'service', command: ['x'] });
    writeFileSync(noteFile(), '{');
    expect(() => listProcesses(root)).toThrow(/x\.\S+\.json is not readable/);
    rmSync(noteFile());
  });

  it('that were replaced take only their own note with them', async () => {
    const [first, second] = [await start(), await start()];
    await stopProcess(root, first, 200);
    expect(listProcesses(root)).toEqual([second]);
    await stopProcess(root, first, 200);
    expect(listProcesses(root)).toEqual([second]);
  }, 30_000);
});
