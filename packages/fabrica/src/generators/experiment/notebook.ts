import { moduleOf } from '../../workspace';
import { titleOf } from '../shared/text';
import type { ExperimentOptions } from './options';

/**
 * The notebook that an experiment starts with. Its first code cell imports what the experiment is about (the projects
 * that it uses, else its own) and shows what is in there: it works in every project.
 */
export function notebook({ project, name, uses }: ExperimentOptions): string {
  const modules = (uses.length ? uses : [project]).map(moduleOf).sort();
  const cells = [markdown(introduction(project, name, uses)), code(firstCell(modules))];
  const metadata = {
    kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
    language_info: { name: 'python' },
  };
  const numbered = cells.map((cell, index) => ({ id: `cell-${index + 1}`, ...cell }));
  return `${JSON.stringify({ cells: numbered, metadata, nbformat: 4, nbformat_minor: 5 }, sorted, 1)}\n`;
}

function introduction(project: string, name: string, uses: readonly string[]): string {
  const home = `\`src/${moduleOf(project)}\``;
  return [
    `# ${titleOf(name)}`,
    ...(uses.length
      ? [`Uses ${uses.join(', ')} as in this repository, which ${home} never may.`]
      : [`Explores ${home}.`]),
    `What is worth keeping moves to ${home} and gets a test${uses.length ? '; what both need becomes a package' : ''}.`,
  ].join('\n\n');
}

function firstCell(modules: readonly string[]): string {
  return [
    'import pkgutil',
    '',
    ...modules.map((module) => `import ${module}`),
    '',
    `for project in ${listOf(modules)}:`,
    '    modules = sorted(module.name for module in pkgutil.iter_modules(project.__path__))',
    '    print(project.__name__, "has", ", ".join(modules))',
  ].join('\n');
}

/** As ruff formats it. */
function listOf(modules: readonly string[]): string {
  const line = `[${modules.join(', ')}]`;
  return line.length <= 70 ? line : `[\n${modules.map((module) => `    ${module},\n`).join('')}]`;
}

function markdown(text: string) {
  return { cell_type: 'markdown', metadata: {}, source: linesOf(text) };
}

function code(text: string) {
  return { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: linesOf(text) };
}

/** As nbformat keeps a text: each line with its end. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** Jupyter writes keys in this order: saving a notebook that nobody changed is no change. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
