import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inStep } from '../../bin/shared.cjs';
import { FabricaError, messageOf } from '../support/errors';
import { SETTINGS } from '../workspace/layout';
import { checkUnit, isLock, type Checked } from './check';
import { isCompose } from './compose-rules';
import { isDockerfile } from './dockerfile-rules';
import { readInstalled } from './installed';
import { settings } from './on-demand';
import { nameOf, textOf, type SourceFile, type UnitSource, type UnitSettings } from './source';
import { isPython } from './uses';
import { walk } from './walk';
import type { Unit, World } from './world';

/** Checks a unit as it is on disk. */
export function checkFolder(root: string, unit: Unit, world: World, today: string): Checked {
  const source = readSource(root, unit);
  const isBehind = source.installed !== undefined && !inStep(join(root, unit.folder));
  return checkUnit({ ...source, isBehind }, world, today);
}

/** Reads all of a unit that the rules look at. */
export function readSource(root: string, unit: Unit): UnitSource {
  const { paths, links } = walk(root, unit.folder);
  const files = paths.filter(isRead).map((path) => read(root, unit.folder, path));
  return {
    unit,
    files,
    paths,
    links,
    settings: settingsOf(unit, files),
    installed: readInstalled(join(root, unit.folder)),
  };
}

function isRead(path: string): boolean {
  if (isPython(path)) return true;
  const name = nameOf(path);
  return (
    path === 'pyproject.toml' ||
    path === SETTINGS ||
    name.endsWith('.pth') ||
    isLock(name) ||
    isDockerfile(name) ||
    isCompose(name)
  );
}

function read(root: string, folder: string, path: string): SourceFile {
  try {
    return { path, content: readFileSync(`${root}/${folder}/${path}`) };
  } catch (error) {
    throw new FabricaError('unreadable', `${folder}/${path} cannot be read: ${messageOf(error)}`, {
      place: { file: `${folder}/${path}` },
      cause: error,
    });
  }
}

/** Most projects say nothing about boundaries: their settings need no reading here. */
function settingsOf(unit: Unit, files: readonly SourceFile[]): UnitSettings | undefined {
  const file = unit.kind === 'project' ? files.find(({ path }) => path === SETTINGS) : undefined;
  if (!file) return undefined;
  const text = textOf(file);
  if (!/uses|exceptions/.test(text)) return { text, uses: [], exceptions: [] };
  const { experiments, boundaries } = settings().parseSettings(`${unit.folder}/${SETTINGS}`, text);
  return { text, uses: experiments?.uses ?? [], exceptions: boundaries?.exceptions ?? [] };
}
