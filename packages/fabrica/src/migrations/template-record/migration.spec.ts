import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withAnyVersion } from '../../generators/project/answers';
import { render } from '../../generators/project/render';
import { TEMPLATES } from '../../generators/project/template';
import type { Part } from '../../workspace';
import { recordTemplate } from './migration';
import manifest from '../../../package.json';
import migrations from '../../../migrations.json';

const HOME = join(__dirname, '..', '..', '..');
const at = (file: string) => `projects/bikes/${file}`;
const RECORD = /^template: .*\n/m;

/** A project as the oldest template made it, before projects remembered that. */
function old(parts: readonly Part[] = ['pipeline']): Tree {
  const tree = createTreeWithEmptyWorkspace();
  const answers = { name: 'bikes', owner: 'me', description: 'Bikes.', parts, versions: new Map() };
  const template = TEMPLATES.read(1);
  for (const [path, content] of render(template, withAnyVersion(answers, template)))
    tree.write(at(path), content);
  edit(tree, 'fabrica.yaml', (text) => text.replace(RECORD, ''));
  return tree;
}

function edit(tree: Tree, file: string, change: (text: string) => string): void {
  tree.write(at(file), change(tree.read(at(file), 'utf8') as string));
}

const migrate = (tree: Tree) => recordTemplate(tree, TEMPLATES.read(1));
const recordIn = (tree: Tree) => RECORD.exec(tree.read(at('fabrica.yaml'), 'utf8') as string)?.[0];

describe('the migration that writes down which template made a project', () => {
  it.each([
    [['pipeline'], 'template: { version: 1, parts: [pipeline] }\n'],
    [[], 'template: { version: 1, parts: [] }\n'],
    [['pipeline', 'service', 'app'], 'template: { version: 1, parts: [pipeline, service, app] }\n'],
  ] satisfies [Part[], string][])(
    'finds the parts that it was made with: %j',
    (parts: readonly Part[], record: string) => {
      const tree = old(parts);
      const said = migrate(tree);
      expect(recordIn(tree)).toBe(record);
      expect(said[0]).toBe('projects/bikes/fabrica.yaml says now that template 1 made the project');
    },
  );

  it('knows a project again that people have worked on, and touches nothing else of it', () => {
    const tree = old(['pipeline', 'service']);
    edit(tree, 'fabrica.yaml', (text) => text.replace('owner: me', 'owner: growth  # since May'));
    for (const file of ['data.py', 'features.py', 'pipelines/train.py', 'service.py'])
      tree.write(at(`src/bikes/${file}`), '"""Ours."""\n');
    for (const file of ['data/rentals.csv', 'tests/test_data.py', 'tests/test_train.py'])
      tree.delete(at(file));
    const before = tree.read(at('fabrica.yaml'), 'utf8');
    migrate(tree);
    // Of the pipeline nothing is left but an empty module; the service's tests are the template's.
    expect(tree.read(at('fabrica.yaml'), 'utf8')).toBe(
      `${before}template: { version: 1, parts: [pipeline, service] }\n`,
    );
    expect(tree.read(at('src/bikes/data.py'), 'utf8')).toBe('"""Ours."""\n');
  });

  it('leaves a project alone that was made by hand, and says how to write the record', () => {
    const tree = old();
    for (const file of ['README.md', 'data/README.md', 'src/bikes/data.py', 'src/bikes/features.py'])
      tree.write(at(file), 'Ours.\n');
    for (const folder of ['tests', 'notebooks', 'data']) tree.delete(at(folder));
    tree.write(at('src/bikes/pipelines/train.py'), '"""Ours."""\n');
    tree.write(at('src/bikes/pipelines/__init__.py'), '');
    tree.write(at('fabrica.yaml'), 'owner: me\n');
    tree.write(at('src/bikes/__init__.py'), '"""Ours."""\n');
    const said = migrate(tree);
    expect(recordIn(tree)).toBeUndefined();
    expect(said[0]).toContain(
      'looks made by hand, and stays as it is. If the template made it: template: { version: 1, parts: [] } in projects/bikes/fabrica.yaml',
    );
  });

  it('changes nothing when it runs again', () => {
    const tree = old();
    migrate(tree);
    const before = tree.read(at('fabrica.yaml'), 'utf8');
    expect(migrate(tree)).toEqual([]);
    expect(tree.read(at('fabrica.yaml'), 'utf8')).toBe(before);
  });
});

describe('migrations.json', () => {
  it('is what Nx reads, and names migrations that are there', () => {
    expect(manifest['nx-migrations'].migrations).toBe('./migrations.json');
    expect(manifest.files).toContain('migrations.json');
    for (const { implementation } of Object.values(migrations.generators))
      expect(existsSync(join(HOME, implementation.replace('dist', 'src') + '.ts'))).toBe(true);
  });
});
