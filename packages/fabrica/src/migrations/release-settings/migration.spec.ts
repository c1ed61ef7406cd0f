import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { readNxJson, type Tree } from '@nx/devkit';
import addReleaseSettings from './migration';

/** Without the settings of a formatter that isn't installed here. */
function workspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const name of tree.children('.')) if (name.includes('oxfmt')) tree.delete(name);
  return tree;
}

test('a workspace learns how to release, once', async () => {
  const tree = workspace();
  expect(await addReleaseSettings(tree)).toEqual([expect.stringContaining('npx nx release --dry-run')]);
  expect(readNxJson(tree)?.release).toMatchObject({
    projects: ['tag:fabrica:package'],
    projectsRelationship: 'independent',
    version: { conventionalCommits: true },
  });
  expect(await addReleaseSettings(tree)).toEqual([]);
});

test('what a workspace says of releases stays', async () => {
  const tree = workspace();
  tree.write('nx.json', '{ "release": { "projects": ["libs/*"] } }');
  expect(await addReleaseSettings(tree)).toEqual([]);
  expect(readNxJson(tree)?.release).toEqual({ projects: ['libs/*'] });
});
