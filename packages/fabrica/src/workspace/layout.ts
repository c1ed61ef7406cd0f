/** Where a file of a project lives, which decides what it may import and whether production holds it. */
export type Zone = 'production' | 'test' | 'experiment';

/** The folders of a workspace that hold the units that Fabrica knows. */
export const HOMES = { project: 'projects', package: 'packages' } as const;

/** The files that make a folder a project or a package. */
export const SETTINGS = 'fabrica.yaml';
export const PYPROJECT = 'pyproject.toml';
export const NPM_MANIFEST = 'package.json';

/** The files that Nx asks the plugin about; one of the first kind makes a folder a project, the others a package. */
export const NODE_FILES = `{nx.json,${HOMES.project}/*/{${PYPROJECT},${SETTINGS}},${HOMES.package}/*/{${PYPROJECT},${NPM_MANIFEST}}}`;

/** The folder that a command of a project may write to, per tool; never inputs, never under version control. */
export interface Place {
  /** Relative to the project; `{module}` is its Python module, `{name}` a name of the user's choice. */
  readonly path: string;
  readonly zone: Zone;
  readonly holds: string;
}

/**
 * The standard layout of a project: convention first, so that code says what fabrica.yaml then need not. Templates,
 * checks and the plugin all read this table.
 */
export const LAYOUT = {
  module: { path: 'src/{module}', zone: 'production', holds: 'the code of the project' },
  pipeline: { path: 'src/{module}/pipelines/{name}.py', zone: 'production', holds: 'the pipeline {name}' },
  service: { path: 'src/{module}/service.py', zone: 'production', holds: 'the prediction service' },
  app: { path: 'src/{module}/app.py', zone: 'production', holds: 'the Streamlit app' },
  dataset: { path: 'src/{module}/datasets/{name}', zone: 'production', holds: 'a definition of a dataset' },
  data: { path: 'data/{name}', zone: 'production', holds: 'small files of data' },
  test: { path: 'tests/{name}', zone: 'test', holds: 'tests' },
  notebook: { path: 'notebooks/{name}', zone: 'experiment', holds: 'notebooks for exploring' },
  experiment: { path: 'experiments/{name}', zone: 'experiment', holds: 'code for exploring' },
} as const satisfies Record<string, Place>;

/** A file that every project has, beside the code: who keeps it, and what it holds. */
export interface KeptFile {
  /** Relative to the project; `{module}` is its Python module. */
  readonly path: string;
  /** Who changes it; a command that writes all of it, or a part of it. */
  readonly keeper: string;
  readonly holds: string;
}

/** The files that every project has. The generator writes them, the layout check asks for them. */
export const FILES = {
  settings: { path: SETTINGS, keeper: 'you', holds: 'who answers for it, schedules, overrides' },
  pyproject: {
    path: PYPROJECT,
    keeper: 'you',
    holds: 'what it depends on; settings of ruff, basedpyright and pytest',
  },
  module: { path: 'src/{module}/__init__.py', keeper: 'you', holds: 'what makes src/{module} a module' },
  readme: { path: 'README.md', keeper: 'you', holds: 'what it is, and how to work on it' },
  lock: { path: 'requirements.txt', keeper: 'nx run p:lock', holds: 'the lock of production' },
  devLock: { path: 'requirements-dev.txt', keeper: 'nx run p:lock', holds: 'the lock of development' },
  gitignore: {
    path: '.gitignore',
    keeper: 'nx sync its section, you the rest',
    holds: 'what git leaves alone',
  },
  dockerfile: {
    path: 'Dockerfile',
    keeper: 'nx sync its section, you the rest',
    holds: 'how its image is built',
  },
  dockerignore: {
    path: '.dockerignore',
    keeper: 'nx sync its section, you the rest',
    holds: 'what goes to Docker',
  },
  devcontainer: {
    path: '.devcontainer/devcontainer.json',
    keeper: 'nx sync some keys, you the rest',
    holds: 'how editors open its container',
  },
} as const satisfies Record<string, KeptFile>;

/** A path of the layout with its blanks filled, relative to the project. */
export function layoutPath(
  entry: keyof typeof LAYOUT,
  blanks: { module?: string; name?: string } = {},
): string {
  return LAYOUT[entry].path.replace('{module}', blanks.module ?? '').replace('{name}', blanks.name ?? '');
}
