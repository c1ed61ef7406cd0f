import { readNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import manifest from '../../../package.json';
import { packageJsonUpdates } from '../../../migrations.json';
import addDockerInference from './migration';

/** Without the settings of a formatter that isn't installed here. */
function workspace(devDependencies: object): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const name of tree.children('.')) if (name.includes('oxfmt')) tree.delete(name);
  tree.write('package.json', JSON.stringify({ devDependencies }));
  tree.write('nx.json', '{ "plugins": [{ "plugin": "fabrica/plugin", "options": {} }] }');
  return tree;
}

test('a workspace with @nx/docker lists it before Fabrica, once', async () => {
  const tree = workspace({ '@nx/docker': '23.2.1' });
  expect(await addDockerInference(tree)).toEqual([expect.stringContaining('@nx/docker')]);
  expect(readNxJson(tree)?.plugins).toEqual([
    expect.objectContaining({ plugin: '@nx/docker', include: ['projects/*/Dockerfile'] }),
    { plugin: 'fabrica/plugin', options: {} },
  ]);
  expect(await addDockerInference(tree)).toEqual([]);
});

test('a workspace that npm gave none stays as it is', async () => {
  const tree = workspace({});
  expect(await addDockerInference(tree)).toEqual([]);
});

test('what npm is asked for is what this plugin was tested with', () => {
  const versions = Object.values(packageJsonUpdates).map(({ packages }) => packages['@nx/docker'].version);
  expect(versions).toEqual([manifest.peerDependencies['@nx/docker']]);
});
