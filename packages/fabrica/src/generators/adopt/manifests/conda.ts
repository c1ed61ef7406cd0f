import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { specifierProblem } from '../../../python/versions';
import { FabricaError, type Place } from '../../../support/errors';
import { pypiName } from '../names/pypi-name';
import { readRequirementLines } from './requirements';
import type { Dependency, Left, Manifest, ReadFile } from './types';

/** The files that conda environments are described in. */
export const ENVIRONMENT = /^(conda[-_/])?(environment|env)([-_.]\w+)*\.ya?ml$/;

/** What conda needs and a project doesn't. */
const TOOLS = new Set(['python', 'pip', 'conda', 'nb_conda', 'nb_conda_kernels', 'setuptools', 'wheel']);

/**
 * Reads an `environment.yml`: packages by their names on PyPI, versions as specifiers, the part for pip.
 *
 * @throws FabricaError `bad-environment` with the line
 */
export function readConda(file: string, text: string, read: ReadFile): Manifest {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: Node) => lines.linePos(node.range?.[0] ?? 0).line;
  const [error] = document.errors;
  if (error) throw bad(file, lines.linePos(error.pos[0]).line, `this is not YAML: ${error.message}`);
  const listed = document.get('dependencies', true);
  if (listed !== undefined && !isSeq(listed))
    throw bad(file, isScalar(listed) ? lineOf(listed) : 1, 'dependencies must be a list');
  const found = new Findings();
  let builds = 0;
  for (const item of (listed?.items ?? []) as Node[]) {
    const place = { file, line: lineOf(item) };
    if (isScalar(item)) builds += Number(found.add(String(item.value), place));
    else if (isMap(item) && isSeq(item.get('pip'))) {
      const entries = (item.get('pip') as { items: Node[] }).items;
      const requirements = entries.map((entry) => ({
        text: isScalar(entry) ? String(entry.value) : '',
        line: lineOf(entry),
      }));
      const pip = readRequirementLines(file, requirements, read);
      found.dependencies.push(...pip.dependencies);
      found.left.push(...pip.left);
      found.reads.push(...(pip.reads ?? []));
    } else throw bad(file, place.line, 'a dependency must be a text, or a list under "pip:"');
  }
  const total = (listed?.items ?? []).length;
  const name: unknown = document.get('name');
  return {
    kind: 'Conda',
    file,
    name: typeof name === 'string' && !/^(base|root)$/.test(name) ? name : undefined,
    python: found.python,
    dependencies: found.dependencies,
    left: found.left,
    reads: found.reads,
    // `conda env export` writes the builds of all that is installed.
    isLock: document.has('prefix') || (builds > 5 && builds > total / 2),
  };
}

function bad(file: string, line: number, message: string): FabricaError {
  return new FabricaError('bad-environment', message, {
    place: { file, line },
    hint: `correct ${file} there`,
  });
}

class Findings {
  readonly dependencies: Dependency[] = [];
  readonly left: Left[] = [];
  readonly reads: string[] = [];
  python?: string;

  /** Takes in one match specification; answers whether it names a build. */
  add(spec: string, place: Place): boolean {
    const match = parseSpec(spec);
    if (!match) {
      this.left.push({ what: spec, why: 'this is no specification of a conda package', place });
      return false;
    }
    const version = condaSpecifier(match.version);
    if (match.name === 'python') this.python = version;
    if (!TOOLS.has(match.name)) this.addPackage({ spec, name: match.name, version, place });
    return match.build !== undefined;
  }

  private addPackage(one: { spec: string; name: string; version?: string; place: Place }): void {
    const { spec: what, place, version } = one;
    const { name, renamed } = pypiName(one.name);
    if (name === undefined) {
      const why = 'it is no Python distribution: what of it the project needs, its image or laptop must have';
      this.left.push({ what, why, place });
    } else if (version === undefined) {
      this.left.push({ what, why: 'its version has no equivalent on PyPI: any version is taken', place });
      this.dependencies.push({ name: bare(name), text: name, place, was: what });
    } else {
      this.dependencies.push({
        name: bare(name),
        text: `${name}${version}`,
        place,
        ...(renamed ? { was: what } : {}),
      });
    }
  }
}

function bare(name: string): string {
  return name.replace(/\[.*/, '');
}

/** `conda-forge::numpy=1.21.2=py39h_0`, `numpy >=1.2,<2`, `numpy[version='>=1.2']` */
function parseSpec(spec: string): { name: string; version: string; build?: string } | undefined {
  const [, name, rest = ''] =
    /^(?:[^\s:]+::)?([A-Za-z0-9_][\w.-]*)\s*(.*)$/.exec(spec.replace(/\s+#.*$/, '').trim()) ?? [];
  if (!name) return undefined;
  const [, bracket] = /^\[.*?version\s*=\s*['"]?([^'"\]]+)/.exec(rest) ?? [];
  const stated = bracket ?? rest.replace(/^\[.*\]$/, '');
  // A build follows an exact version, after a second `=` or a space.
  const [, version = stated, build] = /^(=?=?\s*[\w.!+*]+)(?:=|\s+)([\w.*]+)$/.exec(stated.trim()) ?? [];
  return {
    name: name.toLowerCase(),
    version: build && !/^=/.test(version) ? `==${version}` : exact(version, build),
    build,
  };
}

function exact(version: string, build: string | undefined): string {
  return build === undefined ? version : version.replace(/^=+\s*/, '==');
}

/** Conda's version as a specifier; undefined when it has none. `=1.21` means 1.21 and all below it. */
function condaSpecifier(version: string): string | undefined {
  if (version.includes('|')) return undefined;
  const clauses = version
    .split(',')
    .map((clause) => clause.replaceAll(/\s+/g, ''))
    .filter((clause) => clause && clause !== '*' && clause !== '=*')
    .map(condaClause);
  const specifier = clauses.join(',');
  return specifierProblem(specifier) === undefined ? specifier : undefined;
}

function condaClause(clause: string): string {
  const [, operator = '', version = ''] = /^(==|=|!=|~=|>=|<=|<|>)?(.*)$/.exec(clause) ?? [];
  if (operator !== '=' && operator !== '')
    return `${operator}${/^[<>]/.test(operator) ? version.replace(/\.\*$/, '') : version}`;
  const numbers = version.replace(/\.?\*$/, '');
  const fuzzy = version.endsWith('*') || (operator === '=' && numbers.split('.').length < 3);
  return `==${numbers}${fuzzy ? '.*' : ''}`;
}
