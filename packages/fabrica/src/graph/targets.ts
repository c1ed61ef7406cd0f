import type { TargetConfiguration } from '@nx/devkit';
import {
  HOMES,
  layoutPath,
  PYPROJECT,
  SETTINGS,
  servicePort,
  type Package,
  type Project,
} from '../workspace';
import { NPM_MANIFEST } from '../workspace/layout';
import { CODEOWNERS } from '../layout/owners';
import { quoted } from '../support/shell';
import type { OwnPlugin } from './own';

type Targets = Record<string, TargetConfiguration>;

// Nx sends all targets of all projects from process to process at every command: few patterns, and few words.

/** Ruff and basedpyright read these, notebooks too; a change of another file changes nothing of their answer. */
const PYTHON_FILES = [
  '{projectRoot}/**/*.{py,pyi,ipynb}',
  '{projectRoot}/{pyproject.toml,requirements-dev.txt}',
];

/** Ruff and basedpyright look for their settings in the folders above, too: a workspace may keep common ones. */
const RUFF_SETTINGS = ['{projectRoot}/**/{ruff,.ruff}.toml', '{workspaceRoot}/{ruff,.ruff,pyproject}.toml'];
const BASEDPYRIGHT_SETTINGS = [
  '{projectRoot}/pyrightconfig.json',
  '{projectRoot}/.basedpyright/**/*',
  '{workspaceRoot}/{pyrightconfig.json,pyproject.toml}',
];
/** So does pytest. What is in the project is part of it. */
const PYTEST_SETTINGS = ['{workspaceRoot}/{pytest.ini,.pytest.ini,pyproject.toml,tox.ini,setup.cfg}'];

/** What tests are told of where they run; nx.json, the other half, is an input of every task. */
const ENVIRONMENT = ['FABRICA_ENVIRONMENT', 'FABRICA_STORE', 'FABRICA_WAREHOUSE'].map((env) => ({ env }));

/** What `publish` writes down of a package: none of its checks reads it. */
const NO_RECORDS = '!{projectRoot}/releases/**/*';

/** A command in a unit's own environment, which it brings in step first. Several run one after the other. */
function inEnvironment({ command }: OwnPlugin, folder: string, ...commands: string[]): string {
  return [`node ${command} ${folder}`, ...commands].join(' -- ');
}

/** What every Python unit has, project or package. `own` are inputs of its kind; `excused`: it has exceptions from boundaries. */
function pythonTargets(
  folder: string,
  plugin: OwnPlugin,
  own: readonly string[] = [],
  excused = false,
): Targets {
  const run = (...commands: string[]) => inEnvironment(plugin, folder, ...commands);
  const cached = (inputs: readonly (string | { readonly env: string })[]) => ({
    cache: true,
    inputs: [...inputs, ...own, { env: 'FABRICA_PYTHON' }, ...plugin.inputs] as TargetConfiguration['inputs'],
    outputs: [],
  });
  return {
    install: {
      executor: 'fabrica:install',
      metadata: about('Bring the environment (.venv) in step with the lock'),
    },
    lock: {
      executor: 'fabrica:lock',
      metadata: about('Write the locks from pyproject.toml; --upgrade moves the pins'),
    },
    test: {
      command: run('pytest'),
      ...cached(['{projectRoot}/**/*', '!{projectRoot}/README.md', ...PYTEST_SETTINGS, ...ENVIRONMENT]),
      metadata: about('Run the tests; of a project, --environment=staging in a cluster'),
    },
    lint: {
      command: run('ruff check .', 'ruff format --check .'),
      ...cached([...PYTHON_FILES, ...RUFF_SETTINGS]),
      metadata: about('Find mistakes and formatting that ruff would change'),
    },
    format: {
      command: run('ruff check --fix .', 'ruff format .'),
      metadata: about('Format the code and repair what ruff can'),
    },
    typecheck: {
      command: run('basedpyright'),
      ...cached([...PYTHON_FILES, ...BASEDPYRIGHT_SETTINGS]),
      metadata: about('Check the type hints'),
    },
    boundaries: boundariesTarget(
      folder,
      plugin,
      own.filter((input) => input.startsWith('!')),
      excused,
    ),
  };
}

