import { render } from 'ejs';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DEVCONTAINER, isOwnDevcontainer } from '../../layout/devcontainer';
import { MARK, withoutSection } from '../../layout/sections';
import { DEV_LOCK, LOCK } from '../../python/requirements';
import { readIfThere } from '../../support/files';
import { FILES, PYPROJECT, SETTINGS, type Project } from '../../workspace';
import { isText } from '../shared/sources';
import { plainLock, plainManifest } from './manifest';
import { withPlainCommands, type Plain } from './plain';
import { plainReadme } from './readme';

const TEMPLATES = join(__dirname, 'files');

/** Makes the files of a project those of a repository without Fabrica. What the person has already stays. */
export function writePlain(at: string, project: Project, plain: Plain): void {
  rmSync(join(at, SETTINGS));
  change(at, PYPROJECT, (text) => plainManifest(`${project.folder}/${PYPROJECT}`, text, plain.vendored));
  for (const lock of [LOCK, DEV_LOCK]) change(at, lock, (text) => plainLock(text, plain.vendored));
  change(at, FILES.readme.path, (text) => plainReadme(text, plain, project));
  for (const path of filesIn(at)) if (/\.(py|ipynb|md)$/.test(path)) retell(join(at, path), plain);
  dropDevcontainer(at);
  const added = new Map(['Dockerfile', '.dockerignore'].map((path) => [path, takeOwnLines(at, path)]));
  for (const path of filesIn(TEMPLATES)) writeTemplate(at, path, plain);
  for (const [path, lines] of added) if (lines) change(at, path, (text) => `${text}\n${lines}`);
}

/**
 * What a person wrote around the toolkit's section of a file, which goes: the templates say the same without the
 * toolkit. A file that is all a person's own stays as it is.
 */
function takeOwnLines(at: string, path: string): string {
  const file = join(at, path);
  const text = readIfThere(file);
  if (!text?.includes(MARK)) return '';
  rmSync(file);
  return withoutSection(path, text);
}

/** Its container is described by `nx develop`, which stays behind. */
function dropDevcontainer(at: string): void {
  const file = join(at, DEVCONTAINER);
  if (!isOwnDevcontainer(readIfThere(file) ?? '')) return;
  rmSync(file);
  if (!readdirSync(dirname(file)).length) rmSync(dirname(file), { recursive: true });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.git/'));
}

function change(at: string, path: string, work: (text: string) => string): void {
  const file = join(at, path);
  writeFileSync(file, work(existsSync(file) ? readFileSync(file, 'utf8') : ''));
}

function retell(file: string, plain: Plain): void {
  const content = readFileSync(file);
  if (!isText(content)) return;
  // Latin-1 gives each byte a character: what isn't looked for stays, whatever its encoding.
  const text = content.toString('latin1');
  const now = withPlainCommands(text, plain);
  if (now !== text) writeFileSync(file, Buffer.from(now, 'latin1'));
}

function writeTemplate(at: string, path: string, plain: Plain): void {
  const target = join(at, path.replaceAll('__dot__', '.').replace(/\.template$/, ''));
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, render(readFileSync(join(TEMPLATES, path), 'utf8'), plain));
}
