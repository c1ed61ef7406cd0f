import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { parse } from 'smol-toml';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD_BACKEND } from '../../python/uv';
import { printed } from '../../workspace/testing/output';
import packageGenerator from './generator';
import type { PackageGeneratorSchema } from './options';
import schema from './schema.json';

// Locking asks an index: what it does has tests of its own.
jest.mock('../shared/lock', () => ({
  lockNow: (_root: string, folder: string) => void process.stdout.write(`locked ${folder}\n`),
}));

async function generate(tree: Tree, options: Partial<PackageGeneratorSchema> = {}): Promise<Tree> {
  await packageGenerator(tree, { name: 'route-maps', skipLock: true, ...options });
  return tree;
}

function filesIn(tree: Tree, folder: string): string[] {
  return tree
    .children(folder)
    .flatMap((name) =>
      tree.isFile(`${folder}/${name}`) ? [`${folder}/${name}`] : filesIn(tree, `${folder}/${name}`),
    )
    .sort();
}

const snapshot = (tree: Tree) =>
  ['package.json', 'nx.json', '.gitignore', ...filesIn(tree, 'packages')].map((file) => [
    file,
    tree.read(file, 'utf8'),
  ]);

describe('a Python package', () => {
  it('has the layout of the shared packages, in their namespace', async () => {
    const tree = createTreeWithEmptyWorkspace();
    tree.write('LICENSE', 'all yours\n');
    await generate(tree, { description: 'Routes "drawn".' });
    expect(filesIn(tree, 'packages/route-maps')).toEqual(
      [
        'LICENSE',
        'README.md',
        'pyproject.toml',
        'src/fabrica/route_maps/__init__.py',
        'src/fabrica/route_maps/_clip.py',
        'src/fabrica/route_maps/py.typed',
        'tests/test_clip.py',
      ].map((file) => `packages/route-maps/${file}`),
    );
    const {
      project,
      tool,
      'build-system': build,
    } = parse(tree.read('packages/route-maps/pyproject.toml', 'utf8') as string) as Record<
      string,
      Record<string, unknown>
    >;
    expect(project).toMatchObject({
      name: 'fabrica-route-maps',
      version: '0.1.0',
      description: 'Routes "drawn".',
      'requires-python': '>=3.11',
      dependencies: [],
      // A public index refuses it.
      classifiers: ['Private :: Do Not Upload'],
    });
    expect(tool?.uv).toEqual({ managed: false, 'build-backend': { 'module-name': 'fabrica.route_maps' } });
    expect(build).toEqual({ requires: [BUILD_BACKEND], 'build-backend': 'uv_build' });
  });

  it('is built by the same backend as the shared packages of Fabrica', () => {
    const text = readFileSync(join(__dirname, '..', '..', '..', '..', 'storage', 'pyproject.toml'), 'utf8');
    expect(text).toContain(`requires = ["${BUILD_BACKEND}"]`);
  });

  it('is locked afterwards, and says what to type next', async () => {
    const said = async (tree: Tree, skipLock = false) => {
      const callback = await packageGenerator(tree, { name: 'maps', skipLock });
      return printed(() => callback?.());
    };
    const next =
      '  npx nx test maps\n  npx nx release patch --projects=maps   # its first version, when it is committed\n';
    const tree = createTreeWithEmptyWorkspace();
    expect(await said(tree)).toBe(`locked packages/maps\n\nNext:\n${next}`);
    expect(await said(tree)).toBe('');
    expect(await said(createTreeWithEmptyWorkspace(), true)).toBe(`\nNext:\n  npx nx run maps:lock\n${next}`);
  });
});

