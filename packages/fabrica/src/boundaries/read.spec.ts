import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { environmentStamp, pythonOf } from '../../bin/shared.cjs';
import { folderWith, pyproject, writeFiles } from '../workspace/testing/folder';
import { checkFolder } from './read';
import { readWorld, type Unit } from './world';

const FILES = {
  'nx.json': '{}',
  '.git/config': '[remote "origin"]\n\turl = git@example.com:acme/science.git\n[branch "main"]\n',
  'projects/rides/pyproject.toml': pyproject('rides', 'dependencies = []\n'),
  'projects/rides/fabrica.yaml': 'owner: me\nexperiments: { uses: [boats] }\n',
  'projects/rides/src/rides/__init__.py': '',
  'projects/bikes/fabrica.yaml': 'owner: me\n',
  'projects/bikes/data.csv': '',
  'projects/notes/README.md': '',
  'packages/storage/pyproject.toml': pyproject('fabrica-storage'),
  'packages/portal/package.json': '{"name": "@acme/portal", "version": "1.0.0"}',
};

function found(root: string, folder = 'projects/rides'): string[] {
  const world = readWorld(root);
  const { findings } = checkFolder(root, world.byFolder.get(folder) as Unit, world, '2026-11-21');
  return findings.map(({ rule, path, line }) => `${rule} ${path}${line ? `:${line}` : ''}`);
}

const OTHER = 'experiment-uses fabrica.yaml:2';

describe('a workspace on disk', () => {
  it('has the units that its folders and manifests say', () => {
    const world = readWorld(folderWith(FILES));
    expect(world.units.map(({ folder, module, distribution }) => [folder, module, distribution])).toEqual([
      ['projects/bikes', 'bikes', 'bikes'],
      ['projects/rides', 'rides', 'rides'],
      ['packages/portal', '', '@acme/portal'],
      ['packages/storage', 'fabrica.storage', 'fabrica-storage'],
    ]);
    expect([...world.remotes]).toEqual(['example.com/acme/science']);
  });

  it('is read where people write, and not where tools do', () => {
    const text = 'import bikes\n';
    const root = folderWith({
      ...FILES,
      ...Object.fromEntries(
        [
          '.venv/lib/x.py',
          'node_modules/x.py',
          'src/__pycache__/x.py',
          'dist/x.py',
          '.cache/x.py',
          'data/load.py',
        ].map((path) => [`projects/rides/${path}`, text]),
      ),
    });
    expect(found(root)).toEqual(['imports-project data/load.py:1', OTHER]);
  });

  it('is left by links that lead out of a project, also when they lead nowhere', () => {
    const root = folderWith(FILES);
    const link = (target: string, path: string) => symlinkSync(target, join(root, 'projects/rides', path));
    link('../bikes/data.csv', 'bikes.csv');
    link('../../projects/bikes', 'src/bikes');
    link('../missing', 'gone');
    link('src/rides', 'inside');
    link('nowhere', 'nothing');
    expect(found(root)).toEqual(['path bikes.csv', OTHER, 'path gone', 'path src/bikes']);
  });

  it("takes distributions from the project's own environment, and what is missing there when it is in step with the lock", () => {
    const site = 'projects/rides/.venv/lib/python3.11/site-packages';
    const root = folderWith({
      ...FILES,
      [`${site}/PyYAML-6.0.dist-info/METADATA`]: 'Name: PyYAML\nVersion: 6.0\n\nText',
      [`${site}/PyYAML-6.0.dist-info/RECORD`]: 'yaml/__init__.py,,\n',
      [`${site}/old-1.0.dist-info/METADATA`]: 'Name: old\nVersion: 1.0\n\nText',
      [`${site}/old-1.0.dist-info/top_level.txt`]: 'older\n',
      'projects/rides/src/rides/a.py': 'import yaml\nimport older\nimport unheard_of\n',
      'projects/rides/requirements-dev.txt': '',
    });
    const declared = [OTHER, 'undeclared src/rides/a.py:1', 'undeclared src/rides/a.py:2'];
    expect(found(root)).toEqual(declared);
    writeFiles(root, {
      'projects/rides/.venv/fabrica-stamp.json': JSON.stringify(
        environmentStamp(join(root, 'projects/rides')),
      ),
      [relative(root, pythonOf(join(root, 'projects/rides')))]: '',
    });
    expect(found(root)).toEqual([...declared, 'undeclared src/rides/a.py:3']);
    writeFiles(root, { 'projects/rides/requirements-dev.txt': '# anew\n' });
    expect(found(root)).toEqual(declared);
  });
});
