import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { listProcesses, stopProcess } from '../../src/support/processes';

/** The workspace that this plugin is developed in. */
export const HOUSE = join(__dirname, '..', '..', '..', '..');

/** uv and pypiserver are installed once for all tests. */
const TOOLS = join(HOUSE, 'node_modules', '.cache', 'fabrica-e2e', 'tools');

/** Has a workspace use them. */
export function shareTools(root: string): void {
  mkdirSync(join(root, '.fabrica'), { recursive: true });
  mkdirSync(TOOLS, { recursive: true });
  symlinkSync(TOOLS, join(root, '.fabrica', 'tools'));
}

type Executor<T> = (options: T, context: ExecutorContext) => Promise<{ success: boolean }>;

/** What a command printed and whether it went well. */
export interface Answer {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** A workspace of its own, in a folder with a space in its name. */
export class Workspace {
  readonly root = join(mkdtempSync(join(tmpdir(), 'fabrica-')), 'a workspace');

  constructor({ sharedTools = true }: { sharedTools?: boolean } = {}) {
    mkdirSync(join(this.root, '.fabrica'), { recursive: true });
    if (sharedTools) shareTools(this.root);
    symlinkSync(join(HOUSE, 'node_modules'), join(this.root, 'node_modules'));
    this.write('nx.json', '{}');
    this.write('package.json', '{ "name": "acme", "private": true }');
    this.write('.gitignore', 'node_modules\n.fabrica\n.venv\ndist\n__pycache__\n');
  }

  /** Ends all that was started and removes the folder. */
  async remove(): Promise<void> {
    await Promise.all(listProcesses(this.root).map((record) => stopProcess(this.root, record)));
    rmSync(dirname(this.root), { recursive: true, force: true });
  }

