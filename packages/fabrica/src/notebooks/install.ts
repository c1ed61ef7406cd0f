import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { toolHome } from '../../bin/tools.cjs';
import { pinnedTool } from '../python/tools';
import { formatError } from '../support/errors';
import { interruptibleIn } from '../support/processes';
import { Progress } from '../support/progress';

/** How long a failure is remembered, in milliseconds: offline, git would wait for the index at each notebook. */
const REMEMBERED = 10 * 60 * 1000;

/**
 * Installs a tool that git waits for. Git has to go on, so a failure is told on stderr, once in a while.
 *
 * @returns the Python of its environment; undefined when it can't be had now
 */
export async function installForGit(root: string, tool: 'nbstripout'): Promise<string | undefined> {
  const note = `${toolHome(root, tool)}.failed`;
  if (existsSync(note) && Date.now() - statSync(note).mtimeMs < REMEMBERED) return undefined;
  const progress = new Progress();
  try {
    const python = await interruptibleIn(root, (signal) =>
      progress.quietly(`Installing ${tool}`, () => pinnedTool(root, tool, { signal, progress })),
    );
    rmSync(note, { force: true });
    return python;
  } catch (error) {
    process.stderr.write(formatError(error, { from: root }));
    mkdirSync(dirname(note), { recursive: true });
    writeFileSync(note, '');
    return undefined;
  }
}