/** Data that no rule reads; all else of a unit may be what leads out of it. */
const NO_DATA = [
  '!{projectRoot}/data/**/*.{csv,feather,geojson,gz,jpg,json,jsonl,npy,npz,parquet,png,tsv,txt,xlsx,zip}',
  '!{projectRoot}/**/*.md',
];

/**
 * What a unit's boundaries depend on beside its files is a word that small programs say, and no part of the target:
 * whatever stands in a target invalidates all targets of its project. Exceptions end some day, and every run lists
 * them: where there are any, nothing is cached.
 */
function boundariesTarget(
  folder: string,
  { folder: home, inputs, local }: OwnPlugin,
  own: readonly string[],
  excused: boolean,
): TargetConfiguration {
  const rooms = ['src/boundaries', 'src/imports', 'src/executors/boundaries'];
  return {
    executor: 'fabrica:boundaries',
    cache: !excused,
    inputs: [
      '{projectRoot}/**/*',
      ...NO_DATA,
      ...own,
      { runtime: `sh ${home}/bin/world.sh` },
      // Undeclared imports are looked for only where there is an environment.
      { runtime: `cat ${folder}/.venv/fabrica-stamp.json` },
      ...(local ? rooms.map((room) => `{workspaceRoot}/${home}/${room}/**/*`) : []),
      ...inputs,
    ] as TargetConfiguration['inputs'],
    outputs: [],
    metadata: about('Refuse what leads out: imports, paths, links, undeclared dependencies'),
  };
}

function about(description: string): NonNullable<TargetConfiguration['metadata']> {
  return { description };
}

/** The targets of a project. */
export function projectTargets(project: Project, plugin: OwnPlugin): Targets {
  const { folder, settings } = project;
  return {
    ...pythonTargets(folder, plugin, [], Boolean(settings.boundaries?.exceptions.length)),
    layout: layoutTarget(folder, plugin, ['{projectRoot}/**/*']),
    ...(project.pipelines.length
      ? { ...runTargets(project, plugin), tracking: trackingTarget(project, plugin) }
      : {}),
    ...serveTargets(project, plugin),
    notebook: {
      command: `${FOREGROUND}node ${plugin.experiments} ${folder}`,
      metadata: about('Start JupyterLab; --execute=PATH runs one notebook'),
    },
    develop: {
      executor: 'fabrica:develop',
      metadata: about(
        'Open it to work on: a container (--environment=staging: a pod) with its environment, JupyterLab and a shell',
      ),
    },
    ...imageTargets(),
    ...clusterTargets(),
    deploy: {
      executor: 'fabrica:deploy',
      metadata: about(
        'Run the pipelines and serve what they promoted; --environment=staging: into a cluster',
      ),
    },
    status: { executor: 'fabrica:status', metadata: about('What runs, since when, at which address') },
    logs: { executor: 'fabrica:logs', metadata: about('What the service wrote') },
    vm: {
      executor: 'fabrica:vm',
      metadata: about('A virtual machine of Google Cloud to work in; --machine, --gpu'),
    },
    stop: { executor: 'fabrica:stop', metadata: about('End everything of this project that runs') },
  };
}

/**
 * These take the place of the build that @nx/docker infers from a Dockerfile, when its build target has this name; its
 * `docker:run` and `nx release` go on from the image that is built here. Neither is cached by Nx: an image is in the
 * engine, which may have lost it, and Docker's own cache knows what is unchanged.
 */
function imageTargets(): Targets {
  return {
    image: {
      executor: 'fabrica:image',
      metadata: about('Build the image, and list what is in it; --push'),
    },
    'test-image': {
      executor: 'fabrica:test-image',
      dependsOn: ['image'],
      metadata: about('Run the tests in the image'),
    },
  };
}

/** What concerns a cluster; each takes --environment. */
function clusterTargets(): Targets {
  return {
    compile: {
      executor: 'fabrica:compile',
      metadata: about('Write the manifests for a cluster; --environment=staging'),
    },
    diff: {
      executor: 'fabrica:diff',
      metadata: about('What a deploy would change in a cluster; --environment=staging'),
    },
    rollback: {
      executor: 'fabrica:rollback',
      metadata: about('Back to an earlier release in a cluster; --environment=staging'),
    },
    undeploy: {
      executor: 'fabrica:undeploy',
      metadata: about('Take it out of a cluster; --environment=staging'),
    },
  };
}

