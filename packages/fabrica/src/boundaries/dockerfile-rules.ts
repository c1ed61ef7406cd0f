import { refuse, type Finding, type Spot } from './findings';
import { pythonPathRules, type PathContext } from './path-rules';
import { textOf, type SourceFile } from './source';
import { isAddress, isInside, isOwnRepository, normalPath, unitWithin } from './world';

/** What an image and a composition of them may hold. */
export const COPY_IN =
  "an image's context is the project's folder: copy what is needed into it, or take it from a package";

/** Whether a file is a Dockerfile, by its name. */
export function isDockerfile(name: string): boolean {
  return /^(Dockerfile|Containerfile)(\..+)?$|\.Dockerfile$/i.test(name) && !name.endsWith('.dockerignore');
}

interface Instruction {
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

/** `docker-outside` and `path` of a Dockerfile. */
export function dockerfileRules(context: PathContext, file: SourceFile): Finding[] {
  return instructionsOf(textOf(file)).flatMap(({ name, text, line }) => {
    const spot = { path: file.path, line };
    const copied = name === 'COPY' || name === 'ADD' ? copiedBy(text) : name === 'RUN' ? mountedBy(text) : [];
    return [
      ...copied.flatMap((path) => outside(context, spot, name, path)),
      ...pythonPathsOf(name, text).flatMap((value) => pythonPathRules(context, spot, value)),
    ];
  });
}

/** The instructions, their continued lines joined, without comments and the bodies of here-documents. */
function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let whole = lines[index] as string;
    if (/^\s*(#|$)/.test(whole)) continue;
    while (/\\\s*$/.test(whole) && index + 1 < lines.length) {
      const next = lines[++index] as string;
      whole = whole.replace(/\\\s*$/, ' ') + (/^\s*#/.test(next) ? '\\' : next);
    }
    const [, name = '', rest = ''] = /^\s*(?:ONBUILD\s+)?([A-Za-z]+)\s*(.*)$/s.exec(whole) ?? [];
    const body: string[] = [];
    for (const [, end] of rest.matchAll(/<<-?\s*["']?([A-Za-z_]\w*)["']?/g))
      while (++index < lines.length && (lines[index] as string).trim() !== end)
        body.push(lines[index] as string);
    // What a shell is told in a here-document counts; the text of a file doesn't.
    found.push({ name: name.toUpperCase(), text: [rest, ...body].join('\n'), line });
  }
  return found;
}

/** The sources of COPY and ADD; none when they come from another image. */
function copiedBy(text: string): string[] {
  const [first = ''] = text.split('\n');
  const flags = /^(?:\s*--[\w-]+(?:=\S*)?)*/.exec(first)?.[0] ?? '';
  if (/--from=/.test(flags)) return [];
  const rest = first.slice(flags.length).trim();
  const words = rest.startsWith('[') ? jsonWords(rest) : rest.split(/\s+/).map(unquoted);
  return words.slice(0, -1).filter((path) => !path.startsWith('<<'));
}

function jsonWords(text: string): string[] {
  try {
    return (JSON.parse(text) as unknown[]).map(String);
  } catch {
    return [];
  }
}

/** The sources of `RUN --mount=type=bind,source=…`; none when they come from another image. */
function mountedBy(text: string): string[] {
  return [...text.matchAll(/--mount=(\S+)/g)].flatMap(([, mount = '']) => {
    const options = new Map(mount.split(',').map((option) => option.split('=') as [string, string]));
    const source = options.get('source') ?? options.get('src');
    return options.has('from') || options.get('type') === 'cache' || source === undefined
      ? []
      : [unquoted(source)];
  });
}

/** What an ENV, an ARG or an assignment in RUN puts into PYTHONPATH. */
function pythonPathsOf(name: string, text: string): string[] {
  if (!text.includes('PYTHONPATH') || !['ENV', 'ARG', 'RUN', 'CMD', 'ENTRYPOINT'].includes(name)) return [];
  const found = [...text.matchAll(/\bPYTHONPATH=("[^"]*"|'[^']*'|[^\s;&|]*)/g)].map(([, value = '']) =>
    unquoted(value),
  );
  const old = name === 'ENV' ? /^PYTHONPATH\s+(.+)$/.exec(text)?.[1] : undefined;
  return old === undefined ? found : [...found, unquoted(old)];
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/s, '$2');
}

function outside(context: PathContext, spot: Spot, by: string, path: string): Finding[] {
  const { folder } = context.source.unit;
  if (!leaves(context, path)) return [];
  return [refuse('docker-outside', spot, `${by} takes ${path}, which is outside of ${folder}`, COPY_IN)];
}

/** Whether a source that is looked up in the project's folder is none of it. */
function leaves({ source, world, places }: PathContext, path: string): boolean {
  if (isAddress(path)) return isOwnRepository(world, path);
  const { folder } = source.unit;
  const meant = normalPath(`${folder}/${path.replace(/^\/+/, '')}`);
  const other = unitWithin(world, path);
  const named = other && other.folder !== folder && !places.has(meant.slice(folder.length + 1));
  return !isInside(folder, meant) || Boolean(named);
}
