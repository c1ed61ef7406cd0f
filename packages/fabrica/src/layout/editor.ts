import { applyEdits, modify, parse, type ParseError, printParseErrorCode } from 'jsonc-parser';
import { FabricaError } from '../support/errors';
import {
  ENVIRONMENT_SCHEMA_FILE,
  ENVIRONMENTS,
  HOMES,
  layoutPath,
  SCHEMA_FILE,
  SETTINGS,
} from '../workspace';
import type { Facts } from './facts';

/** A value in a JSON document, by the keys that lead to it. */
export interface Key {
  readonly path: readonly string[];
  /** What it should be, from what it is: entries of the user's in a list stay. */
  readonly value: (present: unknown, facts: Facts) => unknown;
}

const EXPERIMENTS = layoutPath('experiment').replace(/\/$/, '');

/** What the toolkit keeps in `.vscode/settings.json`. */
export const SETTINGS_KEYS: readonly Key[] = [
  {
    path: ['yaml.schemas', `./node_modules/fabrica/${SCHEMA_FILE}`],
    value: () => `${HOMES.project}/*/${SETTINGS}`,
  },
  {
    path: ['yaml.schemas', `./node_modules/fabrica/${ENVIRONMENT_SCHEMA_FILE}`],
    value: () => `${ENVIRONMENTS}/*.yaml`,
  },
  {
    // Each project is opened with its own .venv, also where the window shows the whole workspace; so are experiments
    // that have one.
    path: ['python-envs.pythonProjects'],
    value: (present, { units }) => [
      ...listOf<{ path?: unknown }>(present).filter(({ path }) => !inHome(path)),
      ...units
        .filter(({ kind }) => kind === 'project')
        .flatMap(({ folder, experiments }) => [folder, ...(experiments ? [`${folder}/${EXPERIMENTS}`] : [])])
        .map((path) => ({
          path,
          envManager: 'ms-python.python:venv',
          packageManager: 'ms-python.python:pip',
        })),
    ],
  },
];

const EXTENSIONS = ['ms-python.python', 'charliermarsh.ruff', 'redhat.vscode-yaml', 'nrwl.angular-console'];

/** What the toolkit keeps in `.vscode/extensions.json`. */
export const EXTENSIONS_KEYS: readonly Key[] = [
  {
    path: ['recommendations'],
    value: (present) => [...new Set([...listOf<string>(present), ...EXTENSIONS])],
  },
];

function listOf<T>(present: unknown): T[] {
  return Array.isArray(present) ? (present as T[]) : [];
}

function inHome(path: unknown): boolean {
  return typeof path === 'string' && path.replace(/^\.\//, '').startsWith(`${HOMES.project}/`);
}

/**
 * A JSON document with some keys as they should be; its comments, its order and its other keys stay.
 *
 * @throws FabricaError `bad-json` with the line
 */
export function withKeys(file: string, text: string, keys: readonly Key[], facts: Facts): string {
  return keys.reduce((document, { path, value }) => {
    const present = valueAt(read(file, document), path);
    const wanted = value(present, facts);
    if (JSON.stringify(present) === JSON.stringify(wanted)) return document;
    const edits = modify(document, [...path], wanted, {
      formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' },
    });
    return applyEdits(document, edits);
  }, text);
}

/** The keys of a document that aren't as they should be, as `nx sync:check` names them. */
export function wrongKeys(file: string, text: string, keys: readonly Key[], facts: Facts): string[] {
  const document = read(file, text);
  const wrong = keys.filter(({ path, value }) => {
    const present = valueAt(document, path);
    return JSON.stringify(present) !== JSON.stringify(value(present, facts));
  });
  return [...new Set(wrong.map(({ path }) => path[0] as string))];
}

function read(file: string, text: string): unknown {
  const errors: ParseError[] = [];
  const document: unknown = parse(text || '{}', errors, {
    allowTrailingComma: true,
    allowEmptyContent: true,
  });
  const [error] = errors;
  if (!error) return document;
  const line = text.slice(0, error.offset).split('\n').length;
  throw new FabricaError('bad-json', `this is not JSON: ${printParseErrorCode(error.error)}`, {
    place: { file, line },
    hint: `correct ${file} there`,
  });
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], document);
}
