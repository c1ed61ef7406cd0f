import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython } from './interpreter';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fabrica-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that says it is a Python of this version. */
function fake(name: string, version: string): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    `#!/bin/sh\nif [ ${version} = broken ]; then exit 127; fi\necho ${path}\necho ${version}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

const find = (env: NodeJS.ProcessEnv = {}, requires?: string) =>
  findPython({ requires, env: { PATH: `${folder}:/nowhere`, ...env } });

describe('findPython', () => {
  it('takes the first that fits', async () => {
    fake('python3', '3.9.2');
    const path = fake('python3.12', '3.12.1');
    expect(await find()).toEqual({ path, version: '3.12.1' });
  });

  it('passes over a stand-in that runs nothing', async () => {
    fake('python3', 'broken');
    const path = fake('python3.11', '3.11.7');
    expect(await find()).toEqual({ path, version: '3.11.7' });
  });

  it("takes the person's own, though Nx puts the folder of node before it", async () => {
    const nodes = mkdtempSync(join(tmpdir(), 'fabrica-'));
    const node = jest.replaceProperty(process, 'execPath', join(nodes, 'node'));
    writeFileSync(join(nodes, 'python3'), '#!/bin/sh\necho other\necho 3.13.0\n', { mode: 0o755 });
    const path = fake('python3', '3.11.7');
    try {
      expect(await find({ PATH: `${nodes}:${folder}:${nodes}` })).toEqual({ path, version: '3.11.7' });
    } finally {
      node.restore();
      rmSync(nodes, { recursive: true });
    }
  });

  it('says that there is none, and how to get one', async () => {
    await expect(find()).rejects.toMatchObject({
      code: 'no-python',
      message: 'there is no Python on the PATH: >=3.11 is needed',
      hint: expect.stringContaining('apt-get install python3'),
    });
  });

  it('names those that are too old', async () => {
    const path = fake('python3', '3.9.2');
    await expect(find()).rejects.toMatchObject({
      code: 'old-python',
      message: `no Python here fits >=3.11: found 3.9.2 (${path})`,
    });
  });

  it('names those that a project does not allow', async () => {
    fake('python3', '3.11.7');
    await expect(find({}, '>=3.13')).rejects.toMatchObject({
      code: 'old-python',
      hint: expect.stringContaining('Python 3.13 or newer'),
    });
  });

  it('takes the one that FABRICA_PYTHON names, and no other', async () => {
    fake('python3', '3.12.1');
    await expect(find({ FABRICA_PYTHON: '/nowhere/python' })).rejects.toMatchObject({
      code: 'no-python',
      message: expect.stringContaining('FABRICA_PYTHON=/nowhere/python is no Python'),
    });
    const path = fake('mine', '3.13.0');
    expect(await find({ FABRICA_PYTHON: path })).toEqual({ path, version: '3.13.0' });
  });
});
