import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOUSE } from './workspace';

/** All Python files below a folder. */
export function pythonFiles(folder: string, skip = ''): string[] {
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return entries
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === skip ? [] : pythonFiles(path, skip);
      return entry.isFile() && /\.pyi?$/.test(entry.name) ? [path] : [];
    });
}

/** The files of the standard library, with its tests. */
export function standardLibrary(python: string): string[] {
  const program = 'import sysconfig; print(sysconfig.get_paths()["stdlib"])';
  const folder = execFileSync(python, ['-I', '-c', program], { encoding: 'utf8' }).trim();
  return pythonFiles(folder, 'site-packages');
}

/** The environments of the house's packages and projects that are installed. */
export function environments(): string[] {
  return ['packages', 'projects'].flatMap((home) =>
    readdirSync(join(HOUSE, home))
      .map((name) => join(HOUSE, home, name, '.venv'))
      .filter((folder) => existsSync(folder)),
  );
}

/** Files without those of the same content, in an order that mixes all packages, up to some megabytes. */
export function sample(files: readonly string[], megabytes: number): string[] {
  const byHash = new Map(files.map((file) => [hash(readFileSync(file)), file]));
  let bytes = 0;
  return [...byHash]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, file]) => file)
    .filter((file) => (bytes += readFileSync(file).length) < megabytes * 1e6);
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
