import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { Progress } from '../support/progress';
import { recordFile } from '../images/record';
import { folderWith, pyproject, writeFiles } from '../workspace/testing/folder';
import { compile } from './compile';
import { readRelease, type ReadOptions } from './read';
import { manifestFolder, writeManifests } from './write';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const LOCK = 'projects/bikes/requirements.txt';
const said: string[] = [];
const progress = new Progress({ terminal: { write: (text: string) => said.push(text) } });

/** A project with a service and no pipeline: nothing has to be planned. */
function workspace(more: Readonly<Record<string, string>> = {}): string {
  return folderWith({
    'nx.json': '{}',
    'environments/staging.yaml':
      'context: here\nnamespace: science\nregistry: registry.example.com/science\nstore: s3://artifacts\n',
    'projects/bikes/pyproject.toml': pyproject('bikes'),
    'projects/bikes/fabrica.yaml': 'owner: me\n',
    'projects/bikes/src/bikes/__init__.py': '',
    'projects/bikes/src/bikes/service.py': '',
    [LOCK]: `s3fs==2026.9.0 --hash=${DIGEST}\n`,
    ...more,
  });
}

const read = (root: string, options: Partial<ReadOptions> = {}) =>
  readRelease({
    root,
    folder: 'projects/bikes',
    environment: 'staging',
    signal: new AbortController().signal,
    progress,
    ...options,
  });

function pushed(root: string, reference: string | null): void {
  const record = {
    schema: 1,
    project: 'bikes',
    version: '0.1.0',
    commit: null,
    dirty: false,
    image: 'bikes:0.1.0',
    id: DIGEST,
    layers: [],
    reference,
    bases: [],
    sbom: '',
  };
  writeFiles(root, { [recordFile(root, 'bikes').slice(root.length + 1)]: JSON.stringify(record) });
}

it('takes the image that was pushed last', async () => {
  const root = workspace();
  const reference = `registry.example.com/science/bikes@${DIGEST}`;
  pushed(root, reference);
  expect(await read(root)).toMatchObject({ image: reference, commit: null, plans: [] });
});

it('refuses a project without an image, and one in another registry', async () => {
  const root = workspace();
  const push = 'npx nx run bikes:image --push --registry=registry.example.com/science';
  await expect(read(root)).rejects.toMatchObject({ code: 'no-image', hint: push });
  pushed(root, null);
  await expect(read(root)).rejects.toMatchObject({ code: 'no-image', hint: push });
  pushed(root, `other.example.com/bikes@${DIGEST}`);
  await expect(read(root)).rejects.toMatchObject({ code: 'other-registry', hint: push });
  await expect(read(root, { image: 'bikes:latest' })).rejects.toMatchObject({ code: 'no-digest' });
});

it('refuses a project that could not reach the store', async () => {
  const root = workspace({ [LOCK]: `gcsfs==2026.9.0 --hash=${DIGEST}\n` });
  await expect(read(root)).rejects.toMatchObject({
    code: 'no-driver',
    message: expect.stringContaining('projects/bikes/requirements.txt has no s3fs to reach it') as string,
    hint: expect.stringContaining('fabrica-storage[s3]') as string,
  });
});

it('writes what is compiled, leaves what is the same, and takes away what is gone', async () => {
  const root = workspace();
  const release = await read(root, { image: `registry.example.com/science/bikes@${DIGEST}` });
  const folder = manifestFolder('projects/bikes', 'staging');
  const write = (compiled = compile(release)) =>
    writeManifests(root, folder, compiled).map(({ file, outcome }) => [
      file.slice(folder.length + 1),
      outcome,
    ]);
  writeFiles(root, { [`${folder}/app.yaml`]: 'old\n', [`${folder}/notes.md`]: 'mine\n' });
  expect(write()).toEqual([
    ['access.yaml', 'written'],
    ['service.yaml', 'written'],
    ['app.yaml', 'removed'],
  ]);
  expect(write()).toEqual([
    ['access.yaml', 'unchanged'],
    ['service.yaml', 'unchanged'],
  ]);
  expect(readFileSync(join(root, folder, 'notes.md'), 'utf8')).toBe('mine\n');
});
