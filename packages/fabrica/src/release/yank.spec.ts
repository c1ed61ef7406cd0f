import { readRecord } from '../registries/records';
import { folderWith, pyproject } from '../workspace/testing/folder';
import { yank } from './yank';

const FOLDER = 'packages/storage';
const record = {
  schema: 1,
  name: 'fabrica-storage',
  version: '0.1.1',
  tree: 'a'.repeat(40),
  files: { 'fabrica_storage-0.1.1-py3-none-any.whl': 'b'.repeat(64) },
};

let root: string;
beforeEach(() => {
  root = folderWith({
    [`${FOLDER}/pyproject.toml`]: pyproject('fabrica-storage'),
    [`${FOLDER}/releases/0.1.1.json`]: JSON.stringify(record),
  });
});

describe('a released version', () => {
  it('is yanked with a reason, and may be taken back', async () => {
    expect(await yank(root, FOLDER, '0.1.1', 'loses rows')).toBe(`${FOLDER}/releases/0.1.1.json`);
    expect(readRecord(root, FOLDER, '0.1.1')).toEqual({ ...record, yanked: { reason: 'loses rows' } });
    await yank(root, FOLDER, '0.1.1', 'loses columns, too');
    expect(readRecord(root, FOLDER, '0.1.1')?.yanked).toEqual({ reason: 'loses columns, too' });
    await yank(root, FOLDER, '0.1.1', undefined);
    expect(readRecord(root, FOLDER, '0.1.1')).toEqual(record);
  });

  it('is needed: what was never released is told with what was', async () => {
    await expect(yank(root, FOLDER, '0.2.0', 'no')).rejects.toMatchObject({
      code: 'not-released',
      message: `there is no ${FOLDER}/releases/0.2.0.json`,
      hint: 'one of 0.1.1',
    });
  });
});
