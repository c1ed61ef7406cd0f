import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTypeScript } from '../../src/executors/build/typescript';
import { pinnedTool } from '../../src/python/tools';
import { HOUSE, shareTools } from './workspace';

/** Before all tests: two at once would install or build into the same folder. */
export default async function prepareAll(): Promise<void> {
  await installTools();
  for (const name of ['fabrica', 'create-fabrica']) await buildTypeScript(HOUSE, `packages/${name}`, {});
}

async function installTools(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'fabrica-tools-'));
  shareTools(root);
  for (const tool of ['pypiserver', 'nbstripout', 'nbdime', 'jupyterlab'] as const)
    await pinnedTool(root, tool);
  rmSync(root, { recursive: true });
}
