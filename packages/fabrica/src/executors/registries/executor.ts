import type { ExecutorContext } from '@nx/devkit';
import { rmSync } from 'node:fs';
import type { RegistryKind } from '../../registries/configuration';
import { embeddedProcess } from '../../registries/embedded';
import { fillIndex } from '../../registries/fill';
import { ensureNpm, ensurePypi } from '../../registries/registries';
import { FabricaError } from '../../support/errors';
import { stateFolder } from '../../support/files';
import { withLock } from '../../support/lock';
import { stopProcess } from '../../support/processes';
import { runCommand, type Command, type CommonOptions } from '../command';
import { registryStatus, registryTable } from '../status/executor';

const ACTIONS = ['start', 'stop', 'status', 'reset', 'fill'] as const;
type Action = (typeof ACTIONS)[number];

export interface RegistriesOptions extends CommonOptions {
  /** `status` by default. */
  readonly action?: Action;
  /** One of the two; both by default. */
  readonly only?: RegistryKind;
}

/**
 * Starts, stops, shows or empties the workspace's own registries. A company's own are left alone, but that the Python
 * index is filled with what the plugin carries, when somebody says so.
 */
export default function registries(
  options: RegistriesOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const action = options.action ?? 'status';
    if (!ACTIONS.includes(action))
      throw new FabricaError('unknown-action', `there is no "${action}": there are ${ACTIONS.join(', ')}`, {
        hint: 'npx nx run workspace:registries status',
      });
    const kinds: RegistryKind[] = options.only ? [options.only] : ['pypi', 'npm'];
    await work[action](command, kinds);
    const found = registryStatus(command.root).filter(({ kind }) => kinds.includes(kind));
    command.answer({ schema: 1, registries: found }, registryTable(found));
  });
}

const work: Record<Action, (command: Command, kinds: readonly RegistryKind[]) => Promise<void>> = {
  status: async () => undefined,
  start: async ({ root, signal, progress }, kinds) => {
    for (const kind of kinds) {
      await progress.phase(
        kind,
        async () => (await (kind === 'pypi' ? ensurePypi : ensureNpm)(root, { signal, progress })).url,
      );
    }
  },
  stop: async (command, kinds) => {
    for (const kind of kinds) await whileNobodyStarts(command, [kind], () => stop(command, kind));
  },
  reset: async (command, kinds) =>
    whileNobodyStarts(command, kinds, async () => {
      for (const kind of kinds) {
        await stop(command, kind);
        rmSync(stateFolder(command.root, 'registries', kind), { recursive: true, force: true });
      }
      // The password is for both.
      if (kinds.length === 2)
        rmSync(stateFolder(command.root, 'registries'), { recursive: true, force: true });
    }),
  fill: async ({ root, signal, progress }) => {
    await progress.phase('Fill', async (work) => {
      const registry = await ensurePypi(root, { signal, progress });
      const counts = await fillIndex(root, registry, { signal, progress, onFile: work.detail.bind(work) });
      return `${registry.url}: ${counts.published} published, ${counts.present} there already`;
    });
  },
};

/** Holds the locks under which registries are started: a server must not lose its files while it comes up. */
function whileNobodyStarts(
  { root, signal }: Command,
  kinds: readonly RegistryKind[],
  work: () => Promise<void>,
): Promise<void> {
  return kinds.reduceRight<() => Promise<void>>(
    (inner, kind) => () => withLock(root, `registry-${kind}`, inner, { signal }),
    work,
  )();
}

async function stop({ root, progress }: Command, kind: RegistryKind): Promise<void> {
  const record = embeddedProcess(root, kind);
  if (record) await progress.quietly(`Stopping ${kind}`, () => stopProcess(root, record));
}