/** A command, since it runs for each project: an executor would take a second or two before it begins. */
function layoutTarget(folder: string, plugin: OwnPlugin, inputs: readonly string[]): TargetConfiguration {
  return {
    command: `node ${plugin.layout} ${folder}`,
    cache: true,
    inputs: [...inputs, ...plugin.inputs] as TargetConfiguration['inputs'],
    outputs: [],
    metadata: { description: 'Say what is not where, or as, it should be' },
  };
}

/** What decides the toolkit's own files in the workspace, and these. */
const WORKSPACE_FILES = [
  `${HOMES.project}/*/${SETTINGS}`,
  `${HOMES.package}/*/${PYPROJECT}`,
  `${HOMES.package}/*/${NPM_MANIFEST}`,
  '.gitignore',
  '.gitattributes',
  ...CODEOWNERS,
  '.github/workflows/ci.yml',
  '.vscode/settings.json',
  '.vscode/extensions.json',
].map((path) => `{workspaceRoot}/${path}`);

/** On this machine; with --environment in the cluster of one. */
function runTargets(project: Project, plugin: OwnPlugin): Targets {
  const { overrides } = project;
  const any = Object.values(overrides).some((environments) => Object.values(environments).flat().length);
  const option = any ? ` --overrides=${quoted(JSON.stringify(overrides))}` : '';
  const target = (verb: string, description: string): TargetConfiguration => ({
    command: inEnvironment(plugin, project.folder, `python -m fabrica.pipelines ${verb}${option}`),
    metadata: about(description),
  });
  return {
    run: target('run', `Run a pipeline: ${project.pipelines.join(', ')}; --environment=staging in a cluster`),
    resume: target('resume', 'Continue a run that did not succeed, with what it lacks; --run=ID'),
    backfill: target('backfill', 'Run a pipeline for each date; --from=2026-01-01 --to=2026-01-31'),
  };
}

function trackingTarget({ folder }: Project, plugin: OwnPlugin): TargetConfiguration {
  return {
    command: inEnvironment(plugin, folder, 'python -m fabrica.tracking'),
    metadata: about(
      'Runs, models and who is champion: champions, versions, rollback, promote, lineage, runs',
    ),
  };
}

/**
 * Before a command that serves until Ctrl-C. That is how a server ends well, but a shell in between would end of it,
 * and Nx tell of a failure. Not `continuous`: for Nx such a task succeeded, whatever its exit code, also when it never
 * started to serve.
 */
const FOREGROUND = process.platform === 'win32' ? '' : 'exec ';

function serveTargets(project: Project, plugin: OwnPlugin): Targets {
  const run = (command: string, description: string): TargetConfiguration => ({
    command: `${FOREGROUND}${inEnvironment(plugin, project.folder, command)}`,
    metadata: about(description),
  });
  const app = project.app
    ? run(`streamlit run ${layoutPath('app', project)} ${STREAMLIT}`, 'Start the Streamlit app')
    : undefined;
  const port = servicePort(project.settings);
  const serve = project.service
    ? run(
        `python -m fabrica.serving serve${port ? ` --port ${port}` : ''}`,
        'Start the prediction service in the foreground',
      )
    : app;
  return { ...(serve ? { serve } : {}), ...(app ? { app } : {}) };
}

/** As everything that is started on a laptop: on this machine alone, and it tells nobody. */
const STREAMLIT = '--server.address=127.0.0.1 --browser.gatherUsageStats=false';

/** The name of the files of a Python package that those which develop against it depend on. */
export const SOURCES = 'sources';

