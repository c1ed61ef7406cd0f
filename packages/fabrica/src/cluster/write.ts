import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeAtomically } from '../support/files';
import { toYaml } from './emit';
import type { Compiled } from './compile';

/** A file of a release, and what became of it. */
export interface Written {
  /** Relative to the workspace. */
  readonly file: string;
  readonly outcome: 'written' | 'unchanged' | 'removed';
  /** `Deployment bikes-service` */
  readonly objects: readonly string[];
}

/** Where the manifests of a project are, relative to the workspace. */
export function manifestFolder(folder: string, environment: string): string {
  return `${folder}/dist/${environment}`;
}

/** Writes a compiled release; the folder then holds nothing else that kubectl would apply. */
export function writeManifests(root: string, folder: string, compiled: Compiled): Written[] {
  mkdirSync(join(root, folder), { recursive: true });
  const gone = readdirSync(join(root, folder)).filter(
    (name) => name.endsWith('.yaml') && !compiled.has(name),
  );
  const written = [...compiled].map(([name, manifests]): Written => {
    const path = join(root, folder, name);
    const text = toYaml(manifests);
    const isSame = readIfThere(path) === text;
    if (!isSame) writeAtomically(path, text);
    const objects = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    return { file: `${folder}/${name}`, outcome: isSame ? 'unchanged' : 'written', objects };
  });
  for (const name of gone) rmSync(join(root, folder, name));
  return [
    ...written,
    ...gone.map((name): Written => ({ file: `${folder}/${name}`, outcome: 'removed', objects: [] })),
  ];
}
