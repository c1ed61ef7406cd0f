import type { Pod } from '../../cluster/deploys/objects';
import { environmentFile } from '../../workspace';

/** Why a pod, or its container, has ended. */
export interface Ended {
  readonly kind: 'evicted' | 'memory' | 'crash';
  /** In words that go on after a name. */
  readonly message: string;
}

/** What the cluster says of a pod that has ended; undefined for one that hasn't. */
export function whyEnded({ status }: Pod): Ended | undefined {
  if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') return undefined;
  const { reason = '', message = '' } = status;
  const [container] = status.containerStatuses ?? [];
  const terminated = container?.state?.terminated ?? container?.lastState?.terminated;
  if (reason === 'Evicted') return { kind: 'evicted', message: `its node put it out: ${message.trim()}` };
  if (terminated?.reason === 'OOMKilled') return OUT_OF_MEMORY;
  const code = terminated ? ` (exit code ${terminated.exitCode})` : '';
  return { kind: 'crash', message: `it has ended${code}${reason && `: ${reason}`}` };
}

const OUT_OF_MEMORY: Ended = {
  kind: 'memory',
  message: 'it took more memory than it may have, and was killed for that',
};

/** What the cluster says of the container that ended last in a pod that goes on. */
export function whyRestarted({ status }: Pod): Ended | undefined {
  const terminated = status?.containerStatuses?.[0]?.lastState?.terminated;
  if (!terminated) return undefined;
  if (terminated.reason === 'OOMKilled') return OUT_OF_MEMORY;
  return { kind: 'crash', message: `its container ended (exit code ${terminated.exitCode})` };
}

/** What to type when a pod can't run, or has ended. */
export function wayOutOf(
  kind: string,
  { project, environment }: { readonly project: string; readonly environment: string },
): string {
  const again = `npx nx develop ${project} --environment=${environment}`;
  const file = environmentFile(environment);
  const ways: Readonly<Record<string, string>> = {
    image: `pullSecrets in ${file}, when the registry wants a password; then ${again} --fresh`,
    container: `look at secrets in ${file}; then ${again} --fresh`,
    pods: `ask for less: ${again} --cpu=1 --memory=2Gi; or ask who keeps the cluster`,
    room: `ask for less: ${again} --cpu=1 --memory=2Gi; or ask who keeps the cluster`,
    memory: `${again} --fresh --memory=…, more than it had`,
    evicted: `${again}: in another pod, with the files as they are here`,
  };
  return ways[kind] ?? `${again} --fresh`;
}
