import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pythonOf } from '../../bin/shared.cjs';
import { toolHome } from '../../bin/tools.cjs';
import { withLock } from '../support/lock';
import { runOrFail } from '../support/processes';
import { findPython } from './interpreter';
import { findUv, pins, type ToolOptions } from './uv';

/** Python programs that the toolkit starts, each in an environment of its own. */
export type PinnedTool = 'pypiserver' | 'nbstripout' | 'nbdime' | 'jupyterlab';

/**
 * The interpreter of a tool's environment, which is made once from the pins that the plugin ships: every file that is
 * installed is checked against its hash.
 *
 * @throws FabricaError `tool-install` when the index can't be reached, or has other files
 */
export async function pinnedTool(root: string, tool: PinnedTool, options: ToolOptions = {}): Promise<string> {
  const home = toolHome(root, tool);
  if (!existsSync(pythonOf(home)))
    await withLock(
      root,
      tool,
      async () => existsSync(pythonOf(home)) || install(root, tool, home, options),
      options,
    );
  return pythonOf(home);
}

async function install(root: string, tool: PinnedTool, home: string, options: ToolOptions): Promise<void> {
  const { signal, env } = options;
  const [uv, python] = [await findUv(root, options), await findPython({ signal, env })];
  const draft = `${home}.${randomUUID().slice(0, 8)}`;
  const failure = {
    code: 'tool-install',
    message: `${tool} could not be installed from the package index`,
    hint: 'check the index that uv uses (UV_DEFAULT_INDEX)',
  };
  try {
    await runOrFail(uv, ['venv', '--quiet', '--no-project', '--python', python.path, join(draft, '.venv')], {
      signal,
      env,
      failure,
    });
    await runOrFail(
      uv,
      ['pip', 'sync', '--quiet', '--require-hashes', '--python', pythonOf(draft), pins(tool)],
      { signal, env, failure },
    );
    rmSync(home, { recursive: true, force: true });
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
