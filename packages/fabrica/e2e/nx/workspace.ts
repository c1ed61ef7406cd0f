import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentStamp } from '../../bin/shared.cjs';

/** The workspace that these tests belong to. */
export const HERE = join(__dirname, '..', '..', '..', '..');

const made: string[] = [];
afterAll(() => made.splice(0).forEach((root) => rmSync(root, { recursive: true, force: true })));

/** A fresh folder under git, gone after the file's tests. */
export function freshFolder(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fabrica-e2e-')));
  made.push(root);
  return root;
}

/** A workspace in which the plugin is developed, as in this one: its source, and the npm packages of this workspace. */
export function workspaceWithSource(files: Readonly<Record<string, string>>): string {
  return newWorkspace(files, (root) => {
    for (const file of ['tsconfig.base.json', 'jest.preset.js']) cpSync(join(HERE, file), join(root, file));
    copyPlugin(join(root, 'packages', 'fabrica'), ['dist', 'e2e', '.venv']);
    symlinkSync(join('..', 'packages', 'fabrica'), join(root, 'node_modules', 'fabrica'));
  });
}

/**
 * A workspace with the plugin as npm installs it: compiled. Each process of Nx begins its work in half the time, which
 * is what a test with many of them is made of. It carries no wheels: filling an index with them would take longer.
 */
export function workspaceWithPlugin(files: Readonly<Record<string, string>>): string {
  return newWorkspace(files, (root) =>
    copyPlugin(join(root, 'node_modules', 'fabrica'), ['src', 'e2e', '.venv', 'dist/wheels']),
  );
}

const PLUGIN = join(HERE, 'packages', 'fabrica');

function newWorkspace(files: Readonly<Record<string, string>>, addPlugin: (root: string) => void): string {
  const root = freshFolder();
  for (const file of ['nx.json', 'package.json', 'package-lock.json', '.gitignore'])
    cpSync(join(HERE, file), join(root, file));
  link(join(HERE, 'node_modules'), join(root, 'node_modules'));
  rmSync(join(root, 'node_modules', 'fabrica'), { force: true });
  addPlugin(root);
  write(root, files);
  git(root, 'init', '--quiet', '--initial-branch=main');
  commit(root, 'Start');
  return root;
}

function copyPlugin(to: string, left: readonly string[]): void {
  const paths = ['node_modules', ...left].map((name) => join(PLUGIN, name));
  cpSync(PLUGIN, to, { recursive: true, filter: (path) => !paths.includes(path) });
  if (existsSync(join(PLUGIN, 'node_modules'))) link(join(PLUGIN, 'node_modules'), join(to, 'node_modules'));
}

/** The packages that the template pins. */
export const SHARED = ['pipelines', 'serving', 'storage', 'tracking', 'warehouse'];

/** What a generator reads of them. */
export function sharedManifests(): Record<string, string> {
  return Object.fromEntries(
    SHARED.map((name) => [
      `packages/${name}/pyproject.toml`,
      `[project]\nname = "fabrica-${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n`,
    ]),
  );
}

/** Edits a file; one in which there is nothing to replace fails the test. */
export function replace(root: string, file: string, before: string | RegExp, after: string): void {
  const text = readFileSync(join(root, file), 'utf8');
  const changed = text.replace(before, after);
  expect(changed).not.toBe(text);
  writeFileSync(join(root, file), changed);
}

/** Links each package by itself, so that one can be another than there. */
function link(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') && name !== '.bin') continue;
    if (name.startsWith('@')) link(join(from, name), join(to, name));
    else symlinkSync(join(from, name), join(to, name));
  }
}

export function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

export function append(root: string, path: string, text: string): void {
  write(root, { [path]: readFileSync(join(root, path), 'utf8') + text });
}

export function git(root: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@example.com',
    '-c',
    'commit.gpgsign=false',
  ];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' });
}

export function commit(root: string, subject: string): void {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message', subject);
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as a person sees them. */
  readonly text: string;
}

/** What Nx passes on to the tasks that it runs, this test among them, must not reach the Nx that is tested. */
export function cleanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(NX_|FABRICA_|JEST_|NODE_OPTIONS$|NODE_PATH$|FORCE_COLOR$|SWC_NODE|npm_)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    CI: 'true',
    NO_COLOR: '1',
    ...more,
  };
}

export function nx(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Said {
  const program = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  // Nx from here, linked: a process of its own for each plugin would cost each command a second.
  const linked = realpathSync(join(root, 'node_modules', 'nx')).startsWith(HERE);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [existsSync(program) ? program : join(root, 'node_modules', 'nx', 'bin', 'nx.js'), ...args],
    {
      cwd: root,
      encoding: 'utf8',
      env: cleanEnvironment({ ...(linked && { NX_ISOLATE_PLUGINS: 'false' }), ...env }),
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return { code: status ?? 1, stdout, stderr, text: stdout + stderr };
}

/** {@link nx}, which has to succeed. */
export function nxOk(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Said {
  const said = nx(root, args, env);
  if (said.code !== 0) throw new Error(`nx ${args.join(' ')} ended with ${said.code}:\n${said.text}`);
  return said;
}

/** Runs a target, which has to succeed; a failure shows what it said. */
export function expectPasses(root: string, target: string): void {
  const { code, text } = nx(root, ['run', target]);
  expect([target, code, code ? text : '']).toEqual([target, 0, '']);
}

/**
 * An environment that is in step with its lock and whose programs only write down that they ran: what Nx runs, and
 * what it takes from its cache, can be told without Python.
 */
export function pretendEnvironment(root: string, folder: string, log: string): void {
  const programs = join(root, folder, '.venv', 'bin');
  mkdirSync(programs, { recursive: true });
  for (const name of ['python', 'pytest', 'ruff', 'basedpyright']) {
    writeFileSync(join(programs, name), `#!/bin/sh\necho "${folder} ${name} $*" >> "${log}"\n`, {
      mode: 0o755,
    });
  }
  stamp(root, folder);
}

/** Says that an environment is what its lock says. */
export function stamp(root: string, folder: string): void {
  const stamp = environmentStamp(join(root, folder), { env: {} });
  writeFileSync(join(root, folder, '.venv', 'fabrica-stamp.json'), JSON.stringify(stamp));
}
