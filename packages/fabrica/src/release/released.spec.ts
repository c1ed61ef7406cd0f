import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { treeOfFolder } from '../registries/git';
import { writeRecord } from '../registries/records';
import { readPackage } from '../workspace';
import { folderWith, pyproject, writeFiles } from '../workspace/testing/folder';
import { refuseOtherPublisher, releaseState } from './released';

const FOLDER = 'packages/storage';
let root: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    cwd: root,
    stdio: 'ignore',
  });
const commit = () => {
  git('add', '.');
  git('commit', '-qm', 'change');
};
const record = async () =>
  void writeRecord(root, FOLDER, {
    schema: 1,
    name: 'fabrica-storage',
    version: '0.1.0',
    tree: await treeOfFolder(root, FOLDER),
    files: {},
  });
const state = () => releaseState(root, readPackage(root, FOLDER), 'storage@0.1.0');

beforeEach(() => {
  root = folderWith({
    '.gitignore': '.fabrica\n',
    [`${FOLDER}/pyproject.toml`]: pyproject('fabrica-storage'),
  });
  git('init', '-q');
  commit();
});

describe('the version of a manifest', () => {
  it('is unreleased until its release has a tag', async () => {
    expect(await state()).toBe('unreleased');
    await record();
    expect(await state()).toBe('unreleased');
    commit();
    expect(await state()).toBe('unreleased');
    git('tag', 'storage@0.1.0');
    expect(await state()).toBe('tagged');
  });

  it('is released when it has a record, and work went on without a tag', async () => {
    await record();
    commit();
    writeFiles(root, { 'notes.md': 'more\n' });
    commit();
    expect(await state()).toBe('recorded');
  });

  it('is released when the package is another than that of its record', async () => {
    await record();
    writeFiles(root, { [`${FOLDER}/README.md`]: 'more\n' });
    commit();
    expect(await state()).toBe('recorded');
    rmSync(join(root, FOLDER, 'releases'), { recursive: true });
    expect(await state()).toBe('unreleased');
  });
});

test('a package that Nx would publish by itself is refused', () => {
  const node = (executor: string) => ({
    root: 'packages/a',
    targets: { 'nx-release-publish': { executor } },
  });
  expect(() => refuseOtherPublisher(node('fabrica:publish'), 'packages/a/package.json')).not.toThrow();
  expect(() => refuseOtherPublisher(node('@nx/js:release-publish'), 'packages/a/package.json')).toThrow(
    expect.objectContaining({ code: 'other-publisher', hint: expect.stringContaining('"fabrica:publish"') }),
  );
});
