import { join } from 'node:path';
import { folderWith, writeFiles } from '../workspace/testing/folder';
import { ownPlugin } from './own';

const PLUGIN = { 'package.json': '{"version": "1.2.3"}', 'bin/env.cjs': '//', 'src/graph/a.ts': '' };
const at = (folder: string) =>
  Object.fromEntries(Object.entries(PLUGIN).map(([file, text]) => [`${folder}/${file}`, text]));

describe('ownPlugin', () => {
  it('is an input by its source where it is developed, and changes its version with it', () => {
    const root = folderWith(at('packages/fabrica'));
    const home = join(root, 'packages/fabrica');
    const before = ownPlugin(root, home);
    expect(before).toMatchObject({ local: true, command: 'packages/fabrica/bin/env.cjs' });
    expect(before.inputs).toEqual(
      expect.arrayContaining([
        '{workspaceRoot}/packages/fabrica/bin/**/*',
        '{workspaceRoot}/packages/fabrica/src/plugin.ts',
        { externalDependencies: [] },
      ]),
    );
    writeFiles(root, { 'packages/fabrica/src/graph/a.ts': 'export {};' });
    expect(ownPlugin(root, home).version).not.toBe(before.version);
  });

  it('is an input by its version where it is installed, when the workspace asks for it', () => {
    const root = folderWith({
      ...at('node_modules/fabrica'),
      'package.json': '{"devDependencies": {"fabrica": "1.2.3"}}',
    });
    const found = ownPlugin(root, join(root, 'node_modules/fabrica'));
    expect(found).toMatchObject({
      local: false,
      command: 'node_modules/fabrica/bin/env.cjs',
      inputs: [{ externalDependencies: ['fabrica'] }],
    });
    writeFiles(root, { 'package.json': '{}' });
    expect(ownPlugin(root, join(root, 'node_modules/fabrica')).inputs).toEqual([
      { externalDependencies: [] },
    ]);
  });

  it('is found where pnpm links it, whatever it is called in the store', () => {
    const store = 'node_modules/.pnpm/fabrica@1.2.3_nx@23.2.1/node_modules/fabrica';
    const root = folderWith(at(store));
    expect(ownPlugin(root, join(root, store))).toMatchObject({
      local: false,
      command: 'node_modules/fabrica/bin/env.cjs',
      versionActions: 'node_modules/fabrica/dist/release/version-actions.js',
    });
  });
});
