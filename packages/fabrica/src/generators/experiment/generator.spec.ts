import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { FsTree } from 'nx/src/generators/tree';
import { printed } from '../../workspace/testing/output';
import { folderWith, pyproject } from '../../workspace/testing/folder';
import experimentGenerator from './generator';
import type { ExperimentGeneratorSchema } from './options';
import schema from './schema.json';

const SETTINGS = 'projects/bikes/fabrica.yaml';
const NOTEBOOK = 'projects/bikes/experiments/rain/rain.ipynb';

function workspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const name of ['bikes', 'weather', 'trip-events']) {
    tree.write(`projects/${name}/pyproject.toml`, pyproject(name));
    tree.write(`projects/${name}/fabrica.yaml`, 'owner: me # for now\ndescription: It.\n');
  }
  return tree;
}

const generate = (tree: Tree, options: Partial<ExperimentGeneratorSchema> = {}) =>
  experimentGenerator(tree, { project: 'bikes', name: 'rain', ...options });

interface Cell {
  readonly cell_type: string;
  readonly outputs?: readonly unknown[];
  readonly source: readonly string[];
}

function cells(tree: Tree): readonly Cell[] {
  return (JSON.parse(tree.read(NOTEBOOK, 'utf8') as string) as { cells: readonly Cell[] }).cells;
}

it('starts a notebook that imports what it uses, and names that in fabrica.yaml', async () => {
  const tree = workspace();
  await generate(tree, { uses: ['weather', 'trip-events'] });
  expect(tree.read(SETTINGS, 'utf8')).toBe(
    'owner: me # for now\ndescription: It.\nexperiments:\n  uses: [weather, trip-events]\n',
  );
  const [introduction, first] = cells(tree);
  expect(introduction?.source[0]).toBe('# Rain\n');
  expect(first).toMatchObject({ cell_type: 'code', outputs: [] });
  expect(first?.source.join('')).toContain('\nimport trip_events\nimport weather\n\n');
});

it('explores its own project when it uses no other', async () => {
  const tree = workspace();
  const before = tree.read(SETTINGS, 'utf8');
  await generate(tree);
  expect(tree.read(SETTINGS, 'utf8')).toBe(before);
  expect(cells(tree)[1]?.source.join('')).toContain('import bikes\n');
});

it('says what to type next', async () => {
  const root = folderWith({ 'projects/bikes/fabrica.yaml': 'owner: me\n', 'nx.json': '{}' });
  const callback = await generate(new FsTree(root, false));
  expect(await printed(() => callback?.())).toBe(
    '\nNext:\n' +
      '  npx nx run bikes:notebook   # opens JupyterLab: experiments/rain/rain.ipynb\n' +
      '  npx nx run bikes:notebook --execute=experiments/rain/rain.ipynb\n',
  );
});

it('run again, it changes nothing; a notebook that was edited stays, and a use is added', async () => {
  const tree = workspace();
  await generate(tree, { uses: 'weather' });
  const snapshot = () => tree.listChanges().map(({ path, content }) => [path, content?.toString()]);
  const before = snapshot();
  expect(await generate(tree, { uses: 'weather' })).toBeUndefined();
  expect(snapshot()).toEqual(before);
  tree.write(NOTEBOOK, 'mine\n');
  await generate(tree, { project: 'projects/bikes', uses: 'weather,trip-events' });
  expect(tree.read(NOTEBOOK, 'utf8')).toBe('mine\n');
  expect(tree.read(SETTINGS, 'utf8')).toContain('uses: [weather, trip-events]');
});

it.each<[Partial<ExperimentGeneratorSchema>, string]>([
  [{ uses: 'wether' }, 'there is no project "wether"; did you mean "weather"?'],
  [{ project: 'bike' }, 'there is no project "bike"; did you mean "bikes"?'],
  [{ uses: ['weather', 'bikes'] }, 'bikes need not name itself'],
  [{ name: 'Rain 2' }, 'npx nx g fabrica:experiment bikes rain-2'],
  [{ name: '../rain' }, "can't be the name of an experiment"],
  [{ name: 'taken' }, 'projects/bikes has experiments/taken already'],
])('refuses %j, and writes nothing', async (options, message) => {
  const tree = workspace();
  tree.write('projects/bikes/experiments/taken/notes.md', 'mine\n');
  const before = tree.listChanges().length;
  await expect(generate(tree, options)).rejects.toThrow(message);
  expect(tree.listChanges()).toHaveLength(before);
});

test('schema.json says what the generator takes', () => {
  const options: Record<keyof ExperimentGeneratorSchema, true> = { project: true, name: true, uses: true };
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(options).sort());
});
