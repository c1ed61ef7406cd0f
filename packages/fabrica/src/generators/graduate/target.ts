import type { Tree } from '@nx/devkit';
import { parse } from 'smol-toml';
import { RELEASES } from '../../registries/git';
import { FabricaError } from '../../support/errors';
import { HOMES, moduleOf, PYPROJECT } from '../../workspace';
import { NPM_MANIFEST } from '../../workspace/layout';
import packageGenerator from '../package/generator';

/** The package that modules move into. */
export interface Target {
  readonly name: string;
  readonly folder: string;
  /** `fabrica.weather` */
  readonly module: string;
  readonly distribution: string;
  /** The version that will hold the modules. */
  readonly version: string;
  readonly isNew: boolean;
}

/** What a package is, as its pyproject.toml says; what it will be where there is none. */
export function readTarget(tree: Tree, name: string): Target {
  const folder = `${HOMES.package}/${name}`;
  if (tree.exists(`${folder}/${NPM_MANIFEST}`))
    throw new FabricaError('wrong-language', `${folder} is a package of TypeScript`, {
      hint: 'name another package, or a new one',
    });
  const text = tree.read(`${folder}/${PYPROJECT}`, 'utf8');
  const module = `fabrica.${moduleOf(name)}`;
  if (text === null)
    return { name, folder, module, distribution: `fabrica-${name}`, version: '0.1.0', isNew: true };
  const { project, tool } = parse(text) as {
    project: { name: string; version: string };
    tool?: { uv?: { 'build-backend'?: { 'module-name'?: string } } };
  };
  return {
    name,
    folder,
    module: tool?.uv?.['build-backend']?.['module-name'] ?? module,
    distribution: project.name,
    version: nextVersion(tree, folder, project.version),
    isNew: false,
  };
}

/** A version that was published never changes: what comes now is the next one. */
function nextVersion(tree: Tree, folder: string, version: string): string {
  if (!tree.exists(`${folder}/${RELEASES}/${version}.json`)) return version;
  const [major = '0', minor = '0'] = version.split('.');
  return `${major}.${Number(minor) + 1}.0`;
}

/** Starts the package without the example that a new one has, or raises its version. */
export async function prepareTarget(
  tree: Tree,
  { name, folder, module, version, isNew }: Target,
  { from, requiresPython }: { readonly from: string; readonly requiresPython: string },
): Promise<void> {
  const file = `${folder}/${PYPROJECT}`;
  if (!isNew) {
    const text = tree.read(file, 'utf8') as string;
    const raised = text.replace(/^(\s*version\s*=\s*["'])[^"']+/m, `$1${version}`);
    if (raised !== text) tree.write(file, raised);
    return;
  }
  await packageGenerator(tree, { name, description: `What ${from} shares.`, skipLock: true });
  const source = `${folder}/src/${module.replaceAll('.', '/')}`;
  tree.delete(`${source}/_clip.py`);
  tree.delete(`${folder}/tests/test_clip.py`);
  tree.write(`${source}/__init__.py`, `"""What ${from} shares."""\n`);
  const readme = tree.read(`${folder}/README.md`, 'utf8') as string;
  // The example of how to use it is about code that isn't there.
  tree.write(`${folder}/README.md`, readme.replace(/```python\n[^]*?```\n\n/, ''));
  const text = tree.read(file, 'utf8') as string;
  tree.write(file, text.replace(/^requires-python = .*$/m, `requires-python = "${requiresPython}"`));
}