/** The targets of a shared Python package. Its tests run against the packages it needs as they are in the workspace. */
export function pythonPackageTargets({ folder, siblings }: Package, plugin: OwnPlugin): Targets {
  return {
    ...pythonTargets(folder, plugin, [NO_RECORDS, ...(siblings.length ? [`^${SOURCES}`] : [])]),
    build: { executor: 'fabrica:build', metadata: about('Build the wheel') },
    publish: {
      executor: 'fabrica:publish',
      metadata: about('Publish the version to the private registry, and record it'),
    },
    ...releaseTargets(),
    'test-candidate': {
      executor: 'fabrica:test-candidate',
      metadata: about('Test the projects that use the package with what is in the working tree'),
    },
    rollout: {
      executor: 'fabrica:rollout',
      metadata: about('Move projects to a release: a commit for each whose tests pass'),
    },
  };
}

/**
 * What is done with releases. `nx release publish` runs the first for each package, after what that package depends on;
 * it builds by itself, since Nx leaves `dependsOn` aside when some packages alone are published.
 */
function releaseTargets(): Targets {
  return {
    'nx-release-publish': {
      executor: 'fabrica:publish',
      dependsOn: ['^nx-release-publish'],
      options: { released: true },
      metadata: { description: 'Publish what was released to the private registry' },
    },
    yank: {
      executor: 'fabrica:yank',
      metadata: { description: 'Say of a released version that nobody should begin to use it' },
    },
  };
}

/** The names that ESLint's settings of the workspace may have. */
export const ESLINT_FILES = ['eslint.config.js', 'eslint.config.mjs', 'eslint.config.cjs'];
const ESLINT_SETTINGS = ESLINT_FILES.map((name) => `{workspaceRoot}/${name}`);

/** Which tools a TypeScript package has set up. */
export interface TypeScriptTools {
  readonly jest: boolean;
  readonly e2e: boolean;
  readonly eslint: boolean;
  readonly tsconfig: boolean;
  readonly build: boolean;
}

/** What every TypeScript task depends on beside its project: how all of them are compiled. npm's lock is, by Nx's default. */
const TYPESCRIPT_ROOT = ['{workspaceRoot}/tsconfig.base.json', '{workspaceRoot}/package.json'];

/** The targets of a shared TypeScript package. What its package.json says of a target wins. */
export function typescriptPackageTargets({ folder }: Package, tools: TypeScriptTools): Targets {
  const at = (command: string, description: string): TargetConfiguration => ({
    command,
    options: { cwd: folder },
    metadata: about(description),
  });
  const cached = (...inputs: string[]) => ({
    cache: true,
    inputs: ['{projectRoot}/**/*', NO_RECORDS, ...inputs, '^default', ...TYPESCRIPT_ROOT],
    outputs: [],
  });
  const tests = [`!{projectRoot}/e2e/**/*`, '!{projectRoot}/README.md', '{workspaceRoot}/jest.preset.js'];
  return {
    ...(tools.jest && { test: { ...at('jest', 'Run the unit tests'), ...cached(...tests) } }),
    ...(tools.e2e && {
      e2e: at('jest --config jest.e2e.config.cjs', 'Run the tests that start real processes'),
    }),
    ...(tools.eslint && {
      lint: { ...at('eslint .', 'Find mistakes'), ...cached(...ESLINT_SETTINGS) },
    }),
    ...(tools.tsconfig && {
      typecheck: { ...at('tsc --noEmit -p tsconfig.json', 'Check the types'), ...cached() },
    }),
    ...(tools.build && {
      build: {
        executor: 'fabrica:build',
        metadata: about('Compile what is published, with its assets'),
      },
      publish: {
        executor: 'fabrica:publish',
        dependsOn: ['build'],
        metadata: about('Publish the version to the private registry'),
      },
    }),
    ...releaseTargets(),
  };
}

/** What concerns all projects: targets of the root project. */
export function workspaceTargets(plugin: OwnPlugin): Targets {
  return {
    layout: layoutTarget('.', plugin, WORKSPACE_FILES),
    notebooks: {
      executor: 'fabrica:notebooks',
      metadata: { description: 'Show how notebooks changed, cell by cell' },
    },
    costs: {
      executor: 'fabrica:costs',
      metadata: { description: 'Say what runs have used and cost; --since=7d --by=step' },
    },
    uses: {
      executor: 'fabrica:uses',
      metadata: { description: 'Say who uses what, in which zone and version' },
    },
    registries: {
      executor: 'fabrica:registries',
      metadata: { description: 'Start, stop or show the private registries' },
    },
  };
}
