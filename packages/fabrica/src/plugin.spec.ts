import {
  AggregateCreateNodesError,
  type CreateNodesContext,
  type ProjectConfiguration,
  type TargetConfiguration,
} from '@nx/devkit';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, pyproject, writeFiles } from './workspace/testing/folder';

const ROOT = folderWith({});
let plugin: typeof import('./plugin');

beforeAll(() => {
  // Where Nx keeps what plugins remember: of this test's workspace, not of the one that it runs in.
  process.env.NX_WORKSPACE_DATA_DIRECTORY = join(ROOT, '.nx');
  plugin = jest.requireActual<typeof import('./plugin')>('./plugin');
});

/** What every Python project and package has. */
const PYTHON_TARGETS = ['install', 'lock', 'test', 'lint', 'format', 'typecheck', 'boundaries'];
const RELEASE_TARGETS = ['nx-release-publish', 'yank'];
const ROLLOUT_TARGETS = ['test-candidate', 'rollout'];

const PROJECT = {
  'nx.json': '{}',
  'package.json': '{}',
  'projects/bikes/pyproject.toml': pyproject('bikes'),
  'projects/bikes/fabrica.yaml': 'owner: mobility\ndescription: Bikes.\n',
  'projects/bikes/src/bikes/pipelines/train.py': '',
};

function nodesOf(root: string, files: readonly string[]): Record<string, ProjectConfiguration> {
  const [, createNodes] = plugin.createNodes;
  const context: CreateNodesContext = { workspaceRoot: root, nxJsonConfiguration: {} };
  const results = createNodes(files, undefined, context) as [
    string,
    { projects: Record<string, ProjectConfiguration> },
  ][];
  return Object.assign({}, ...results.map(([, result]) => result.projects)) as Record<
    string,
    ProjectConfiguration
  >;
}

function nodes(files: Readonly<Record<string, string>>): Record<string, ProjectConfiguration> {
  return nodesOf(
    folderWith(files),
    Object.keys(files).filter((file) =>
      /(^nx\.json|pyproject\.toml|fabrica\.yaml|s\/\w+\/package\.json)$/.test(file),
    ),
  );
}

function targets(
  files: Readonly<Record<string, string>>,
  folder = 'projects/bikes',
): Record<string, TargetConfiguration> {
  return nodes(files)[folder]?.targets ?? {};
}

function errors(files: Readonly<Record<string, string>>): [string | null, string][] {
  try {
    nodes(files);
  } catch (error) {
    return (error as AggregateCreateNodesError).errors.map(([file, { message }]) => [file, message]);
  }
  return [];
}

