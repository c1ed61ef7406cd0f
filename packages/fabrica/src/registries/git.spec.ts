import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  commitsOf,
  exportFolder,
  exportWorkingTree,
  ignoredIn,
  isClean,
  isRepository,
  isShallow,
  treeInCommit,
  treeOfFolder,
} from './git';
import { hasLeft, recordsInHistory, writeRecord } from './records';

let root: string;
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const write = (file: string, text: string): void => {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fabrica-'));
  git('init', '-q', '-b', 'main');
  write('.gitignore', '.fabrica\n.venv\n');
  write('packages/a/src/a.py', 'A = 1\n');
  write('packages/a/.venv/junk', 'x');
  git('add', '.');
  git('commit', '-qm', 'start');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FOLDER = 'packages/a';
const record = (tree: string, hash = 'b'.repeat(64)) => ({
  schema: 1 as const,
  name: 'a',
  version: '0.1.0',
  tree,
  files: { 'a-0.1.0-py3-none-any.whl': hash },
});

describe('the tree of a package', () => {
  it('is the same on disk and in the commit, and what git itself says', async () => {
    expect(await treeOfFolder(root, FOLDER)).toBe(git('rev-parse', `HEAD:${FOLDER}`));
    expect(await treeInCommit(root, 'HEAD', FOLDER)).toBe(git('rev-parse', `HEAD:${FOLDER}`));
    expect(await treeInCommit(root, 'HEAD', 'packages/none')).toBeUndefined();
  });

  it('does not change with its release records', async () => {
    const before = await treeOfFolder(root, FOLDER);
    writeRecord(root, FOLDER, record(before));
    expect(await treeOfFolder(root, FOLDER)).toBe(before);
    expect(await isClean(root, FOLDER)).toBe(true);
    git('add', '.');
    git('commit', '-qm', 'record');
    expect(await treeInCommit(root, 'HEAD', FOLDER)).toBe(before);
  });

  it('is computed without a trace in the repository', async () => {
    write('packages/a/src/a.py', 'A = 2\n');
    write('staged.txt', 'staged');
    git('add', 'staged.txt');
    const [status, objects] = [git('status', '--porcelain'), git('count-objects')];
    const tree = await treeOfFolder(root, FOLDER);
    expect(tree).not.toBe(git('rev-parse', `HEAD:${FOLDER}`));
    expect([git('status', '--porcelain'), git('count-objects')]).toEqual([status, objects]);
    expect(await isClean(root, FOLDER)).toBe(false);
  });

  it('is as it was when a filter makes the same of what was written', async () => {
    git('config', 'filter.strip.clean', "sed '/output/d'");
    write('.gitattributes', '*.ipynb filter=strip\n');
    write('packages/a/look.ipynb', 'code\n');
    git('add', '.');
    git('commit', '-qm', 'a notebook');
    write('packages/a/look.ipynb', 'code\noutput\n');
    expect(git('status', '--porcelain')).toBe('M packages/a/look.ipynb');
    expect(await isClean(root, FOLDER)).toBe(true);
    write('packages/a/look.ipynb', 'more code\noutput\n');
    expect(await isClean(root, FOLDER)).toBe(false);
  });

  it('counts new files, also in a folder of their own', async () => {
    write('packages/a/src/new/b.py', 'B = 1\n');
    expect(await isClean(root, FOLDER)).toBe(false);
  });
});

describe('the working tree', () => {
  it('is exported without what git ignores, with what is ignored and committed all the same', async () => {
    write('.gitignore', '.fabrica\n.venv\n*.log\n');
    write('packages/a/src/known.log', 'known\n');
    git('add', '--force', '.gitignore', 'packages/a/src/known.log');
    git('commit', '-qm', 'log');
    write('packages/a/src/debug.log', 'secret\n');
    write('packages/a/src/new.py', 'NEW = 1\n');
    writeRecord(root, FOLDER, record('a'.repeat(40)));
    const { path, tree } = await exportWorkingTree(root, FOLDER, join(root, '.fabrica', 'x'));
    expect(readdirSync(path)).toEqual(['src']);
    expect(readdirSync(join(path, 'src')).sort()).toEqual(['a.py', 'known.log', 'new.py']);
    expect(await ignoredIn(root, FOLDER)).toEqual(['.venv/', 'src/debug.log']);
    git('add', '.');
    git('commit', '-qm', 'new');
    expect(await treeInCommit(root, 'HEAD', FOLDER)).toBe(tree);
  });

  it('is none of a repository that ignores it', async () => {
    write('.fabrica/inner/nx.json', '{}');
    expect([await isRepository(root), await isRepository(join(root, '.fabrica/inner'))]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the history', () => {
  it('is found in all branches, and unpacked as it was', async () => {
    git('checkout', '-qb', 'other');
    write('packages/a/src/a.py', 'A = 2\n');
    git('commit', '-qam', 'two');
    git('checkout', '-q', 'main');
    const commits = await commitsOf(root, FOLDER);
    expect(commits).toHaveLength(2);
    const source = await exportFolder(root, commits[0] as string, FOLDER, join(root, '.fabrica', 'x'));
    expect(readFileSync(join(source, 'src/a.py'), 'utf8')).toBe('A = 2\n');
  });

  it('keeps records that were refreshed since', async () => {
    for (const hash of ['b', 'c']) {
      writeRecord(root, FOLDER, record(await treeOfFolder(root, FOLDER), hash.repeat(64)));
      git('add', '.');
      git('commit', '-qm', 'record');
    }
    const hashes = (await recordsInHistory(root, FOLDER, '0.1.0')).map(
      ({ files }) => Object.values(files)[0]?.[0],
    );
    expect(hashes).toEqual(['c', 'b']);
  });

  it('says whether a version has left: its record is on a remote branch, or tagged', async () => {
    expect(await hasLeft(root, FOLDER, '0.1.0')).toBe(false);
    writeRecord(root, FOLDER, record(await treeOfFolder(root, FOLDER)));
    git('add', '.');
    git('commit', '-qm', 'record');
    expect(await hasLeft(root, FOLDER, '0.1.0')).toBe(false);
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    expect(await hasLeft(root, FOLDER, '0.1.0')).toBe(true);
  });

  it('knows a shallow clone, and what is no repository', async () => {
    const [clone, empty] = [mkdtempSync(join(tmpdir(), 'fabrica-')), mkdtempSync(join(tmpdir(), 'fabrica-'))];
    try {
      write('packages/a/src/a.py', 'A = 2\n');
      git('commit', '-qam', 'two');
      execFileSync('git', ['clone', '-q', '--depth', '1', `file://${root}`, clone], { stdio: 'ignore' });
      expect([await isShallow(root), await isShallow(clone), await isRepository(empty)]).toEqual([
        false,
        true,
        false,
      ]);
    } finally {
      for (const folder of [clone, empty]) rmSync(folder, { recursive: true, force: true });
    }
  });
});
