import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { importsOf, type Happening, type Import } from '../../src/imports';

/** A file by its path, or a source. */
export type Request = string | Buffer;

/** An import, or a change of the path, as both sides tell it: kind, module, names, level, package, type checking, line, column. */
type Row = readonly unknown[];

/** What CPython's parser says about a source. */
export type Truth = { readonly imports: readonly Row[] } | { readonly refused: string };

/** Asks CPython's `ast` about sources, with a process for each core. */
export async function askPython(python: string, requests: readonly Request[]): Promise<Truth[]> {
  const parts = Math.min(availableParallelism(), requests.length);
  const shares = Array.from({ length: parts }, (_, part) => requests.filter((_, at) => at % parts === part));
  const answers = await Promise.all(shares.map((share) => askOne(python, share)));
  return requests.map((_, at) => answers[at % parts][Math.floor(at / parts)]);
}

async function askOne(python: string, requests: readonly Request[]): Promise<Truth[]> {
  const lines = requests.map((one) =>
    JSON.stringify(typeof one === 'string' ? one : { source: one.toString('base64') }),
  );
  return runPython<Truth>(python, 'imports_ast.py', lines);
}

/** Runs a script of this folder: a line in, a line of JSON out. */
export async function runPython<T>(python: string, script: string, lines: readonly string[]): Promise<T[]> {
  const child = spawn(python, ['-I', join(__dirname, script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(lines.join('\n') + '\n');
  await new Promise((done) => child.once('close', done));
  const answers = Buffer.concat(chunks).toString().trim().split('\n');
  if (answers.length !== lines.length)
    throw new Error(`${script}: ${answers.length} answers to ${lines.length}`);
  return answers.map((line) => JSON.parse(line) as T);
}

/** How a source's imports differ from the truth; undefined when they don't. */
export function difference(source: Buffer, truth: readonly Row[]): string | undefined {
  const { imports, events, problem } = importsOf(source);
  if (problem) return `${problem.line}: ${problem.message}`;
  // Before Python 3.12, code in f-strings doesn't know where it stands.
  const placed = truth.every((row) => row[6] !== 0);
  const [theirs, ours] = [truth, [...imports, ...events].map(rowOf)].map((rows) =>
    rows.map((row) => told(row, placed)).sort(),
  );
  const missed = without(theirs, ours);
  const invented = without(ours, theirs);
  if (missed.length + invented.length === 0) return undefined;
  return [...missed.map((row) => `missed ${row}`), ...invented.map((row) => `invented ${row}`)].join('\n');
}

/** What is in one list more often than in another. */
function without(rows: readonly string[], others: readonly string[]): string[] {
  const rest = [...others];
  return rows.filter((row) => {
    const at = rest.indexOf(row);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function rowOf(one: Import | Happening): Row {
  if (one.kind === 'path') return ['path', one.what, null, 0, null, false, one.line, one.column];
  if (!('module' in one)) throw new Error(`no Python source has events of kind ${one.kind}`);
  const { kind, module, names, level, line, column, typeChecking, package: anchor } = one;
  return [kind, module, names ?? null, level, anchor ?? null, typeChecking, line, column];
}

function told(row: Row, placed: boolean): string {
  return JSON.stringify(row[0] === 'plain' || row[0] === 'from' || placed ? row : row.slice(0, 6));
}