describe('a TypeScript package', () => {
  it("is one of npm's workspaces, in the scope of the workspace, with the tools it needs", async () => {
    const tree = createTreeWithEmptyWorkspace();
    tree.write(
      'package.json',
      JSON.stringify({ name: '@acme/source', devDependencies: { typescript: '5.8.0' } }),
    );
    await generate(tree, { language: 'typescript' });
    const root = JSON.parse(tree.read('package.json', 'utf8') as string);
    expect(root.workspaces).toEqual(['packages/route-maps']);
    expect(root.devDependencies).toMatchObject({
      typescript: '5.8.0',
      jest: expect.any(String),
      '@swc/jest': expect.any(String),
    });
    expect(JSON.parse(tree.read('packages/route-maps/package.json', 'utf8') as string)).toMatchObject({
      name: '@acme/route-maps',
      version: '0.1.0',
    });
    for (const file of ['tsconfig.json', 'tsconfig.build.json'])
      expect(() => JSON.parse(tree.read(`packages/route-maps/${file}`, 'utf8') as string)).not.toThrow();
  });

  it('says what to type next', async () => {
    const options = { name: 'charts', language: 'typescript', skipLock: true } as const;
    const callback = await packageGenerator(createTreeWithEmptyWorkspace(), options);
    expect(await printed(() => callback?.())).toBe(
      '\nNext:\n  npm install\n  npx nx test charts\n  npx nx release patch --projects=charts   # its first version, when it is committed\n',
    );
  });

  it("is one of pnpm's, which has a file for that", async () => {
    const tree = createTreeWithEmptyWorkspace();
    tree.write('package.json', '{ "name": "acme" }');
    tree.write('pnpm-workspace.yaml', '# ours\npackages:\n  - apps/*\n');
    await generate(tree, { language: 'typescript' });
    await generate(tree, { language: 'typescript' });
    expect(tree.read('pnpm-workspace.yaml', 'utf8')).toBe(
      '# ours\npackages:\n  - apps/*\n  - packages/route-maps\n',
    );
    expect(JSON.parse(tree.read('package.json', 'utf8') as string)).not.toHaveProperty('workspaces');
  });

  it('leaves a pattern of workspaces that covers it as it is', async () => {
    const tree = createTreeWithEmptyWorkspace();
    tree.write('package.json', JSON.stringify({ name: 'acme', workspaces: ['packages/*'] }));
    await generate(tree, { language: 'typescript' });
    expect(JSON.parse(tree.read('package.json', 'utf8') as string).workspaces).toEqual(['packages/*']);
  });
});

describe.each(['python', 'typescript'] as const)('run again (%s)', (language) => {
  it('changes nothing', async () => {
    const tree = await generate(createTreeWithEmptyWorkspace(), { language });
    const before = snapshot(tree);
    await generate(tree, { language });
    expect(snapshot(tree)).toEqual(before);
  });

  it('keeps what the user changed', async () => {
    const tree = await generate(createTreeWithEmptyWorkspace(), { language });
    tree.write('packages/route-maps/README.md', 'mine\n');
    await generate(tree, { language });
    expect(tree.read('packages/route-maps/README.md', 'utf8')).toBe('mine\n');
  });
});

describe('mistakes', () => {
  it.each(['Route Maps', 'class', 'workspace', 'fabrica'])('the name %j', async (name) => {
    await expect(generate(createTreeWithEmptyWorkspace(), { name })).rejects.toThrow(
      "can't be the name of a package",
    );
  });

  it('a name that a project has', async () => {
    const tree = createTreeWithEmptyWorkspace();
    tree.write('projects/bikes/pyproject.toml', '[project]\nname = "bikes"\nversion = "1"\n');
    await expect(generate(tree, { name: 'bikes' })).rejects.toThrow(
      '"bikes" is taken: projects/bikes has it',
    );
  });

  it('a package of the other language', async () => {
    const tree = await generate(createTreeWithEmptyWorkspace());
    await expect(generate(tree, { language: 'typescript' })).rejects.toThrow(
      'packages/route-maps exists and is not',
    );
  });
});

test('schema.json says what the generator takes', () => {
  const options: Record<keyof PackageGeneratorSchema, true> = {
    name: true,
    description: true,
    language: true,
    skipLock: true,
  };
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(options).sort());
});
