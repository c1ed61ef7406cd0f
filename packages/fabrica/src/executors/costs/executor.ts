import type { ExecutorContext } from '@nx/devkit';
import { periodOf } from '../../costs/period';
import { readCosts } from '../../costs/read';
import { costsText } from '../../costs/report';
import { KEYS, type Key } from '../../costs/rows';
import { FabricaError } from '../../support/errors';
import { didYouMean } from '../../workspace';
import { runCommand, type CommonOptions } from '../command';

export interface CostsOptions extends CommonOptions {
  /** A day, or for how long until now: `2026-11-01`, `7d`; this month by default. */
  readonly since?: string;
  /** The last day. */
  readonly until?: string;
  readonly environment?: string;
  readonly project?: string;
  readonly by?: Key;
}

/** Says what the runs of projects have used and cost, from the stores of the environments. */
export default function costs(
  options: CostsOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, signal, progress, answer }) => {
    const { by = 'project', environment, project } = options;
    if (!KEYS.includes(by))
      throw new FabricaError('bad-option', `--by=${String(by)} is none${didYouMean(by, KEYS)}`, {
        hint: KEYS.map((key) => `--by=${key}`).join(', '),
      });
    const period = periodOf(options.since, options.until);
    const found = await readCosts({ root, signal, progress }, { period, by, environment, project });
    answer(found, costsText(found));
  });
}
