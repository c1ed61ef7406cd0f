import type { Escape } from './types';

const INSTALLERS = new Set(['pip', 'pip3', 'conda', 'mamba', 'micromamba', 'uv', 'poetry', 'pdm', 'pipenv']);
/** What stands before a command without being it. */
const PREFIXES = new Set(['sudo', 'env', 'time', 'nohup', 'command', 'exec']);

/** The commands of a line of shell, each with its words, and what kind of command it is. */
export function commandsOf(text: string): Pick<Escape, 'kind' | 'words'>[] {
  return split(text).map((words) => ({ kind: kindOf(words), words }));
}

/** The words of a line, as a shell splits them; operators are words' ends. */
export function wordsOf(text: string): string[] {
  return split(text).flat();
}

function kindOf(words: readonly string[]): 'run' | 'install' | 'shell' {
  const [program = '', ...rest] = words.slice(words.findIndex((word) => !isPrefix(word)));
  const name = program.split('/').at(-1) as string;
  if (isPython(name))
    return rest.includes('-m') && rest[rest.indexOf('-m') + 1] === 'pip' ? 'install' : 'run';
  if (!INSTALLERS.has(name) && !isVersioned(name, 'pip')) return 'shell';
  return rest.find((word) => !word.startsWith('-')) === 'run' ? 'run' : 'install';
}

function isPrefix(word: string): boolean {
  return PREFIXES.has(word) || word.indexOf('=') > 0;
}

function isPython(name: string): boolean {
  return name === 'ipython' || name === 'pypy' || name === 'pypy3' || isVersioned(name, 'python');
}

/** `python`, `python3`, `python3.12`, `{sys.executable}` as notebooks put it into shell lines. */
function isVersioned(name: string, program: string): boolean {
  if (program === 'python' && name === '{sys.executable}') return true;
  return name.startsWith(program) && !Number.isNaN(Number(name.slice(program.length)));
}

const OPERATORS = ';|&\n';

/** Splits at blanks and at `;`, `|`, `&` outside of quotes. */
function split(text: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const end = () => {
    if (word !== undefined) commands[commands.length - 1].push(word);
    word = undefined;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "'" || character === '"') {
      const close = closing(text, at);
      word = (word ?? '') + text.slice(at + 1, close);
      at = close;
    } else if (character === '\\') word = (word ?? '') + (text[++at] ?? '');
    else if (OPERATORS.includes(character)) {
      end();
      commands.push([]);
    } else if (character === ' ' || character === '\t') end();
    else word = (word ?? '') + character;
  }
  end();
  return commands.filter((words) => words.length > 0);
}

function closing(text: string, quote: number): number {
  const end = text.indexOf(text[quote], quote + 1);
  return end < 0 ? text.length : end;
}
