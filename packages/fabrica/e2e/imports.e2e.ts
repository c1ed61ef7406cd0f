import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { importsOf } from '../src/imports';
import { readCell } from '../src/imports/cells';
import { findPython, type Interpreter } from '../src/python/interpreter';
import { environments, pythonFiles, sample, standardLibrary } from './support/python-files';
import { Random } from './support/random';
import { CELLS, composeCell, Composer, mutate } from './support/sources';
import { askPython, difference, runPython, type Request, type Truth } from './support/truth';

jest.setTimeout(600_000);

/** How many sources are made up, of each sort; `FABRICA_FUZZ=50000` for a long run. */
const COUNT = Number(process.env.FABRICA_FUZZ ?? 3000);
const SEED = Number(process.env.FABRICA_SEED ?? 20_26);
/** How much of the installed packages is compared unless more is asked for: parsing is what takes long. */
const MEGABYTES = COUNT > 3000 ? Infinity : 30;

let python: Interpreter;
beforeAll(async () => {
  python = await findPython();
});

/** Compares sources with what `ast` says, and prints how many there were. */
async function compare(title: string, requests: readonly Request[]): Promise<void> {
  const truths = await askPython(python.path, requests);
  const wrong: string[] = [];
  const count = { sources: requests.length, parsed: 0, imports: 0, refused: 0, 'refused by us, too': 0 };
  requests.forEach((request, at) => {
    const source = typeof request === 'string' ? readFileSync(request) : request;
    tally(count, truths[at], source);
    const truth = truths[at];
    const differs = 'imports' in truth ? difference(source, truth.imports) : undefined;
    if (differs)
      wrong.push(`${typeof request === 'string' ? request : JSON.stringify(source.toString())}\n${differs}`);
  });
  const told = Object.entries(count).map(([name, number]) => `${number} ${name}`);
  process.stdout.write(`${title} (Python ${python.version}): ${told.join(', ')}\n`);
  expect(wrong.slice(0, 10)).toEqual([]);
  expect(count.parsed).toBeGreaterThan(0);
}

function tally(count: Record<string, number>, truth: Truth, source: Buffer): void {
  if ('imports' in truth) {
    count.parsed++;
    count.imports += truth.imports.length;
  } else {
    count.refused++;
    if (importsOf(source).problem) count['refused by us, too']++;
  }
}

it('finds in the standard library and its tests what ast finds', async () => {
  await compare('standard library', standardLibrary(python.path));
});

it('finds in the installed packages what ast finds', async () => {
  const files = environments().flatMap((folder) => pythonFiles(folder));
  if (files.length === 0) return void process.stdout.write('installed packages: none here\n');
  await compare('installed packages', sample(files, MEGABYTES));
});

it('finds in sources that were changed at random what ast finds', async () => {
  const random = new Random(SEED);
  const small = standardLibrary(python.path)
    .map((file) => readFileSync(file, 'utf8'))
    .filter((text) => text.length < 3000 && text.includes('import'));
  const mutated = Array.from({ length: COUNT }, () => Buffer.from(mutate(random, random.pick(small))));
  await compare(`changed at random, seed ${SEED}`, mutated);
});

it('finds in sources made of imports and traps what ast finds', async () => {
  const random = new Random(SEED);
  const nests = python.version.split('.').map(Number)[1] >= 12;
  const composed = Array.from({ length: COUNT }, () => new Composer(random, nests).compose());
  await compare(`imports and traps, seed ${SEED}`, composed);
  const mutated = composed.map((source) => Buffer.from(mutate(random, source.toString())));
  await compare(`imports and traps changed at random, seed ${SEED}`, mutated);
});

it('makes of cells what IPython makes of them', async () => {
  const folder = environments().find((one) =>
    pythonFiles(join(one, 'lib')).some((file) => file.endsWith(IPYTHON)),
  );
  if (!folder) return void process.stdout.write('cells: IPython is in no environment here\n');
  const random = new Random(SEED);
  const cells = [...CELLS, ...Array.from({ length: COUNT / 5 }, () => composeCell(random))];
  const theirs = await runPython<string | null>(
    join(folder, 'bin', 'python'),
    'imports_ipython.py',
    cells.map((cell) => JSON.stringify(cell)),
  );
  const parsed = cells.filter((_, at) => theirs[at] !== null);
  const differ = cells.filter((cell, at) => {
    const python = theirs[at];
    return python !== null && lines(readCell(cell).python) !== lines(withoutCalls(python));
  });
  // IPython shows help for a name and a question mark after brackets and strings that are never closed: a problem here.
  const wrong = differ.filter((cell) => !importsOf(readCell(cell).python).problem);
  const unclosed = differ.length - wrong.length;
  process.stdout.write(
    `cells, seed ${SEED}: ${cells.length}, ${parsed.length} parsed, ${unclosed} of them a problem here\n`,
  );
  expect(wrong).toEqual([]);
});

const IPYTHON = ['', 'IPython', 'core', 'inputtransformer2.py'].join(sep);

/** IPython's calls as we write them. */
function withoutCalls(python: string): string {
  return python.replace(/(= *)get_ipython\(\).*/g, '$1None').replace(/^(\s*)get_ipython\(\).*/gm, '$1pass');
}

/** Lines that aren't blank: IPython makes one of those that backslashes join. */
function lines(text: string): string {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .join('\n');
}
