import { executeVenv, labVenv, openVenv, shellVenv } from '../../develop/venv';
import type { SessionOptions } from '../../develop/session';
import { isInteractive } from '../../support/terminal';
import type { Command } from '../command';

import type { DevelopExecutorOptions } from './executor';
import { commandFailed } from './report';

/** Works in the project's `.venv` on this machine. */
export async function inVenv(
  options: DevelopExecutorOptions,
  session: SessionOptions,
  { answer, name }: Command,
): Promise<void> {
  const venv = await openVenv(session);
  if (options.command !== undefined) {
    const code = await executeVenv(venv, options.command, session);
    if (code !== 0) throw commandFailed(options.command, code);
    return;
  }
  const told = (ends: string) => (address?: string) => {
    const where = address ? `JupyterLab  ${address}\n` : '';
    answer({ schema: 1, project: name, notebook: address ?? null }, `${where}${ends}`);
  };
  if (!options.notebook && isInteractive()) await shellVenv(venv, session, told('Ctrl-D leaves this shell'));
  else if (venv.notebooks) await labVenv(venv, session, told('Ctrl-C ends it'));
}
