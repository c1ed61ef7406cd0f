import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, writeFiles } from '../workspace/testing/folder';
import { noteWritten, refuseDirty, takeBack } from './guard';

const MANIFEST = 'packages/a/pyproject.toml';
const RECORD = 'packages/a/releases/0.2.0.json';
const CHANGELOG = 'packages/a/releases/CHANGELOG.md';

let root: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

beforeEach(() => {
  root = folderWith({ '.gitignore': '.fabrica\n', [MANIFEST]: 'version = "0.1.0"\n', 'notes.md': 'a\n' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'start');
});

const release = async () => {
  writeFiles(root, { [MANIFEST]: 'version = "0.2.0"\n', [RECORD]: '{}' });
  const written = await noteWritten(root);
  git('add', '.');
  return written;
};

describe('a release', () => {
  it('is made of what is committed', async () => {
    await expect(refuseDirty(root)).resolves.toBeUndefined();
    writeFiles(root, { 'notes.md': 'b\n', 'new file.md': 'c\n' });
    await expect(refuseDirty(root)).rejects.toMatchObject({
      code: 'uncommitted',
      message: expect.stringContaining("this isn't: notes.md, new file.md"),
      hint: expect.stringContaining('git stash'),
    });
  });

  it('goes on where it was interrupted', async () => {
    expect(await release()).toEqual([MANIFEST, RECORD]);
    writeFiles(root, { [CHANGELOG]: '# 0.2.0\n' });
    await expect(refuseDirty(root)).resolves.toBeUndefined();
  });

  it.each([
    ['a manifest was edited since', () => writeFiles(root, { [MANIFEST]: 'version = "0.2.0" # mine\n' })],
    ['another file was edited', () => writeFiles(root, { 'notes.md': 'mine\n' })],
    ['something was committed', () => git('commit', '-qm', 'mine', '--allow-empty', '--only')],
  ])('does not when %s', async (_why, change) => {
    await release();
    change();
    await expect(refuseDirty(root)).rejects.toMatchObject({ code: 'uncommitted' });
  });

  it('takes back what it wrote, and nothing else', async () => {
    await release();
    writeFiles(root, { 'notes.md': 'mine\n' });
    await takeBack(root);
    expect(readFileSync(join(root, MANIFEST), 'utf8')).toBe('version = "0.1.0"\n');
    expect(git('status', '--porcelain')).toBe('M notes.md');
    await takeBack(root);
  });

  it('needs a history', async () => {
    rmSync(join(root, '.git'), { recursive: true });
    await expect(refuseDirty(root)).rejects.toMatchObject({ code: 'no-git' });
  });
});