describe('createNodes', () => {
  it('infers projects, without a project.json', () => {
    expect(nodes(PROJECT)['projects/bikes']).toMatchObject({
      root: 'projects/bikes',
      name: 'bikes',
      projectType: 'application',
      tags: ['fabrica:project', 'owner:mobility'],
      metadata: { description: 'Bikes.' },
    });
    expect(Object.keys(targets(PROJECT))).toEqual([
      ...PYTHON_TARGETS,
      'layout',
      'run',
      'resume',
      'backfill',
      'tracking',
      'notebook',
      'develop',
      'image',
      'test-image',
      'compile',
      'diff',
      'rollback',
      'undeploy',
      'deploy',
      'status',
      'logs',
      'vm',
      'stop',
    ]);
  });

  it('infers serve and app from the files that make them', () => {
    const both = targets({
      ...PROJECT,
      'projects/bikes/src/bikes/service.py': '',
      'projects/bikes/src/bikes/app.py': '',
    });
    expect(both.serve).toMatchObject({
      command: expect.stringMatching(/env\.cjs projects\/bikes -- python -m fabrica\.serving serve$/),
    });
    const settings = 'owner: mobility\nservice: { port: 8100 }\n';
    expect(
      targets({
        ...PROJECT,
        'projects/bikes/fabrica.yaml': settings,
        'projects/bikes/src/bikes/service.py': '',
      }).serve?.command,
    ).toMatch(/fabrica\.serving serve --port 8100$/);
    expect(both.app).toMatchObject({
      command: expect.stringMatching(/-- streamlit run src\/bikes\/app\.py --server\.address=127\.0\.0\.1 /),
    });
    // Nx calls every continuous task that ends a success, also a service that never started.
    expect(both.notebook?.command).toMatch(/^(exec )?node \S+\/bin\/experiments\.cjs projects\/bikes$/);
    expect([both.serve?.continuous, both.app?.continuous]).toEqual([undefined, undefined]);
    expect(targets({ ...PROJECT, 'projects/bikes/src/bikes/app.py': '' }).serve?.command).toContain(
      'streamlit',
    );
  });

  it('caches what has exact inputs, and nothing that depends on an uncached target', () => {
    const found = targets(PROJECT);
    expect(Object.keys(found).filter((name) => found[name]?.cache)).toEqual([
      'test',
      'lint',
      'typecheck',
      'boundaries',
      'layout',
    ]);
    for (const { inputs, dependsOn } of [
      found.test,
      found.lint,
      found.typecheck,
      found.layout,
    ] as TargetConfiguration[]) {
      expect(inputs).toContainEqual({ externalDependencies: [] });
      expect(dependsOn).toBeUndefined();
    }
  });

  it('takes boundaries from the cache only where nothing is excused', () => {
    const cached = (settings: string) =>
      targets({ ...PROJECT, 'projects/bikes/fabrica.yaml': settings }).boundaries?.cache;
    const exception = '{rule: path, path: src, reason: it moves, until: 2026-12-31}';
    expect(cached('owner: me\n')).toBe(true);
    expect(cached(`owner: me\nboundaries: {exceptions: [${exception}]}\n`)).toBe(false);
  });

  it('passes on what fabrica.yaml overrides, safe for the shell', () => {
    const settings = `owner: me
pipelines: {train: {each: {city: ["Val d'Or", "$(rm -rf ~)"]}}}
environments: {staging: {pipelines: {train: {each: {city: [Bern]}}}}}
`;
    const { command } = targets({ ...PROJECT, 'projects/bikes/fabrica.yaml': settings })
      .run as TargetConfiguration;
    const [, quoted = ''] = / --overrides='(.*)'$/.exec(command as string) ?? [];
    const each = (value: string, place: string): object => ({ option: '--each', value, place });
    const city = each(
      "city=Val d'Or,$(rm -rf ~)",
      'projects/bikes/fabrica.yaml:2: pipelines.train.each.city',
    );
    const bern = 'projects/bikes/fabrica.yaml:3: environments.staging.pipelines.train.each.city';
    expect(quoted.replaceAll(`'\\''`, '')).not.toContain("'");
    expect(JSON.parse(quoted.replaceAll(`'\\''`, "'"))).toEqual({
      train: { '*': [city], staging: [city, each('city=Bern', bern)] },
    });
    expect(targets(PROJECT).run?.command).toMatch(/run$/);
  });

  it('infers Python packages, whose checks follow what they develop against', () => {
    const files = {
      'nx.json': '{}',
      'packages/top/pyproject.toml': pyproject(
        'fabrica-top',
        '[tool.uv.sources]\nfabrica-base = { path = "../base" }\n',
      ),
      'packages/base/pyproject.toml': pyproject('fabrica-base'),
    };
    expect(nodes(files)['packages/top']).toMatchObject({
      name: 'top',
      projectType: 'library',
      tags: ['fabrica:package'],
    });
    expect(nodes(files)['packages/top']?.release?.version?.versionActions).toMatch(/version-actions/);
    expect(Object.keys(targets(files, 'packages/top'))).toEqual([
      ...PYTHON_TARGETS,
      'build',
      'publish',
      ...RELEASE_TARGETS,
      ...ROLLOUT_TARGETS,
    ]);
    expect(targets(files, 'packages/top').test?.inputs).toContain('^sources');
    expect(targets(files, 'packages/base').test?.inputs).not.toContain('^sources');
  });

  it('infers of a TypeScript package what it has the tools for', () => {
    const bare = {
      'nx.json': '{}',
      'packages/portal/package.json': '{"name": "portal", "version": "1.0.0"}',
    };
    expect(Object.keys(targets(bare, 'packages/portal'))).toEqual(RELEASE_TARGETS);
    const tools = [
      'packages/portal/jest.config.cjs',
      'packages/portal/jest.e2e.config.cjs',
      'packages/portal/tsconfig.json',
      'packages/portal/tsconfig.build.json',
      'eslint.config.mjs',
    ];
    const full = { ...bare, ...Object.fromEntries(tools.map((file) => [file, ''])) };
    expect(Object.keys(targets(full, 'packages/portal'))).toEqual([
      'test',
      'e2e',
      'lint',
      'typecheck',
      'build',
      'publish',
      ...RELEASE_TARGETS,
    ]);
  });

  it.each(['js', 'mjs', 'cjs'])('checks again when eslint.config.%s changes', (suffix) => {
    const files = {
      'nx.json': '{}',
      'packages/portal/package.json': '{"name": "portal", "version": "1.0.0"}',
      [`eslint.config.${suffix}`]: '',
    };
    expect(targets(files, 'packages/portal').lint?.inputs).toContain(
      `{workspaceRoot}/eslint.config.${suffix}`,
    );
  });

  it('names the root project `workspace`', () => {
    expect(nodes(PROJECT)['.']).toMatchObject({
      name: 'workspace',
      targets: { registries: { executor: 'fabrica:registries' } },
    });
  });

  it('forgets nothing that changed and asks nothing twice', () => {
    const root = folderWith(PROJECT);
    const files = ['projects/bikes/pyproject.toml', 'projects/bikes/fabrica.yaml'];
    const owner = () => nodesOf(root, files)['projects/bikes']?.tags?.[1];
    expect(owner()).toBe('owner:mobility');
    writeFiles(root, { 'projects/bikes/fabrica.yaml': 'owner: others\n' });
    expect(owner()).toBe('owner:others');
    rmSync(join(root, 'projects/bikes/src'), { recursive: true });
    expect(nodesOf(root, files)['projects/bikes']?.targets).not.toHaveProperty('run');
  });
});

