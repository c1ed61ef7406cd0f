import { FabricaErrors, type FabricaError } from '../support/errors';
import { folderWith, pyproject, writeFiles } from './testing/folder';
import { checkWorkspace, packageFolders, projectFolders, readOptions, readPackage, readProject } from '.';

const OWNER = 'owner: me\n';
const NX = { 'nx.json': '{}' };

function errorsOf(work: () => unknown): FabricaError[] {
  try {
    work();
  } catch (error) {
    return error instanceof FabricaErrors ? [...error.errors] : [error as FabricaError];
  }
  return [];
}

const projectsIn = (root: string) => projectFolders(root).map((folder) => readProject(root, folder));
const packagesIn = (root: string) => packageFolders(root).map((folder) => readPackage(root, folder));
const wrongIn = (root: string) => checkWorkspace(root, projectsIn(root), packagesIn(root));

describe('a workspace', () => {
  const root = folderWith({
    ...NX,
    'projects/bikes/pyproject.toml': pyproject(
      'bikes',
      'dependencies = ["pandas>=2", "fabrica-storage==0.1.0"]\n',
    ),
    'projects/bikes/fabrica.yaml':
      'owner: mobility\ndescription: Bikes.\nexperiments: {uses: [trip-duration]}\n',
    'projects/bikes/src/bikes/pipelines/train.py': '',
    'projects/bikes/src/bikes/pipelines/_shared.py': '',
    'projects/bikes/src/bikes/pipelines/train-v2.py': '',
    'projects/bikes/src/bikes/pipelines/__init__.py': '',
    'projects/bikes/src/bikes/service.py': '',
    'projects/trip-duration/pyproject.toml': pyproject('trip-duration'),
    'projects/trip-duration/fabrica.yaml': OWNER,
    'projects/trip-duration/src/trip_duration/app.py': '',
    'projects/notes.md': '',
    'projects/empty/.gitkeep': '',
    'packages/storage/pyproject.toml': pyproject('fabrica-storage'),
    'packages/tracking/pyproject.toml': pyproject(
      'fabrica-tracking',
      '[tool.uv.sources]\nfabrica-storage = { path = "../storage", editable = true }\n',
    ),
    'packages/portal/package.json': '{"name": "@acme/portal", "version": "1.2.0"}',
  });

  it('has projects', () => {
    expect(projectsIn(root)).toEqual([
      {
        name: 'bikes',
        module: 'bikes',
        folder: 'projects/bikes',
        owner: 'mobility',
        description: 'Bikes.',
        version: '0.1.0',
        requiresPython: '>=3.11',
        dependencies: ['pandas>=2', 'fabrica-storage==0.1.0'],
        pipelines: ['train'],
        service: true,
        app: false,
        settings: { owner: 'mobility', description: 'Bikes.', experiments: { uses: ['trip-duration'] } },
        overrides: {},
      },
      expect.objectContaining({
        name: 'trip-duration',
        module: 'trip_duration',
        pipelines: [],
        service: false,
        app: true,
      }),
    ]);
  });

  it('has packages', () => {
    expect(packagesIn(root)).toEqual([
      {
        name: 'portal',
        language: 'typescript',
        distribution: '@acme/portal',
        version: '1.2.0',
        folder: 'packages/portal',
        siblings: [],
      },
      {
        name: 'storage',
        language: 'python',
        distribution: 'fabrica-storage',
        version: '0.1.0',
        folder: 'packages/storage',
        siblings: [],
      },
      {
        name: 'tracking',
        language: 'python',
        distribution: 'fabrica-tracking',
        version: '0.1.0',
        folder: 'packages/tracking',
        siblings: ['storage'],
      },
    ]);
  });
});

