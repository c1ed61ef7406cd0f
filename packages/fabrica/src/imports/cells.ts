import {
  BACKSLASH,
  BANG,
  bytesIn,
  EQUALS,
  FORM_FEED,
  IN_NAME,
  NEWLINE,
  NUL,
  PERCENT,
  QUESTION,
  SPACE,
  TAB,
} from './characters';
import { commandsOf, wordsOf } from './shell';
import { Places, prepare, textOf } from './source';
import { Kind, Tokens } from './tokens';
import type { Happening } from './types';

/** A cell of a notebook as plain Python, line for line, and what it does besides. */
export interface Cell {
  readonly python: string;
  readonly events: readonly Happening[];
  /** How many columns were taken from the start of each line: a common indentation, a prompt. */
  readonly shifts: readonly number[];
}

/** Cell magics whose body IPython runs as a cell, and Python runs as a program. */
const RUN_CELL = new Set(['time', 'timeit', 'capture', 'prun']);
const PROGRAM = new Set(['python', 'python3', 'pypy', 'pypy3']);
const SHELL = new Set(['bash', 'sh', 'script', '!', 'sx', 'system']);
/** Magics whose arguments are Python, and their options that take a value. */
const RUN_ARGUMENTS = new Map([
  ['time', ''],
  ['timeit', 'nrpv'],
  ['prun', 'DlsT'],
]);
const INSTALL = new Set(['pip', 'conda', 'mamba', 'micromamba', 'uv']);
const ENVIRONMENT = new Set(['env', 'set_env']);

const ESCAPES = bytesIn('!?%,;/');

/** Turns what only IPython understands into Python that imports nothing, where IPython would (its `transform_cell`). */
export function readCell(text: string): Cell {
  // No Python takes null bytes: whoever reads the cell says so.
  const isPython = text.includes('\0') || !(INDENTED.test(text) || ESCAPED.test(text));
  return isPython ? { python: text, events: [], shifts: [] } : new CellReader(text).read();
}