describe('mistakes', () => {
  it('are told with file, line, column and the way out, each by its file', () => {
    const found = errors({
      ...PROJECT,
      'projects/bikes/fabrica.yaml': 'ownr: me\n',
      'projects/cars/pyproject.toml': pyproject('bikes'),
      'projects/cars/fabrica.yaml': 'owner: me\n',
    });
    expect(found).toEqual([
      [
        'projects/bikes/pyproject.toml',
        expect.stringContaining('projects/bikes/fabrica.yaml:1:1: unknown key "ownr"; did you mean "owner"?'),
      ],
      [
        'projects/cars/pyproject.toml',
        expect.stringContaining(
          'projects/cars/pyproject.toml:2: the project calls itself "bikes", but its folder is projects/cars',
        ),
      ],
    ]);
  });

  it.each([
    [
      'TOML with an open bracket',
      '[project\n',
      ':1: Invalid TOML document: illegal character in key\n  try write key = "value", or close the bracket: [project]',
    ],
    [
      'TOML with an open quote',
      '[project]\nname = "bikes\nversion = "0.1.0"\n',
      ':2: Invalid TOML document: control characters are not allowed in strings\n  try close the quote that is open there',
    ],
    [
      'TOML without a comma',
      pyproject('bikes', 'dependencies = [\n  "six"\n  "idna"\n]\n'),
      ':7: Invalid TOML document: expected comma or end of structure\n  try put a comma between the entries, and ] after the last one',
    ],
    [
      'TOML with a text that has no quotes',
      '[project]\nname = bikes\n',
      ':2: Invalid TOML document: invalid value\n  try put a text in quotes: name = "bikes"',
    ],
    [
      'TOML that says a thing twice',
      '[project]\nname = "bikes"\nname = "bikes"\n',
      ':3: Invalid TOML document: trying to redefine an already defined table or value\n  try state it once',
    ],
    ['a missing version', '[project]\nname = "bikes"\n', ': project.version is missing'],
    [
      'a Python that is no specifier',
      pyproject('bikes').replace('>=3.11', '3.11'),
      ':4: requires-python: "3.11" is not a version specifier (like >=1.4,<2)\n  try requires-python = ">=3.11"',
    ],
    [
      'a requirement with a slip',
      pyproject('bikes', 'dependencies = [\n  "six",\n  "pandas>=2.2,<=x",\n]\n'),
      ':7: pandas>=2.2,<=x: "x" is not a version (like 1.4.0)',
    ],
    [
      'a requirement without an operator',
      pyproject('bikes', 'dependencies = ["pandas 2"]\n'),
      ':5: pandas 2: "2" is not a version specifier (like >=1.4,<2)',
    ],
  ])('in pyproject.toml, with its line: %s', (_case, text, expected) => {
    const file = 'projects/bikes/pyproject.toml';
    expect(errors({ ...PROJECT, [file]: text })).toEqual([[file, expect.stringContaining(file + expected)]]);
  });

  it('two projects with one name', () => {
    const found = errors({
      ...PROJECT,
      'projects/cars/pyproject.toml': pyproject('bikes'),
      'projects/cars/fabrica.yaml': 'owner: me\n',
    });
    expect(found).toEqual([
      [
        'projects/cars/pyproject.toml',
        expect.stringContaining(
          'two have the name "bikes": projects/bikes and projects/cars\n  try in projects/cars/pyproject.toml: name = "cars"',
        ),
      ],
    ]);
  });

  it('leave what is right for Nx to show', () => {
    try {
      nodes({
        ...PROJECT,
        'projects/cars/pyproject.toml': pyproject('cars'),
        'projects/cars/fabrica.yaml': '',
      });
      throw new Error('no error');
    } catch (error) {
      const { partialResults } = error as AggregateCreateNodesError;
      expect(partialResults.flatMap(([, { projects }]) => Object.keys(projects ?? {}))).toEqual([
        '.',
        'projects/bikes',
      ]);
    }
  });
});

describe('createDependencies', () => {
  it('joins packages that develop against each other, and no project to any', async () => {
    const root = folderWith({
      ...PROJECT,
      'packages/top/pyproject.toml': pyproject(
        'fabrica-top',
        '[tool.uv.sources]\nfabrica-base = { path = "../base" }\n',
      ),
      'packages/base/pyproject.toml': pyproject('fabrica-base'),
    });
    const projects = Object.fromEntries(['top', 'base'].map((name) => [name, { root: `packages/${name}` }]));
    const context = {
      workspaceRoot: root,
      projects: { ...projects, bikes: { root: 'projects/bikes', tags: ['fabrica:project'] } },
      externalNodes: {},
    };
    const expected = [
      { source: 'top', target: 'base', type: 'static', sourceFile: 'packages/top/pyproject.toml' },
    ];
    expect(await plugin.createDependencies(undefined, context as never)).toEqual(expected);
    // createNodes tells the mistake; a second time would be one too many.
    writeFiles(root, { 'packages/broken/pyproject.toml': '[project\n' });
    expect(await plugin.createDependencies(undefined, context as never)).toEqual(expected);
  });
});
