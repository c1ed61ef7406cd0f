import { parseRequirement } from '../../../python/requirements';
import { specifierProblem } from '../../../python/versions';
import { groupNamed } from './groups';
import type { Argument, PythonFacts } from './python-facts';
import { readRequirements, sourceProblem, tidy } from './requirements';
import type { Dependency, Left, Manifest, ReadFile } from './types';

/** What setup.py and setup.cfg say; undefined when there is neither. */
export function readSetup({ setup, ini }: PythonFacts, read: ReadFile): Manifest | undefined {
  const config = ini['setup.cfg'] ?? {};
  const [metadata, options] = [config.metadata ?? {}, config.options ?? {}];
  const stated =
    read('setup.py') !== undefined || metadata.name !== undefined || Object.keys(options).length > 0;
  if (!stated) return undefined;
  const found = new Findings(read);
  found.addArgument(setup.install_requires);
  found.addArgument(setup.tests_require, 'dev');
  found.addExtras(setup.extras_require);
  found.addLines(options.install_requires);
  found.addLines(options.tests_require, 'dev');
  for (const [extra, lines] of Object.entries(config['options.extras_require'] ?? {}))
    found.addLines(lines, groupNamed(extra));
  found.addNotes(setup);
  const of = (name: string) => wordOf(setup[name]?.value) ?? wordOf(metadata[name]);
  return {
    kind: 'setup.py',
    file: read('setup.py') === undefined ? 'setup.cfg' : 'setup.py',
    name: of('name'),
    version: of('version'),
    description: of('description'),
    python: wordOf(setup.python_requires?.value) ?? wordOf(options.python_requires),
    dependencies: found.dependencies,
    left: found.left,
    reads: found.reads,
    roots: rootsOf(setup.package_dir?.value, options.package_dir),
  };
}

function wordOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.trim() || /^(attr|file):/.test(value.trim())) return undefined;
  return value.trim();
}

function rootsOf(argument: unknown, option: string | undefined): string[] {
  const given =
    typeof argument === 'object' && argument !== null ? (argument as Record<string, unknown>)[''] : undefined;
  const [, stated] = /^\s*=\s*(\S+)/m.exec(option ?? '') ?? [];
  return [given, stated].filter((root): root is string => typeof root === 'string' && root !== '');
}

class Findings {
  readonly dependencies: Dependency[] = [];
  readonly left: Left[] = [];
  readonly reads: string[] = [];

  constructor(private readonly read: ReadFile) {}

  addArgument(argument: Argument | undefined, group?: string): void {
    if (!argument) return;
    const place = { file: 'setup.py', line: argument.line };
    const { value } = argument;
    if (isFile(value)) this.addFile(value.file, group);
    else if (typeof value === 'string') this.addAll(value.split('\n'), place, group);
    else if (Array.isArray(value)) this.addAll(value, place, group);
    else
      this.left.push({
        what: 'dependencies',
        why: 'setup.py computes them: add them to pyproject.toml',
        place,
      });
  }

  addExtras(argument: Argument | undefined): void {
    if (!argument) return;
    if (typeof argument.value !== 'object' || argument.value === null)
      return this.addArgument({ ...argument, value: null });
    for (const [extra, value] of Object.entries(argument.value))
      this.addArgument({ line: argument.line, value }, groupNamed(extra));
  }

  /** A value of setup.cfg: a requirement on each line. */
  addLines(value: string | undefined, group?: string): void {
    if (value === undefined) return;
    const [, file] = /^\s*file:\s*(\S+)/.exec(value) ?? [];
    if (file) return this.addFile(file, group);
    const source = (this.read('setup.cfg') ?? '').split('\n');
    for (const text of value.split('\n').filter((line) => line.trim() && !line.trim().startsWith('#'))) {
      const line = source.findIndex((one) => one.trim() === text.trim()) + 1;
      this.addAll([text], { file: 'setup.cfg', line: line || undefined }, group);
    }
  }

  private addFile(file: string, group: string | undefined): void {
    const source = this.read(file);
    if (source === undefined) return;
    const { dependencies, left, reads = [] } = readRequirements(file, source, this.read);
    this.dependencies.push(...dependencies.map((one) => ({ ...one, group: group ?? one.group })));
    this.left.push(...left);
    this.reads.push(file, ...reads);
  }

  private addAll(entries: readonly unknown[], place: Dependency['place'], group: string | undefined): void {
    for (const entry of entries) {
      if (typeof entry !== 'string') {
        this.left.push({
          what: 'a dependency',
          why: 'setup.py computes it: add it to pyproject.toml',
          place,
        });
        continue;
      }
      const text = entry.replace(/(^|\s)#.*$/, '').trim();
      if (!text) continue;
      const requirement = parseRequirement(text);
      if (!requirement || specifierProblem(requirement.specifier) !== undefined)
        this.left.push({ what: text, why: 'this is no requirement', place });
      else if (requirement.url) this.left.push({ what: text, why: sourceProblem(text), place });
      else this.dependencies.push({ name: requirement.name, text: tidy(text), group, place });
    }
  }

  addNotes(setup: PythonFacts['setup']): void {
    for (const [name, what, why] of [
      ['ext_modules', 'extension modules', 'a project is not built: make a package of what is compiled'],
      ['entry_points', 'entry points', 'a project is not installed: start its modules, python -m module'],
      ['**', 'arguments of setup()', 'setup.py computes them: see what of them counts still'],
    ] as const) {
      const argument = setup[name];
      if (argument) this.left.push({ what, why, place: { file: 'setup.py', line: argument.line } });
    }
  }
}

function isFile(value: unknown): value is { readonly file: string } {
  return (
    typeof value === 'object' && value !== null && typeof (value as { file?: unknown }).file === 'string'
  );
}
