import { folderWith, pyproject, writeFiles } from '../workspace/testing/folder';
import { refusedVersions, yankedPins } from './yanked';

const record = (version: string, reason?: string) =>
  JSON.stringify({
    schema: 1,
    name: 'fabrica-storage',
    version,
    tree: 'a'.repeat(40),
    files: { [`fabrica_storage-${version}-py3-none-any.whl`]: 'b'.repeat(64) },
    ...(reason && { yanked: { reason } }),
  });

const wants = (requirement: string) => ({
  'projects/bikes/pyproject.toml': pyproject('bikes', `dependencies = ["${requirement}"]\n`),
});

let root: string;
beforeEach(() => {
  root = folderWith({
    'packages/storage/pyproject.toml': pyproject('fabrica-storage'),
    'packages/storage/releases/0.1.0.json': record('0.1.0'),
    'packages/storage/releases/0.1.1.json': record('0.1.1', 'loses rows'),
    'packages/storage/releases/CHANGELOG.md': '# 0.1.1\n',
    ...wants('fabrica-storage>=0.1'),
  });
});

const refused = (upgrade?: boolean | string[]) =>
  refusedVersions(root, 'projects/bikes', upgrade).map(({ version }) => version);

describe('a yanked version', () => {
  it('is in no new lock', () => {
    expect(refused()).toEqual(['0.1.1']);
  });

  it('stays in a lock that has it, until that pin is to be moved', () => {
    writeFiles(root, {
      ...wants('fabrica-storage==0.1.1'),
      'projects/bikes/requirements.txt': 'fabrica-storage==0.1.1\n',
    });
    expect([refused(), refused(['pandas'])]).toEqual([[], []]);
    expect(yankedPins(root, 'projects/bikes')).toEqual([
      { name: 'fabrica-storage', version: '0.1.1', reason: 'loses rows' },
    ]);
    writeFiles(root, wants('fabrica-storage>=0.1'));
    expect([refused(true), refused(['fabrica-storage'])]).toEqual([['0.1.1'], ['0.1.1']]);
  });

  it('that is asked for is refused: with the line, the reason, and what there is instead', () => {
    writeFiles(root, wants('fabrica-storage==0.1.1'));
    expect(() => refused()).toThrow(
      expect.objectContaining({
        code: 'yanked',
        message: 'fabrica-storage==0.1.1: 0.1.1 is yanked: loses rows',
        hint: 'in projects/bikes/pyproject.toml: fabrica-storage==0.1.0',
        place: expect.objectContaining({ line: expect.any(Number) }),
      }),
    );
  });

  it('has no substitute when all are', () => {
    writeFiles(root, { 'packages/storage/releases/0.1.0.json': record('0.1.0', 'too slow') });
    expect(() => refused()).toThrow(
      expect.objectContaining({
        message: 'fabrica-storage>=0.1: 0.1.0 is yanked: too slow; 0.1.1 is yanked: loses rows',
        hint: expect.stringContaining('another release'),
      }),
    );
  });
});
