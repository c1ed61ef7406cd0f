import { FabricaError } from '../support/errors';
import { KEYWORDS, STANDARD_LIBRARY } from './python-names';

/** Kubernetes takes 52 characters in the name of a CronWorkflow, and our schedules add a few. */
const LONGEST = 40;

const VALID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Names that would be ambiguous on the command line, or hide what every project imports. */
const RESERVED: Record<string, string> = {
  ...Object.fromEntries(
    ['test', 'tests', 'conftest'].map((name) => [
      name,
      "it is what pytest's own folders and files are called",
    ]),
  ),
  ...Object.fromEntries(
    ['src', 'data', 'notebooks', 'experiments', 'projects', 'packages', 'dist', 'build', 'docs', 'tools'].map(
      (name) => [name, 'it is the name of a folder of the layout'],
    ),
  ),
  fabrica: 'it is the namespace of the shared packages',
  workspace: 'it is the root project of the workspace',
  ...Object.fromEntries(
    ['main', 'python', 'pip', 'uv', 'setuptools', 'wheel', 'venv', 'none', 'all'].map((name) => [
      name,
      'it means something else to the tools',
    ]),
  ),
  ...Object.fromEntries(
    [
      'pandas',
      'numpy',
      'pyarrow',
      'polars',
      'duckdb',
      'scipy',
      'sklearn',
      'scikit-learn',
      'streamlit',
      'fastapi',
      'pydantic',
      'pandera',
      'pytest',
      'ruff',
      'structlog',
      'matplotlib',
      'altair',
      'yaml',
    ].map((name) => [name, 'it would hide the library of that name']),
  ),
};

/** What a name already stands for in the workspace. */
export interface Taken {
  readonly name: string;
  /** Relative to the workspace: `projects/bikes`. */
  readonly folder: string;
}

/** The Python module of a project: `trip-duration` is imported as `trip_duration`. */
export function moduleOf(name: string): string {
  return name.replaceAll('-', '_');
}

/** What a name would be in our form: `Trip_Duration 2` → `trip-duration-2`. */
export function suggestName(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+/, '')
    .replace(/-+$/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
}

/**
 * Why a name can't be the name of a project (or, below `fabrica.`, of a package); undefined when it can. It becomes a
 * folder, a distribution, a Python module and the name of cluster objects, so it must be right for each.
 */
export function nameProblem(name: string, kind: 'project' | 'package' = 'project'): string | undefined {
  if (!VALID.test(name))
    return 'names are lower-case letters, digits and single hyphens, and begin with a letter';
  if (name.length > LONGEST) return `names have at most ${LONGEST} characters, this one has ${name.length}`;
  const module = moduleOf(name);
  if (KEYWORDS.has(module)) return `Python can't import a module called ${module}: it is a keyword`;
  // A package is imported as fabrica.<name>, which hides nothing.
  if (kind === 'package')
    return ['workspace', 'fabrica'].includes(name) ? `it is reserved: ${RESERVED[name]}` : undefined;
  if (STANDARD_LIBRARY.has(module))
    return `it is reserved: it would hide the module ${module} of Python's standard library`;
  if (name.startsWith('fabrica-')) return 'it is reserved: fabrica-… are the shared packages';
  return RESERVED[name] && `it is reserved: ${RESERVED[name]}`;
}

/**
 * Checks the name of a new project or package.
 *
 * @param taken what the workspace has already; the unit itself, when a generator runs again, is not among it
 * @param command what a person types before the name
 * @throws FabricaError `bad-name`, `reserved-name`, `name-taken`
 */
export function checkName(
  name: string,
  kind: 'project' | 'package',
  taken: readonly Taken[],
  command = `fabrica:${kind}`,
): void {
  const problem = nameProblem(name, kind);
  if (problem !== undefined) {
    const reserved = problem.includes('reserved');
    const better = suggestName(name);
    const usable = better !== '' && better !== name && nameProblem(better, kind) === undefined;
    throw new FabricaError(
      reserved ? 'reserved-name' : 'bad-name',
      `"${name}" can't be the name of a ${kind}: ${problem}`,
      {
        hint: `npx nx g ${command} ${usable ? better : VALID.test(`${name}-model`) && !nameProblem(`${name}-model`, kind) ? `${name}-model` : 'another-name'}`,
      },
    );
  }
  const other =
    taken.find((one) => one.name === name) ?? taken.find((one) => moduleOf(one.name) === moduleOf(name));
  if (!other) return;
  throw new FabricaError('name-taken', `"${name}" is taken: ${other.folder} has it`, {
    hint: `npx nx g ${command} ${name}-2`,
  });
}
