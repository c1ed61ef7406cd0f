import { logger, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { parse } from 'yaml';
import { readShape } from '../../workspace/shape';
import { settingsSchema } from '../../workspace/settings-schema';
import { nameProblem } from '../../workspace';
import { printed } from '../../workspace/testing/output';
import { parse as parseToml } from 'smol-toml';
import schema from './schema.json';
import syncGenerator from '../sync/generator';
import projectGenerator from './generator';
import type { ProjectGeneratorSchema } from './options';
import { TEMPLATE_VERSION } from './template';

const mockLocked = new Set<string>();

jest.mock('../../python/check-lock', () => ({
  isLocked: (_root: string, folder: string) => mockLocked.has(folder),
}));

// Locking asks an index: what it does has tests of its own.
jest.mock('../shared/lock', () => ({
  lockNow: (_root: string, folder: string) => void process.stdout.write(`locked ${folder}\n`),
}));

const SHARED = ['logging', 'pipelines', 'serving', 'storage', 'tracking', 'warehouse'];

function workspace(): Tree {
  const tree = createTreeWithEmptyWorkspace();
  for (const name of SHARED) {
    tree.write(
      `packages/${name}/pyproject.toml`,
      `[project]\nname = "fabrica-${name}"\nversion = "0.${name.length}.0"\n`,
    );
  }
  return tree;
}

async function generate(tree: Tree, options: Partial<ProjectGeneratorSchema> = {}): Promise<Tree> {
  await projectGenerator(tree, { name: 'trip-bikes', owner: 'mobility', skipLock: true, ...options });
  return tree;
}

function contents(tree: Tree, folder = 'projects'): Record<string, string> {
  const files = tree.children(folder).flatMap((name): [string, string][] => {
    const path = `${folder}/${name}`;
    return tree.isFile(path)
      ? [[path, tree.read(path, 'utf8') as string]]
      : Object.entries(contents(tree, path));
  });
  return Object.fromEntries(files);
}

interface Pyproject {
  project: { name: string; dependencies: string[] };
  tool: { uv: { managed: boolean; sources: Record<string, unknown> } };
}

const pyprojectOf = (tree: Tree, name = 'trip-bikes') =>
  parseToml(tree.read(`projects/${name}/pyproject.toml`, 'utf8') as string) as unknown as Pyproject;

describe('a new project', () => {
  it('has the standard layout, with what was asked for', async () => {
    const tree = await generate(workspace(), { service: true, app: true });
    expect(Object.keys(contents(tree)).sort()).toEqual(
      [
        '.devcontainer/devcontainer.json',
        '.dockerignore',
        '.gitignore',
        'Dockerfile',
        'README.md',
        'data/README.md',
        'data/rentals.csv',
        'fabrica.yaml',
        'notebooks/explore.ipynb',
        'pyproject.toml',
        'src/trip_bikes/__init__.py',
        'src/trip_bikes/app.py',
        'src/trip_bikes/data.py',
        'src/trip_bikes/features.py',
        'src/trip_bikes/pipelines/__init__.py',
        'src/trip_bikes/pipelines/train.py',
        'src/trip_bikes/service.py',
        'tests/test_app.py',
        'tests/test_data.py',
        'tests/test_features.py',
        'tests/test_service.py',
        'tests/test_train.py',
      ].map((file) => `projects/trip-bikes/${file}`),
    );
  });

  it('has a service that gives an example of each field that a request needs: they make the printed curl', async () => {
    const tree = await generate(workspace(), { service: true });
    const service = tree.read('projects/trip-bikes/src/trip_bikes/service.py', 'utf8') as string;
    const [fields = ''] = /(?<=class Day\(Input\):)[\s\S]*?(?=\n\S)/.exec(service) ?? [];
    const needed = fields
      .split(/\n {4}(?=\w+: )/)
      .slice(1)
      .filter((field) => !/= (?!Field)/.test(field.split('\n')[0] as string));
    expect(needed).toHaveLength(3);
    for (const field of needed) expect(field).toMatch(/examples=\[.+\]/);
  });

  it('by default has a pipeline and neither service nor app', async () => {
    const files = Object.keys(contents(await generate(workspace())));
    expect(files.filter((file) => /train|service|app/.test(file))).toEqual([
      'projects/trip-bikes/src/trip_bikes/pipelines/train.py',
      'projects/trip-bikes/tests/test_train.py',
    ]);
  });

  it('leaves nothing of the templates in its files', async () => {
    for (const text of Object.values(contents(await generate(workspace(), { service: true, app: true })))) {
      expect(text).not.toMatch(/<%|%>|__module__|undefined|trip_bikes_/);
      expect(text).toMatch(/[^\n]\n$/);
    }
  });

  it('pins the shared packages of the workspace, from the private index', async () => {
    const { project, tool } = pyprojectOf(await generate(workspace(), { service: true }));
    expect(project.dependencies.filter((one) => one.startsWith('fabrica-'))).toEqual([
      'fabrica-pipelines==0.9.0',
      'fabrica-serving==0.7.0',
      'fabrica-storage[pandas,sklearn]==0.7.0',
      'fabrica-warehouse==0.9.0',
    ]);
    expect(tool.uv).toEqual({
      managed: false,
      sources: Object.fromEntries(
        ['pipelines', 'serving', 'storage', 'warehouse'].map((name) => [
          `fabrica-${name}`,
          { index: 'fabrica' },
        ]),
      ),
    });
  });

  it('has settings that the toolkit reads, whatever the owner and the description hold', async () => {
    const texts = {
      owner: 'R&D: "bikes" #1',
      description: 'It\'s 100% \\ "quoted":\n yes, <b>really</b> """',
    };
    const tree = await generate(workspace(), texts);
    const text = tree.read('projects/trip-bikes/fabrica.yaml', 'utf8') as string;
    const settings = readShape(settingsSchema, { file: 'fabrica.yaml', text });
    expect(settings).toEqual({
      owner: texts.owner,
      description: texts.description.replaceAll(/\s+/g, ' ').trim(),
      template: { version: TEMPLATE_VERSION, parts: ['pipeline'] },
    });
    expect(text.split('\n')[0]).toBe(
      '# yaml-language-server: $schema=../../node_modules/fabrica/schemas/fabrica.schema.json',
    );
    expect(parse(text)).toBeTruthy();
  });

  it('makes the workspace one that knows the plugin', async () => {
    const tree = await generate(workspace());
    expect(JSON.parse(tree.read('nx.json', 'utf8') as string).plugins).toEqual([
      { plugin: 'fabrica/plugin', options: {} },
    ]);
    expect(JSON.parse(tree.read('nx.json', 'utf8') as string).sync).toEqual({
      globalGenerators: ['fabrica:sync'],
    });
    expect(JSON.parse(tree.read('nx.json', 'utf8') as string).release.projects).toEqual([
      'tag:fabrica:package',
    ]);
    expect(JSON.parse(tree.read('package.json', 'utf8') as string).scripts.prepare).toBe(
      'node node_modules/fabrica/bin/notebook.cjs setup || exit 0',
    );
    expect(tree.read('.gitignore', 'utf8')).toContain('.fabrica/\n.venv/\n');
    expect(await syncGenerator(tree)).toEqual({});
  });

  it("keeps the workspace's own prepare script, and says what to add to it", async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation();
    const tree = workspace();
    tree.write('package.json', '{"scripts": {"prepare": "husky"}}');
    await generate(tree);
    expect(JSON.parse(tree.read('package.json', 'utf8') as string).scripts.prepare).toBe('husky');
    expect(warn.mock.calls.flat().join()).toContain('node node_modules/fabrica/bin/notebook.cjs setup');
    warn.mockRestore();
  });

  it('is locked afterwards, and says what to type next', async () => {
    const said = async (tree: Tree, options: Partial<ProjectGeneratorSchema> = {}) => {
      const callback = await projectGenerator(tree, { name: 'bikes', owner: 'me', ...options });
      return printed(() => callback?.());
    };
    expect(await said(workspace())).toBe(
      'locked projects/bikes\n\nNext:\n  npx nx test bikes\n  npx nx run bikes:deploy\n',
    );
    const tree = workspace();
    expect(await said(tree, { pipeline: false, skipLock: true })).toBe(
      '\nNext:\n  npx nx run bikes:lock\n  npx nx test bikes\n',
    );
    expect(await said(tree, { app: true })).toBe(
      'locked projects/bikes\n\nNext:\n  npx nx test bikes\n  npx nx run bikes:app\n',
    );
    // As after an interruption: it goes on with the lock.
    expect(await said(tree, { app: true })).toContain('locked projects/bikes');
    mockLocked.add('projects/bikes');
    expect(await said(tree, { app: true })).toBe('');
    mockLocked.clear();
  });
});

