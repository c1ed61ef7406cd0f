import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Writes files below a folder; undefined takes one away. */
export function writeFiles(root: string, files: Readonly<Record<string, string | undefined>>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (text === undefined) rmSync(file, { force: true });
    else writeFileSync(file, text);
  }
}

const made: string[] = [];
afterAll(() => made.splice(0).forEach((root) => rmSync(root, { recursive: true, force: true })));

/** A fresh folder with files, gone after the file's tests. For tests alone. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'fabrica-')));
  writeFiles(root, files);
  made.push(root);
  return root;
}

/** The smallest pyproject.toml. */
export function pyproject(name: string, more = ''): string {
  return `[project]\nname = "${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n${more}`;
}