describe('mistakes', () => {
  it('two projects with one name: the copy is named, and what to write in it', () => {
    const root = folderWith({
      ...NX,
      'projects/bikes/pyproject.toml': pyproject('bikes'),
      'projects/bikes/fabrica.yaml': OWNER,
      'projects/bikes-copy/pyproject.toml': pyproject('bikes'),
      'projects/bikes-copy/fabrica.yaml': OWNER,
    });
    expect(wrongIn(root)).toEqual([
      expect.objectContaining({
        code: 'name-taken',
        message:
          'projects/bikes-copy/pyproject.toml:2: two have the name "bikes": projects/bikes and projects/bikes-copy',
        hint: 'in projects/bikes-copy/pyproject.toml: name = "bikes-copy"',
      }),
    ]);
  });

  it('a project called like a package', () => {
    const root = folderWith({
      ...NX,
      'projects/portal/pyproject.toml': pyproject('portal'),
      'projects/portal/fabrica.yaml': OWNER,
      'packages/portal/pyproject.toml': pyproject('fabrica-portal'),
    });
    expect(wrongIn(root).map(({ code }) => code)).toEqual(['name-taken']);
  });

  it('a project that is not called like its folder', () => {
    const root = folderWith({
      ...NX,
      'projects/bikes/pyproject.toml': pyproject('cycles'),
      'projects/bikes/fabrica.yaml': OWNER,
    });
    expect(wrongIn(root)[0]?.message).toBe(
      'projects/bikes/pyproject.toml:2: the project calls itself "cycles", but its folder is projects/bikes',
    );
  });

  it.each([
    ['Bikes', 'names are lower-case'],
    ['json', "Python's standard library"],
    ['fabrica', 'the namespace of the shared packages'],
  ])('a pyproject with the name %s', (name, reason) => {
    const root = folderWith({
      ...NX,
      'projects/bikes/pyproject.toml': pyproject(name),
      'projects/bikes/fabrica.yaml': OWNER,
    });
    const [error] = errorsOf(() => readProject(root, 'projects/bikes'));
    expect(error?.message).toMatch(/^projects\/bikes\/pyproject\.toml:2: /);
    expect(error?.message).toContain(reason);
  });

  it('no fabrica.yaml, no pyproject.toml', () => {
    const root = folderWith({
      ...NX,
      'projects/bikes/pyproject.toml': pyproject('bikes'),
      'projects/trips/fabrica.yaml': OWNER,
    });
    const errors = ['projects/bikes', 'projects/trips'].flatMap((folder) =>
      errorsOf(() => readProject(root, folder)),
    );
    expect(errors.map(({ code }) => code)).toEqual(['no-settings', 'no-pyproject']);
    expect(errors[0]?.hint).toBe("echo 'owner: your-team' > projects/bikes/fabrica.yaml");
  });

  it('settings of a pipeline that there is not', () => {
    const root = folderWith({
      ...NX,
      'projects/bikes/pyproject.toml': pyproject('bikes'),
      'projects/bikes/fabrica.yaml': `${OWNER}pipelines: {trian: {schedule: "@daily"}}\n`,
      'projects/bikes/src/bikes/pipelines/train.py': '',
    });
    expect(errorsOf(() => readProject(root, 'projects/bikes'))[0]?.message).toContain(
      'there is no pipeline "trian" (src/bikes/pipelines/trian.py); did you mean "train"?',
    );
  });

  it('experiments that use a project that there is not, or themselves', () => {
    const root = folderWith({
      ...NX,
      'projects/bikes/pyproject.toml': pyproject('bikes'),
      'projects/bikes/fabrica.yaml': `${OWNER}experiments: {uses: [trips, bikes]}\n`,
      'projects/tripz/pyproject.toml': pyproject('tripz'),
      'projects/tripz/fabrica.yaml': OWNER,
    });
    expect(wrongIn(root).map(({ message }) => message)).toEqual([
      'projects/bikes/fabrica.yaml:2: experiments.uses: there is no project "trips"; did you mean "tripz"?',
      'projects/bikes/fabrica.yaml:2: experiments.uses: a project need not name itself',
    ]);
  });

  it('options in nx.json that the plugin does not know, with line and column', () => {
    const options = (text: string) =>
      `{\n  // ours\n  "plugins": ["other", { "plugin": "fabrica/plugin", "options": ${text} }]\n}\n`;
    const root = folderWith({ 'nx.json': options('{ "enviroments": {} }') });
    expect(errorsOf(() => readOptions(root))[0]?.message).toBe(
      'nx.json:3:67: unknown key "plugins[1].options.enviroments"; did you mean "environments"?',
    );
    writeFiles(root, { 'nx.json': options('{ "environments": { "staging": { "store": "gs://acme" } } }') });
    expect(readOptions(root)).toEqual({ environments: { staging: { store: 'gs://acme' } } });
  });
});
