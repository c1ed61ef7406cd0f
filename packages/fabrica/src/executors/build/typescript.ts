import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pythonPackages } from '../../python/packages';
import type { ToolOptions } from '../../python/uv';
import { buildPackage } from '../../registries/build-package';
import { ignoredIn, isRepository } from '../../registries/git';
import { inTemporaryFolder } from '../../support/files';
import { runOrFail } from '../../support/processes';

/**
 * Compiles a TypeScript package by its tsconfig.build.json into `dist`, with what lies beside the sources (templates,
 * schemas, pins; nothing that git ignores) and, for the plugin, the wheels of the shared packages.
 */
export async function buildTypeScript(root: string, folder: string, options: ToolOptions): Promise<string> {
  const at = join(root, folder);
  const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc');
  return inTemporaryFolder(root, async (draft) => {
    const dist = join(draft, 'dist');
    await runOrFail(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], {
      cwd: at,
      signal: options.signal,
      failure: { code: 'build-failed', message: `${folder} does not compile` },
    });
    const ignored = (await isRepository(root)) ? await ignoredIn(root, `${folder}/src`) : [];
    const left = new Set(ignored.map((path) => join(at, 'src', path)));
    cpSync(join(at, 'src'), dist, {
      recursive: true,
      filter: (path) => isAsset(path) && !left.has(path) && !left.has(join(path, '/')),
    });
    if (carriesWheels(at)) await addWheels(root, join(dist, 'wheels'), options);
    rmSync(join(at, 'dist'), { recursive: true, force: true });
    renameSync(dist, join(at, 'dist'));
    return `${folder}/dist`;
  });
}

/** All but TypeScript and what tests need; templates of generators are assets, also where they are TypeScript. */
function isAsset(path: string): boolean {
  if (/[\\/]testing[\\/]/.test(path)) return false;
  return !/\.ts$/.test(path) || /[\\/]files[\\/]/.test(path);
}

/** The plugin says in its package.json that it carries the wheels of the workspace's Python packages. */
function carriesWheels(at: string): boolean {
  const { fabrica } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as {
    fabrica?: { wheels?: boolean };
  };
  return fabrica?.wheels === true;
}

async function addWheels(root: string, into: string, options: ToolOptions): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const unit of pythonPackages(root)) {
    await inTemporaryFolder(root, async (draft) => {
      const { wheel } = await buildPackage(root, unit.folder, { ...options, into: join(draft, unit.name) });
      copyFileSync(wheel.path, join(into, wheel.file));
    });
  }
}