// A cell without any of these is Python as it is, and need not be read twice; most have none.
const INDENTED = /^\s*[ \t\f]\S/;
const ESCAPED = /^[ \t\f]*(?:[!?%,;/]|>>>|\.\.\.|In \[)|\?|=[\s\\]*[!%]|\r/m;

class CellReader {
  private readonly lines: string[];
  private readonly out: string[] = [];
  private readonly events: Happening[] = [];
  private readonly shifts: number[];

  constructor(text: string) {
    const { lines, margin } = dedent(text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n'));
    this.lines = lines;
    this.shifts = lines.map(() => margin);
  }

  read(): Cell {
    const body = this.cellMagics();
    if (body < this.lines.length) this.body(body);
    return { python: this.out.join('\n'), events: this.events, shifts: this.shifts };
  }

  /** Reads the magics that a cell begins with; where its Python begins, or the number of lines when there is none. */
  private cellMagics(): number {
    for (let index = 0; index < this.lines.length; index++) {
      const line = this.lines[index];
      if (line.trim() === '') {
        this.out.push('');
        continue;
      }
      if (!line.startsWith('%%')) return index;
      const name = wordAt(line, 2);
      if (line[2 + name.length] === '?') return index;
      if (PROGRAM.has(name)) {
        this.out.push('', ...this.lines.slice(index + 1));
        return this.lines.length;
      }
      if (!RUN_CELL.has(name)) return this.foreign(index, name);
      this.out.push(argumentsIn(line, 2, name));
    }
    return this.lines.length;
  }

  private foreign(index: number, name: string): number {
    const [magic, ...body] = this.lines.slice(index);
    this.out.push('pass');
    this.add('foreign', wordsOf(magic), index);
    if (SHELL.has(name)) body.forEach((line, below) => this.shell(line, index + 1 + below, 0));
    return this.lines.length;
  }

  /** Reads logical lines, from some line to the end. */
  private body(first: number): void {
    const { bytes, length } = prepare(this.lines.slice(first).join('\n') + '\n');
    const tokens = new Tokens(bytes);
    const places = new Places(bytes);
    let prompted = false;
    for (let at = 0; at < length;) {
      const line = first + places.of(at).line - 1;
      const prompt = promptAt(this.lines[line], prompted);
      prompted ||= prompt > 0;
      this.shifts[line] += prompt;
      at = this.logicalLine(bytes, tokens, at + Buffer.byteLength(this.lines[line].slice(0, prompt)), line);
    }
  }

  /** Writes a logical line as Python; the offset after it. */
  private logicalLine(bytes: Buffer, tokens: Tokens, start: number, line: number): number {
    let at = start;
    while (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === FORM_FEED) at++;
    if (ESCAPES[bytes[at]] === 1) return this.escape(bytes, start, at, line);
    const magic = findMagic(tokens, at);
    if (magic >= 0) return this.assigned(bytes, start, magic, line);
    const asks = endsInQuestion(tokens, at);
    if (tokens.kind === Kind.Broken) return this.copy(bytes, start, lastOffset(bytes, start));
    if (asks && isHelp(textOf(bytes, at, tokens.start)))
      return this.replace(bytes, start, at, tokens.start, 'pass');
    return this.copy(bytes, start, tokens.start);
  }

  private assigned(bytes: Buffer, start: number, magic: number, line: number): number {
    const end = endOfJoined(bytes, magic);
    const from = line + textOf(bytes, start, magic).split('\n').length - 1;
    this.command(joined(bytes, magic, end), from, new Places(bytes.subarray(start)).of(magic - start).column);
    return this.replace(bytes, start, magic, end, 'None');
  }

  /** A line that begins with an escape. */
  private escape(bytes: Buffer, start: number, at: number, line: number): number {
    const end = endOfJoined(bytes, at);
    const text = joined(bytes, at, end);
    if (isHelp(text)) return this.replace(bytes, start, at, end, 'pass');
    const name = bytes[at] === PERCENT ? wordAt(text, 1) : '';
    if (RUN_ARGUMENTS.has(name)) {
      const code = argumentsIn(textOf(bytes, at, end), 1, name);
      return this.replace(bytes, start, at, end, code, true);
    }
    this.command(text, line, at - start + 1);
    return this.replace(bytes, start, at, end, 'pass');
  }

  private command(text: string, line: number, column: number): void {
    if (text.startsWith('!')) return this.shell(text.slice(text.startsWith('!!') ? 2 : 1), line, column - 1);
    if (!text.startsWith('%')) return;
    const name = wordAt(text, 1);
    if (name === 'sx' || name === 'system') return this.shell(text.slice(1 + name.length), line, column - 1);
    const words = wordsOf(text);
    if (ENVIRONMENT.has(name) && words[1]?.split('=')[0] === 'PYTHONPATH') {
      const place = { line: line + 1, column: column + this.shifts[line] };
      this.events.push({ kind: 'path', what: 'PYTHONPATH', literals: words.slice(1), ...place });
    } else
      this.add(name === 'run' ? 'run' : INSTALL.has(name) ? 'install' : 'magic', words, line, column - 1);
  }

  private shell(text: string, line: number, column: number): void {
    for (const { kind, words } of commandsOf(text)) this.add(kind, words, line, column);
  }

  private add(
    kind: Exclude<Happening['kind'], 'path'>,
    words: string[] | readonly string[],
    line: number,
    column = 0,
  ): void {
    this.events.push({ kind, words, line: line + 1, column: column + 1 + this.shifts[line] });
  }

  /** Writes `text` in the place of some bytes, and keeps the number of lines. */
  private replace(
    bytes: Buffer,
    start: number,
    from: number,
    to: number,
    text: string,
    whole = false,
  ): number {
    const lost = whole ? 0 : textOf(bytes, from, to).split('\n').length - 1;
    this.out.push(...(textOf(bytes, start, from) + text + '\n'.repeat(lost)).split('\n'));
    return to + 1;
  }

  private copy(bytes: Buffer, start: number, end: number): number {
    this.out.push(...textOf(bytes, start, end).split('\n'));
    return end + 1;
  }
}

function isToken(kind: Kind): boolean {
  return kind !== Kind.End && kind !== Kind.Broken;
}

/** Where the magic or the command stands in `x = %magic` or `x = !command`; -1 when there is none. */
function findMagic(tokens: Tokens, at: number): number {
  for (let kind = tokens.from(at); isToken(kind); kind = tokens.next()) {
    if (!tokens.is(EQUALS) || tokens.depth > 0) continue;
    // Only the first assignment counts.
    tokens.next();
    const magic = tokens.start;
    return tokens.is(BANG) || (tokens.is(PERCENT) && tokens.next() === Kind.Name) ? magic : -1;
  }
  return -1;
}

/** Whether the last thing in a logical line is a question mark. Afterwards the tokens stand at the line's end. */
function endsInQuestion(tokens: Tokens, at: number): boolean {
  let after = -1;
  for (let kind = tokens.from(at); isToken(kind); kind = tokens.next())
    after = tokens.is(QUESTION) ? tokens.end : -1;
  return after === tokens.start;
}

/** The last newline of a source. */
function lastOffset(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] !== NUL) at++;
  return at - 1;
}

