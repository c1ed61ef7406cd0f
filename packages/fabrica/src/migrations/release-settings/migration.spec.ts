import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { readNxJson } from '@nx/devkit';
import addReleaseSettings from './migration';

test('a workspace learns how to release, once', async () => {
  const tree = createTreeWithEmptyWorkspace();
  expect(await addReleaseSettings(tree)).toEqual([expect.stringContaining('npx nx release --dry-run')]);
  expect(readNxJson(tree)?.release).toMatchObject({
    projects: ['tag:fabrica:package'],
    projectsRelationship: 'independent',
    version: { conventionalCommits: true },
  });
  expect(await addReleaseSettings(tree)).toEqual([]);
});

test('what a workspace says of releases stays', async () => {
  const tree = createTreeWithEmptyWorkspace();
  tree.write('nx.json', '{ "release": { "projects": ["libs/*"] } }');
  expect(await addReleaseSettings(tree)).toEqual([]);
  expect(readNxJson(tree)?.release).toEqual({ projects: ['libs/*'] });
});
