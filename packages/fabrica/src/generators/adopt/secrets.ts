import { git } from '../../registries/git';
import { isSecretFile } from '../../layout/secret-files';
import type { Moves } from './places';
import { code, type Todo } from './report';
import type { Source } from './source';

/** Where the files are now that hold secrets by their names. */
export function secretsIn(moves: Moves): string[] {
  return [...moves.values()].filter(isSecretFile).sort();
}

/** The project's .gitignore, which has the last word on its secrets, whatever it says before. */
export function ignoring(gitignore: string, secrets: readonly string[]): string {
  const lines = secrets.map((path) => `/${path.replaceAll(/[*?[\]\\ ]/g, '\\$&')}\n`);
  const before = gitignore.trim() ? `${gitignore.trimEnd()}\n\n` : '';
  return `${before}# Secrets, by their names: see ADOPTED.md.\n${lines.join('')}`;
}

/** Files that hold secrets by their names, and that a commit has: who has the history has them. */
export async function secretsInHistory({ folder }: Pick<Source, 'folder'>): Promise<string[]> {
  const args = ['log', '--format=', '--name-only', '--no-renames', '--diff-filter=A', '-z'];
  const listed = await git(folder, [...args, '--relative', 'HEAD', '--', '.']);
  const paths = listed.split('\0').map((path) => path.trim());
  return [...new Set(paths.filter((path) => path && isSecretFile(path)))].sort();
}

/** What a person must know of secrets, by name: a count would not do. */
export function secretTodos(moves: Moves, inHistory: readonly string[]): Todo[] {
  const secrets = secretsIn(moves);
  return [
    ...(secrets.length
      ? [
          {
            what: `Secrets, by their names, which git leaves alone now (\`.gitignore\`): ${listed(secrets)}. Who else works on it needs files of their own; where it runs, give the values as variables of the environment.`,
          },
        ]
      : []),
    ...(inHistory.length
      ? [
          {
            what: `Secrets, by their names, in the history: ${listed(inHistory)}. Whoever has the repository can read them there: change these secrets.`,
          },
        ]
      : []),
  ];
}

function listed(paths: readonly string[]): string {
  const SHOWN = 10;
  const more = paths.length > SHOWN ? [`and ${paths.length - SHOWN} more`] : [];
  return [...paths.slice(0, SHOWN).map(code), ...more].join(', ');
}
