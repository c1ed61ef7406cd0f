import {
  isMap,
  LineCounter,
  parseDocument,
  type Document,
  type ErrorCode,
  type Node,
  type YAMLParseError,
} from 'yaml';
import type { z } from 'zod';
import { FabricaError, FabricaErrors } from '../support/errors';
import { didYouMean, nearest } from './suggest';

/** A document that a person wrote, and what to tell them when it isn't right. */
export interface Source {
  /** Relative to the workspace: it begins every message. */
  readonly file: string;
  readonly text: string;
  /** Why a key that is missing must be there: what to type. */
  readonly missing?: Readonly<Record<string, string>>;
}

type Path = readonly PropertyKey[];

/**
 * Reads YAML (or JSON, which is YAML too) into a shape. All that is wrong is said at once, each with
 * `file:line:column`.
 *
 * @param within the path of the part to read, when it isn't the whole document
 * @throws FabricaError or FabricaErrors: `bad-yaml`, `unknown-key`, `missing-key`, `bad-value`
 */
export function readShape<S extends z.ZodType>(schema: S, source: Source, within: Path = []): z.output<S> {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): { line: number; col: number } => lines.linePos(offset);
  // Those after the first are mostly what it leads to.
  const [unreadable] = document.errors;
  if (unreadable) throw notYaml(unreadable, source, place(unreadable.pos[0]));
  const value = within.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    toValue(document, source),
  );
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const { issues } = result.error;
  const meant = issues.flatMap((issue) => meantKeys(issue, keysAt(schema, issue.path)));
  return fail(
    issues.flatMap((issue) => {
      const here = { ...issue, path: [...within, ...issue.path] };
      if (isMissing(here, document) && meant.includes(pathName(issue.path))) return [];
      return explain(here, keysAt(schema, issue.path), document, source, place);
    }),
  );
}

function toValue(document: Document, source: Source): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw at(source, { line: 1, col: 1 }, 'bad-yaml', `this is not YAML: ${(error as Error).message}`);
  }
}

/** What to look for where the parser's words don't say it. */
const SLIPS: Partial<Record<ErrorCode, string>> = {
  BAD_INDENT: 'close the bracket that is open there',
  BAD_SCALAR_START: 'put the text in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'put a text that holds ": " in quotes; begin the line where the one above it begins',
  DUPLICATE_KEY: 'state it once',
  MISSING_CHAR: 'close the quote that is open there',
  MULTILINE_IMPLICIT_KEY: 'write a colon and a space after the key: owner: your-team',
  TAB_AS_INDENT: 'put spaces in the place of the tab',
};

function notYaml(error: YAMLParseError, source: Source, place: { line: number; col: number }): FabricaError {
  return at(source, place, 'bad-yaml', `this is not YAML: ${error.message}`, SLIPS[error.code]);
}

/** The keys that were probably meant where others stand: that they are missing is not a second mistake. */
function meantKeys(issue: Issue, known: readonly string[]): string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const meant = issue.keys.map((key) => nearest(key, known));
  return meant.filter((key) => key !== undefined).map((key) => pathName([...issue.path, key]));
}

function fail(errors: readonly FabricaError[]): never {
  if (errors.length === 1) throw errors[0];
  throw new FabricaErrors(errors);
}

/** An error at a place, which its message begins with: Nx shows messages alone. */
function at(
  { file }: Source,
  { line, col }: { line: number; col: number },
  code: string,
  text: string,
  hint?: string,
): FabricaError {
  return new FabricaError(code, `${file}:${line}:${col}: ${text}`, { place: { file, line }, hint });
}

type Issue = z.core.$ZodIssue;
type ToPlace = (offset: number) => { line: number; col: number };

function explain(
  issue: Issue,
  known: readonly string[],
  document: Document,
  source: Source,
  place: ToPlace,
): FabricaError[] {
  const name = pathName(issue.path) || 'the file';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const text = `unknown key "${pathName([...issue.path, key])}"${didYouMean(key, known)}`;
      return at(
        source,
        place(keyOffset(document, issue.path, key)),
        'unknown-key',
        text,
        `write one of ${known.join(', ')}`,
      );
    });
  }
  if (isMissing(issue, document)) {
    const offset = place(keyOffset(document, issue.path.slice(0, -2), issue.path.at(-2)));
    return [at(source, offset, 'missing-key', `${name} is missing`, source.missing?.[name])];
  }
  const offset =
    issue.code === 'invalid_key'
      ? keyOffset(document, issue.path.slice(0, -1), issue.path.at(-1))
      : valueOffset(document, issue.path);
  return [
    at(source, place(offset), 'bad-value', `${name} ${wrong(issue, document)}`, source.missing?.[name]),
  ];
}

function isMissing(issue: Issue, document: Document): boolean {
  return issue.code === 'invalid_type' && issue.path.length > 0 && !document.hasIn(issue.path);
}

const TYPES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'nothing',
};

function wrong(issue: Issue, document: Document): string {
  if (issue.code === 'invalid_type')
    return `must be ${TYPES[issue.expected] ?? issue.expected}, got ${typeName(valueAt(document, issue.path))}`;
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  return issue.message.startsWith('Too ') || issue.message.startsWith('Invalid ')
    ? `is not right: ${issue.message}`
    : issue.message;
}

function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `${TYPES[typeof value]} (${JSON.stringify(value)})`;
}

function pathName(path: Path): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}

/** The keys that a mapping of the schema may hold, at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  const found = path.reduce<z.ZodType | undefined>((here, part) => here && step(unwrap(here), part), schema);
  return found ? Object.keys((unwrap(found) as Partial<z.ZodObject>).shape ?? {}) : [];
}

function step(schema: z.ZodType, part: PropertyKey): z.ZodType | undefined {
  const { shape, valueType, element } = schema as unknown as {
    shape?: Record<PropertyKey, z.ZodType>;
    valueType?: z.ZodType;
    element?: z.ZodType;
  };
  return shape?.[part] ?? valueType ?? element;
}

function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType ? unwrap(innerType) : schema;
}

function valueAt(document: Document, path: Path): unknown {
  const found = path.length ? document.getIn(path) : document.contents;
  return typeof (found as Node | undefined)?.toJS === 'function' ? (found as Node).toJS(document) : found;
}

function valueOffset(document: Document, path: Path): number {
  const node = (path.length ? document.getIn(path, true) : document.contents) as Node | undefined;
  return node?.range?.[0] ?? (path.length ? valueOffset(document, path.slice(0, -1)) : 0);
}

function keyOffset(document: Document, path: Path, key: PropertyKey | undefined): number {
  const map = path.length ? document.getIn(path, true) : document.contents;
  if (!isMap(map)) return 0;
  const pair = map.items.find(
    (item) => String((item.key as { value?: unknown } | null)?.value) === String(key),
  );
  return (pair?.key as Node | undefined)?.range?.[0] ?? map.range?.[0] ?? 0;
}
