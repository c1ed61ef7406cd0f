import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from '../../workspace/testing/folder';
import { readChampions } from './champions';

/** A project whose Python is a script. */
function project(script: string): { root: string; at: string } {
  const root = folderWith({ 'projects/bikes/.venv/bin/python': `#!/bin/sh\n${script}\n` });
  const at = join(root, 'projects/bikes');
  chmodSync(join(at, '.venv/bin/python'), 0o755);
  return { root, at };
}

const read = ({ root, at }: { root: string; at: string }) => readChampions(root, at);

describe('the champions of a project', () => {
  it('come from the store, through the environment of the project', async () => {
    const champion = {
      model: 'model',
      value: 'Queens',
      version: 2,
      since: 'today',
      by: 'gate 1',
      reason: 'better',
    };
    const made = project(
      `echo "$@ $FABRICA_STORE $FABRICA_PROJECT" > asked; echo '${JSON.stringify([champion])}'`,
    );
    expect(await read(made)).toEqual([champion]);
    expect(readFileSync(join(made.at, 'asked'), 'utf8')).toBe(
      `-m fabrica.tracking champions --json ${join(made.root, '.fabrica/store')} bikes\n`,
    );
  });

  it('are none where nothing is installed, or nothing keeps models', async () => {
    const root = folderWith({});
    expect(existsSync(join(root, '.venv'))).toBe(false);
    expect(await readChampions(root, root)).toEqual([]);
    expect(await read(project('echo "No module named fabrica.tracking" >&2; exit 1'))).toEqual([]);
  });

  it('of a store that cannot be read are an error, with its reason', async () => {
    await expect(read(project('echo "error: the store is not reachable" >&2; exit 1'))).rejects.toMatchObject(
      {
        code: 'no-champions',
        message: "the models in the store can't be read\nerror: the store is not reachable",
      },
    );
  });
});