/** The end of a line, and of those that backslashes join to it. */
function endOfJoined(bytes: Buffer, from: number): number {
  let at = from;
  while (
    bytes[at] !== NUL &&
    (bytes[at] !== NEWLINE || (bytes[at - 1] === BACKSLASH && bytes[at + 1] !== NUL))
  )
    at++;
  return at;
}

function joined(bytes: Buffer, start: number, end: number): string {
  const parts = textOf(bytes, start, end).split('\\\n');
  return parts.map((part) => part.trimEnd()).join(' ');
}

function wordAt(text: string, start: number): string {
  let end = start;
  while (end < text.length && !' \t\n?'.includes(text[end])) end++;
  return text.slice(start, end);
}

/** The Python in a magic's arguments, at its columns: `%time import x` is `pass; import x`. */
function argumentsIn(line: string, start: number, name: string): string {
  const valued = RUN_ARGUMENTS.get(name);
  if (valued === undefined) return 'pass';
  let at = start + name.length;
  for (;;) {
    while (line[at] === ' ' || line[at] === '\t') at++;
    if (line[at] !== '-') break;
    const option = wordAt(line, at);
    at += option.length;
    if (option.length !== 2 || !valued.includes(option[1])) continue;
    while (line[at] === ' ') at++;
    at += wordAt(line, at).length;
  }
  return at < line.length ? 'pass;'.padEnd(at) + line.slice(at) : 'pass';
}

/** Whether IPython shows help for a line: it ends with a name, or an item, and one or two question marks. */
function isHelp(text: string): boolean {
  const end = text.endsWith('??') ? text.length - 2 : text.endsWith('?') ? text.length - 1 : 0;
  const last = text[end - 1];
  if (last !== ']')
    return end > 0 && (last === '*' || IN_NAME[Math.min(text.charCodeAt(end - 1), 255)] === 1);
  const index = text.slice(text.lastIndexOf('[', end) + 1, end - 1);
  return index !== '' && Number.isInteger(Number(index));
}

/** How long the prompt is that a line was pasted with: `>>> `, `In [1]: `; and `... ` below one. */
function promptAt(line: string, prompted: boolean): number {
  const indent = line.length - line.trimStart().length;
  const text = line.slice(indent);
  const close = text.startsWith('In [') ? text.indexOf(']: ') : -1;
  if (close > 0 && !Number.isNaN(Number(text.slice(4, close)))) return indent + close + 3;
  for (const prompt of prompted ? ['>>>', '...:', '...'] : ['>>>'])
    if (text.startsWith(prompt)) return indent + prompt.length + (text[prompt.length] === ' ' ? 1 : 0);
  return 0;
}

/** Takes the indentation that all lines have in common. */
function dedent(lines: readonly string[]): { lines: string[]; margin: number } {
  let margin: string | undefined;
  for (const line of lines) {
    const text = line.trimStart();
    if (text === '') continue;
    const indent = line.slice(0, line.length - text.length);
    margin = margin === undefined ? indent : commonStart(margin, indent);
  }
  const length = margin?.length ?? 0;
  return { lines: lines.map((line) => line.slice(Math.min(length, line.length))), margin: length };
}

function commonStart(one: string, other: string): string {
  let end = 0;
  while (end < one.length && one[end] === other[end]) end++;
  return one.slice(0, end);
}