describe('run again', () => {
  const all = { service: true, app: true };

  it('changes nothing', async () => {
    const tree = await generate(workspace(), all);
    const before = {
      ...contents(tree),
      nx: tree.read('nx.json', 'utf8'),
      git: tree.read('.gitignore', 'utf8'),
    };
    await generate(tree, all);
    expect({
      ...contents(tree),
      nx: tree.read('nx.json', 'utf8'),
      git: tree.read('.gitignore', 'utf8'),
    }).toEqual(before);
  });

  it('keeps what the user changed, and what the user took away', async () => {
    const tree = await generate(workspace(), all);
    tree.write('projects/trip-bikes/src/trip_bikes/pipelines/train.py', '# mine\n');
    tree.write('projects/trip-bikes/README.md', 'mine\n');
    tree.write('projects/trip-bikes/fabrica.yaml', 'owner: others\n');
    tree.delete('projects/trip-bikes/data/rentals.csv');
    tree.rename('projects/trip-bikes/tests/test_train.py', 'projects/trip-bikes/tests/test_nightly.py');
    const before = contents(tree);
    await generate(tree, all);
    expect(contents(tree)).toEqual(before);
  });

  it('adds nothing that the project was made without, unless it is asked for', async () => {
    const tree = await generate(workspace(), { pipeline: false });
    const before = contents(tree);
    expect(Object.keys(before).filter((file) => /pipelines|train/.test(file))).toEqual([]);
    await generate(tree);
    expect(contents(tree)).toEqual(before);
    await generate(tree, { app: true });
    expect(tree.exists('projects/trip-bikes/src/trip_bikes/pipelines')).toBe(false);
    await generate(tree, { pipeline: true });
    expect(tree.exists('projects/trip-bikes/src/trip_bikes/pipelines/train.py')).toBe(true);
  });

  it('keeps a pipeline that has another name', async () => {
    const tree = await generate(workspace());
    tree.rename(
      'projects/trip-bikes/src/trip_bikes/pipelines/train.py',
      'projects/trip-bikes/src/trip_bikes/pipelines/nightly.py',
    );
    const before = contents(tree);
    await generate(tree);
    expect(contents(tree)).toEqual(before);
  });

  it('adds a part, with what it depends on, beside what the user wrote', async () => {
    const tree = await generate(workspace());
    const file = 'projects/trip-bikes/pyproject.toml';
    const edited = (tree.read(file, 'utf8') as string).replace(
      '"pandas>=2.2,<4",',
      '"pandas>=2.2,<3",  # not 3 yet\n  "requests",',
    );
    tree.write(file, edited);
    await generate(tree, { app: true });
    const text = tree.read(file, 'utf8') as string;
    expect(text).toContain('"pandas>=2.2,<3",  # not 3 yet');
    expect(pyprojectOf(tree).project.dependencies).toEqual(
      expect.arrayContaining([
        'requests',
        'pandas>=2.2,<3',
        'fabrica-tracking==0.8.0',
        'streamlit>=1.40,<2',
        'fabrica-storage[pandas,sklearn]==0.7.0',
      ]),
    );
    expect(pyprojectOf(tree).tool.uv.sources).toHaveProperty('fabrica-tracking', { index: 'fabrica' });
    expect(tree.exists('projects/trip-bikes/src/trip_bikes/app.py')).toBe(true);
    expect(tree.read('projects/trip-bikes/src/trip_bikes/app.py', 'utf8')).toContain('show_model');
  });
});

