import { readJson, readNxJson, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { FsTree } from 'nx/src/generators/tree';
import { parse } from 'yaml';
import { PLUGIN } from '../../workspace';
import { folderWith } from '../../workspace/testing/folder';
import initGenerator, { prepareWorkspace } from './generator';
import schema from './schema.json';
import type { InitGeneratorSchema } from './settings';

const CI = '.github/workflows/ci.yml';

/** Without the settings of a formatter that isn't installed here. */
function workspace(files: Readonly<Record<string, string>> = {}): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const name of tree.children('.')) if (name.includes('oxfmt')) tree.delete(name);
  tree.write('nx.json', '{}');
  for (const [file, text] of Object.entries(files)) tree.write(file, text);
  return tree;
}

const pluginsOf = (tree: Tree) =>
  (readNxJson(tree)?.plugins ?? []).map((one) => (typeof one === 'string' ? { plugin: one } : one));
const optionsOf = (tree: Tree) => pluginsOf(tree).find(({ plugin }) => plugin === PLUGIN)?.options;

const ALL: InitGeneratorSchema = {
  ci: true,
  environments: 'staging, production',
  pypiIndex: 'https://pypi.acme.example/simple/',
  npmRegistry: 'https://npm.acme.example/',
  imageRegistry: 'images.acme.example/science',
};

describe('fabrica:init', () => {
  it('writes down registries and environments, once', async () => {
    const tree = workspace();
    await initGenerator(tree, ALL);
    expect(optionsOf(tree)).toEqual({
      environments: { staging: {}, production: {} },
      registries: {
        pypi: { url: 'https://pypi.acme.example/simple/' },
        npm: { url: 'https://npm.acme.example/' },
      },
      images: { registry: 'images.acme.example/science' },
    });
    const before = tree.read('nx.json', 'utf8');
    await initGenerator(tree, ALL);
    expect(tree.read('nx.json', 'utf8')).toBe(before);
  });

  it('keeps what nx.json says of other things, and of environments', async () => {
    const options = {
      environments: { staging: { store: 'gs://acme' } },
      registries: { public: true },
      images: { base: 'python:3.12-slim' },
    };
    const tree = workspace({ 'nx.json': JSON.stringify({ plugins: [{ plugin: PLUGIN, options }] }) });
    await initGenerator(tree, ALL);
    expect(optionsOf(tree)).toMatchObject({
      environments: { staging: { store: 'gs://acme' }, production: {} },
      registries: { public: true, npm: { url: 'https://npm.acme.example/' } },
      images: { base: 'python:3.12-slim', registry: 'images.acme.example/science' },
    });
  });

  it.each([
    [{ pypiIndex: 'pypi.acme.example' }, 'must be an http(s) address'],
    [{ environments: 'Staging' }, 'must be lower-case letters, digits and hyphens'],
  ])('refuses %j', async (given: InitGeneratorSchema, message: string) => {
    await expect(initGenerator(workspace(), given)).rejects.toThrow(message);
  });

  it('takes what the schema describes', () => {
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(ALL).sort());
  });
});

describe('CI', () => {
  it.each([
    ['package-lock.json', 'npm ci'],
    ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
  ])('installs what %s says, and runs the checks that sync keeps', async (lock: string, install: string) => {
    // Which package manager there is, Nx asks the disk.
    const tree = new FsTree(folderWith({ 'nx.json': '{}', 'package.json': '{}', [lock]: '' }), false);
    await initGenerator(tree, { ci: true });
    const text = tree.read(CI, 'utf8') as string;
    const { jobs } = parse(text) as { jobs: { affected: { steps: { run?: string }[]; env?: object } } };
    const commands = jobs.affected.steps.flatMap(({ run }) => run ?? []);
    expect(commands.slice(0, 2)).toEqual([install, 'npx nx sync:check']);
    expect(commands.at(-1)).toContain('nx affected -t boundaries');
    expect(text).not.toContain('secrets.');
    expect(jobs.affected.env).toBeUndefined();
  });

  it("names the secrets of the company's registries", async () => {
    const tree = workspace();
    await initGenerator(tree, ALL);
    const text = tree.read(CI, 'utf8') as string;
    expect(() => parse(text)).not.toThrow();
    expect(text).toContain('registry-url: https://npm.acme.example/');
    expect(text).toContain('${{ secrets.FABRICA_PYPI_PASSWORD }}');
    expect(text).toContain('${{ secrets.FABRICA_NPM_TOKEN }}');
  });

  it('is left alone where there is one', async () => {
    const tree = workspace({ [CI]: 'mine\n' });
    await initGenerator(tree, { ci: true });
    expect(tree.read(CI, 'utf8')).toBe('mine\n');
  });
});

describe('@nx/docker', () => {
  it('comes with the plugin, before it', async () => {
    const tree = workspace();
    await initGenerator(tree);
    expect(pluginsOf(tree).map(({ plugin }) => plugin)).toEqual(['@nx/docker', PLUGIN]);
    expect(readJson(tree, 'package.json').devDependencies).toMatchObject({ '@nx/docker': '23.2.1' });
  });

  it('is no matter of other generators: nothing would install it', () => {
    const tree = workspace();
    prepareWorkspace(tree);
    expect(pluginsOf(tree).map(({ plugin }) => plugin)).toEqual([PLUGIN]);
  });

  it('keeps the settings that it has', async () => {
    const own = { plugin: '@nx/docker', options: { buildTarget: 'docker:build' } };
    const tree = workspace({
      'nx.json': JSON.stringify({ plugins: [own] }),
      'package.json': '{ "devDependencies": { "@nx/docker": "23.0.0" } }',
    });
    await initGenerator(tree);
    expect(pluginsOf(tree)[0]).toEqual(own);
    expect(readJson(tree, 'package.json').devDependencies).toEqual({ '@nx/docker': '23.0.0' });
  });
});
