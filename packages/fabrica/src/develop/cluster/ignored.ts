import { join, posix } from 'node:path';
import { run } from '../../support/processes';
import { readIfThere } from '../../support/files';

/** What is made anew where it is needed, or is secret: it stays where it is, whatever .gitignore says. */
const NEVER = [
  ...['.venv', 'node_modules', '__pycache__', '*.pyc', 'dist', '.git', '.fabrica', '.env', '.env.*'],
  ...['.ipynb_checkpoints', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.cache', '.DS_Store'],
];

/**
 * What stays out of a sync: what git ignores, and caches.
 *
 * @param folders that are synced, relative to the workspace
 */
export async function ignoredIn(
  root: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<Pattern[]> {
  return [
    ...folders.flatMap((folder) => patternsIn(NEVER.join('\n'), folder)),
    ...(await gitignores(root, folders, signal)).flatMap((file) =>
      patternsIn(readIfThere(join(root, file)) ?? '', posix.dirname(file)),
    ),
  ];
}

/** The same as arguments of Unison. */
export function ignoreArguments(patterns: readonly Pattern[]): string[] {
  return patterns.flatMap(({ regex, again }) => [again ? '-ignorenot' : '-ignore', `Regex ${regex}`]);
}

/** Whether a path of the workspace stays out, itself or a folder above it. */
export function isIgnored(path: string, patterns: readonly Pattern[]): boolean {
  const matches = (part: string, again: boolean): boolean =>
    patterns.some((one) => one.again === again && new RegExp(`^${one.regex}$`).test(part));
  return path
    .split('/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'))
    .some((part) => matches(part, false) && !matches(part, true));
}

/** The files that say what git ignores in some folders: those in them, and above. */
async function gitignores(root: string, folders: readonly string[], signal: AbortSignal): Promise<string[]> {
  const how = [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '-z',
    '--',
    '.gitignore',
    '**/.gitignore',
  ];
  const { code, stdout } = await run('git', how, { cwd: root, signal });
  const all = code === 0 ? stdout.split('\0').map((file) => file.trim()) : ['.gitignore'];
  return [...new Set(all)].filter((file) => {
    const at = posix.dirname(file);
    return file && folders.some((folder) => isIn(folder, at) || isIn(at, folder));
  });
}

function isIn(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

/** A pattern over paths of the workspace. */
export interface Pattern {
  /** Of a whole path, as Unison reads it. */
  readonly regex: string;
  /** What an earlier pattern ignored and this one doesn't. */
  readonly again: boolean;
}

/** The patterns of a .gitignore in a folder of the workspace. */
export function patternsIn(text: string, folder: string): Pattern[] {
  return text.split('\n').flatMap((written) => {
    const line = written.replace(/(?<!\\)\s+$/, '');
    if (!line || line.startsWith('#')) return [];
    const again = line.startsWith('!');
    const pattern = line.replace(/^!/, '').replace(/\/$/, '');
    // With a slash it is a path from here; without one, a name anywhere below.
    const path = pattern.replace(/^\//, '');
    const isPath = pattern.includes('/');
    const base = folder === '.' ? '' : `${literal(folder)}/`;
    return [{ regex: `${base}${isPath ? '' : ANYWHERE}${glob(path)}`, again }];
  });
}

const ANYWHERE = '(.*/)?';

const TOKENS = /^\*\*\/|\/\*\*\/|\/\*\*$|\*+|\?|\[!?[^\]]*\]|\\.|[^]/g;

function glob(pattern: string): string {
  return pattern.replace(TOKENS, (token) => {
    if (token === '**/') return ANYWHERE;
    if (token === '/**/') return `/${ANYWHERE}`;
    if (token === '/**') return '/.*';
    if (token.startsWith('*')) return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1 && token.startsWith('[')) return token.replace('[!', '[^');
    return literal(token.replace(/^\\(.)/, '$1'));
  });
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