describe('what a project remembers of the template', () => {
  const at = (file: string) => `projects/trip-bikes/${file}`;

  it('grows by a part that is added, and what nobody touched says what it would with the part', async () => {
    const [grown, atOnce] = [await generate(workspace()), await generate(workspace(), { app: true })];
    await generate(grown, { app: true });
    expect(contents(grown)).toEqual(contents(atOnce));
  });

  it('grows beside what the user wrote, which stays', async () => {
    const tree = await generate(workspace());
    tree.write(at('README.md'), 'mine\n');
    const settings = tree.read(at('fabrica.yaml'), 'utf8') as string;
    tree.write(
      at('fabrica.yaml'),
      settings.replace(/# pipelines[\s\S]*?(?=template)/, 'service: {port: 8010}  # ours\n'),
    );
    await generate(tree, { service: true });
    expect(tree.read(at('README.md'), 'utf8')).toBe('mine\n');
    expect(tree.read(at('fabrica.yaml'), 'utf8')).toContain(
      `service: {port: 8010}  # ours\ntemplate: { version: ${TEMPLATE_VERSION}, parts: [pipeline, service] }\n`,
    );
  });

  it('is not made up for a project that says nothing of it', async () => {
    const tree = await generate(workspace());
    tree.write(at('fabrica.yaml'), 'owner: me\n');
    await generate(tree, { app: true });
    expect(tree.read(at('fabrica.yaml'), 'utf8')).toBe('owner: me\n');
  });
});

describe('mistakes', () => {
  const refused = (options: Partial<ProjectGeneratorSchema>, tree = workspace()) =>
    expect(generate(tree, options)).rejects;

  it.each([
    'Trip Bikes',
    'json',
    'class',
    'test',
    'fabrica',
    'workspace',
    'pandas',
    'fabrica-storage',
    'x'.repeat(60),
    '',
  ])('the name %j', async (name) => {
    await refused({ name }).toThrow(
      /can't be the name of a project: [\s\S]*\n {2}try npx nx g fabrica:project /,
    );
  });

  it('a name that another has', async () => {
    const tree = workspace();
    tree.write('apps/web/project.json', '{"name": "web"}');
    await refused({ name: 'web' }, tree).toThrow('"web" is taken: apps/web has it');
    await refused({ name: 'storage' }, tree).toThrow('"storage" is taken: packages/storage has it');
    await generate(tree, { name: 'trip-bikes' });
    tree.write('projects/other/pyproject.toml', '[project]\nname = "trip_counts"\nversion = "1"\n');
    await refused({ name: 'trip-counts' }, tree).toThrow('"trip-counts" is taken: projects/other has it');
  });

  it('a folder with something else in it', async () => {
    const tree = workspace();
    tree.write('projects/bikes/notes.md', 'mine');
    await refused({ name: 'bikes' }, tree).toThrow('projects/bikes exists and is no project');
    expect(Object.keys(contents(tree))).toEqual(['projects/bikes/notes.md']);
  });

  it('a service without a pipeline', async () => {
    await refused({ pipeline: false, service: true }).toThrow(
      'npx nx g fabrica:project trip-bikes --pipeline --service',
    );
  });

  it('no owner, where git knows none', async () => {
    await refused({ owner: ' ' }).toThrow('npx nx g fabrica:project trip-bikes --owner your-team');
  });

  it('an owner that is not in the list of nx.json', async () => {
    const tree = workspace();
    const options = { owners: { mobility: '@acme/mobility' } };
    tree.write('nx.json', JSON.stringify({ plugins: [{ plugin: 'fabrica/plugin', options }] }));
    await refused({ owner: 'mobilty' }, tree).toThrow(
      'is not among those of nx.json (mobility); did you mean "mobility"?\n  try npx nx g fabrica:project trip-bikes --owner mobility',
    );
    await generate(tree, { owner: '@anna' });
    expect(tree.read('.github/CODEOWNERS', 'utf8')).toContain('/projects/trip-bikes/ @anna\n');
  });

  it('no shared packages to pin', async () => {
    await refused({}, createTreeWithEmptyWorkspace()).toThrow('npm install --save-dev fabrica');
  });

  it('writes nothing when it fails, and shows no stack', async () => {
    const tree = workspace();
    const before = tree.listChanges().length;
    const error: Error = await generate(tree, { name: 'json' }).then(
      () => new Error('taken'),
      (thrown: Error) => thrown,
    );
    expect(tree.listChanges()).toHaveLength(before);
    expect(error.stack).toBe('');
  });
});

describe('schema.json', () => {
  it('says what the generator takes, for Nx Console', () => {
    const options: Record<keyof ProjectGeneratorSchema, true> = {
      name: true,
      owner: true,
      description: true,
      pipeline: true,
      service: true,
      app: true,
      skipLock: true,
    };
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(options).sort());
    expect(
      Object.entries(schema.properties).filter(
        ([key, property]) => key !== 'skipLock' && !('x-prompt' in property),
      ),
    ).toEqual([]);
  });

  it('leaves it to the generator whether there is a pipeline: Nx would fill in a default on each run', () => {
    expect(schema.properties.pipeline).not.toHaveProperty('default');
  });

  it('has examples that work', () => {
    for (const { command } of schema.examples)
      expect(nameProblem(/fabrica:project (\S+)/.exec(command)?.[1] as string)).toBeUndefined();
  });
});