  path(file: string): string {
    return join(this.root, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    return execFileSync('git', [...identity, ...args], {
      cwd: this.root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  commit(message = 'change'): void {
    this.git('add', '--all');
    this.git('commit', '-qm', message);
  }

  start(): this {
    this.git('init', '-q', '-b', 'main');
    this.commit('start');
    return this;
  }

  /** Makes it a clone of the workspace that this plugin is developed in, as it is committed. */
  clone(): void {
    const clone = this.path('../clone');
    execFileSync('git', ['clone', '--quiet', HOUSE, clone]);
    execFileSync('cp', ['-a', `${clone}/.`, this.root]);
    rmSync(clone, { recursive: true });
  }

  /** A shared package whose module says which version it is. */
  package(name: string, { version = '0.1.0', code = '1', siblings = [] as string[] } = {}): void {
    const dependencies = siblings.map((sibling) => `"acme-${sibling}>=0.1,<1"`).join(', ');
    const sources = siblings
      .map((sibling) => `acme-${sibling} = { path = "../${sibling}", editable = true }`)
      .join('\n');
    this.write(
      `packages/${name}/pyproject.toml`,
      `[project]\nname = "acme-${name}"\nversion = "${version}"\nrequires-python = ">=3.11"\ndependencies = [${dependencies}]\n\n[dependency-groups]\ndev = ["iniconfig"]\n\n[build-system]\nrequires = ["uv_build==0.13.8"]\nbuild-backend = "uv_build"\n\n[tool.uv]\nmanaged = false\n\n[tool.uv.build-backend]\nmodule-name = "acme.${name}"\n\n[tool.uv.sources]\n${sources}\n`,
    );
    this.write(`packages/${name}/src/acme/${name}/__init__.py`, `CODE = ${code}\n`);
  }

  /** A project that uses packages. */
  project(name: string, dependencies: readonly string[]): void {
    this.write(`projects/${name}/fabrica.yaml`, 'owner: acme\n');
    this.write(
      `projects/${name}/pyproject.toml`,
      `[project]\nname = "${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = [\n${dependencies.map((one) => `  "${one}",\n`).join('')}]\n\n[dependency-groups]\ndev = ["iniconfig"]\n\n[tool.uv]\nmanaged = false\n`,
    );
    this.write(`projects/${name}/src/${name}/__init__.py`, '');
  }

  /** Runs an executor in this process, as Nx does, and collects what it prints. */
  async run<T extends object>(executor: Executor<T>, folder: string, options: T): Promise<Answer> {
    const said = { stdout: '', stderr: '' };
    const originals = { stdout: process.stdout.write, stderr: process.stderr.write };
    const collect = (name: 'stdout' | 'stderr') =>
      ((chunk: string | Uint8Array) => {
        said[name] += chunk.toString();
        return true;
      }) as typeof process.stdout.write;
    process.stdout.write = collect('stdout');
    process.stderr.write = collect('stderr');
    try {
      const { success } = await executor(options, this.context(folder));
      return { success, ...said };
    } finally {
      process.stdout.write = originals.stdout;
      process.stderr.write = originals.stderr;
    }
  }

  private context(folder: string): ExecutorContext {
    const name = folder === '.' ? 'workspace' : (folder.split('/').at(-1) as string);
    return {
      root: this.root,
      cwd: this.root,
      isVerbose: false,
      projectName: name,
      projectsConfigurations: { version: 2, projects: { [name]: { root: folder } } },
      projectGraph: { nodes: {}, dependencies: {} },
      nxJsonConfiguration: {},
    };
  }

  /** Runs an executor in a process of its own, which a test may interrupt. */
  spawn(executor: string, folder: string, options: object, env: NodeJS.ProcessEnv = {}): ChildProcess {
    return this.node(this.program(executor, folder, options), env);
  }

  /** {@link spawn} on a terminal, on which each question is answered in turn. */
  spawnOnTerminal(
    answers: readonly string[],
    executor: string,
    folder: string,
    options: object,
  ): ChildProcess {
    const script = join(__dirname, 'on_terminal.py');
    const words = [script, JSON.stringify(answers), process.execPath, '-e'];
    return this.inHouse('python3', [...words, this.program(executor, folder, options)]);
  }

  private program(executor: string, folder: string, options: object): string {
    return `
      require('@swc-node/register');
      const executor = require(${JSON.stringify(join(HOUSE, 'packages/fabrica/src/executors', executor, 'executor.ts'))}).default;
      executor(${JSON.stringify(options)}, ${JSON.stringify(this.context(folder))}).then(({ success }) => process.exit(success ? 0 : 1));
    `;
  }

  /** Runs a program of TypeScript's world in a process of its own. */
  node(program: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
    return this.inHouse(process.execPath, ['-e', program], env);
  }

  private inHouse(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(program, args, {
      cwd: join(HOUSE, 'packages/fabrica'),
      env: {
        ...process.env,
        SWC_NODE_PROJECT: join(HOUSE, 'packages/fabrica/tsconfig.json'),
        NO_COLOR: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs an executor as Nx does: below a process with a channel to it, which a test may kill. */
  spawnBelowNx(
    executor: string,
    folder: string,
    options: object,
  ): Promise<{ nx: ChildProcess; pid: number }> {
    const program = this.program(executor, folder, options);
    const nx = this.node(`
      const { spawn } = require('child_process');
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(program)}], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      for (const name of ['stdout', 'stderr']) child[name].pipe(process[name]);
      console.log('executor ' + child.pid); // as text: a number may come in colour
      child.on('exit', (code) => process.exit(code ?? 1));
    `);
    return new Promise((done) => {
      nx.stdout?.once('data', (chunk: Buffer) =>
        done({ nx, pid: Number(/executor (\d+)/.exec(chunk.toString())?.[1]) }),
      );
    });
  }

  /** Copies a package of this house, without what is not under version control. */
  copyPackage(name: string): void {
    const skip = /[\\/](\.venv|__pycache__|\.[a-z_]*cache|node_modules|dist|releases)$/;
    cpSync(join(HOUSE, 'packages', name), this.path(`packages/${name}`), {
      recursive: true,
      filter: (path) => !skip.test(path),
    });
  }
}

/** All that a process printed, when it ended. */
export function ended(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => child.once('close', (code) => done({ code, output })));
}

/** Resolves when a process has printed a text. */
export function printed(child: ChildProcess, text: string): Promise<void> {
  let output = '';
  return new Promise((done, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes(text)) done();
      });
    }
    child.once('close', () => failed(new Error(`ended without "${text}":\n${output}`)));
  });
}

/** A server on loopback that answers every request with a status; it holds its port. */
export async function serverThatSays(status: number): Promise<{ url: string; port: number; server: Server }> {
  return serverThat((_request, response) => void response.writeHead(status).end());
}

/** A server on loopback that does with a request what a test wants. */
export async function serverThat(
  listener: RequestListener,
): Promise<{ url: string; port: number; server: Server }> {
  return listen(createServer(listener));
}

/** A server on loopback that never answers; `asked` resolves when the first request has come. */
export async function serverThatHangs(): Promise<{ url: string; asked: Promise<unknown>; server: Server }> {
  const server = createServer();
  const asked = new Promise((done) => server.once('request', done));
  return { ...(await listen(server)), asked };
}

/**
 * An index on loopback with the wheels of a folder, whose pages may be kept for long. `show` says which versions they
 * name from now on.
 */
export async function indexThatIsKept(
  wheels: string,
  shown: readonly string[],
): Promise<{ url: string; show: (versions: readonly string[]) => void; server: Server }> {
  let versions = shown;
  const server = createServer((request, response) => {
    const [, , name = '', file] = (request.url ?? '').split('/');
    if (file) return void response.end(readFileSync(join(wheels, file)));
    const files = readdirSync(wheels).filter((wheel) =>
      versions.some((version) => wheel.startsWith(`${name}-${version}-`)),
    );
    response.writeHead(files.length ? 200 : 404, {
      'content-type': 'text/html',
      'cache-control': 'max-age=600',
    });
    response.end(files.map((wheel) => `<a href="${wheel}">${wheel}</a>`).join(''));
  });
  return { ...(await listen(server)), show: (more) => void (versions = more) };
}

async function listen(server: Server): Promise<{ url: string; port: number; server: Server }> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  server.unref(); // that a test fails before it closes its server must not keep the tests from ending
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/simple/`, port, server };
}
