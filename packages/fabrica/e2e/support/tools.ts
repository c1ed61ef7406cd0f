import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinnedTool } from '../../src/python/tools';
import { shareTools } from './workspace';

/** Before all tests: two at once would install them into the same folder. */
export default async function installTools(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'fabrica-tools-'));
  shareTools(root);
  for (const tool of ['pypiserver', 'nbstripout', 'nbdime', 'jupyterlab'] as const)
    await pinnedTool(root, tool);
  rmSync(root, { recursive: true });
}
