import { remoteImage } from '../images/registry';
import { FabricaError, messageOf } from '../support/errors';
import type { Progress } from '../support/progress';
import { environmentFile, type Environment } from '../workspace';
import { kubectl, kubectlFailure } from './kubectl';

/** What is asked of each part of an environment, and the question itself: a real call. */
type Probe = readonly [
  title: string,
  ask: (environment: Environment, signal: AbortSignal) => Promise<string>,
];

const PROBES: readonly Probe[] = [
  ['Cluster', askCluster],
  ['Namespace', askNamespace],
  ['Argo Workflows', askArgo],
  ['Registry', askRegistry],
  ['Store', askStore],
];

/**
 * Asks each part of an environment whether it is there and lets us in. All that is wrong is found at once.
 *
 * @returns an error for each part that isn't as it should be
 */
export async function probeEnvironment(
  environment: Environment,
  signal: AbortSignal,
  progress: Progress,
): Promise<FabricaError[]> {
  const errors: FabricaError[] = [];
  for (const [title, ask] of PROBES) {
    // Without a cluster there is nothing to ask about what is in it.
    if (errors.some(({ code }) => UNREACHABLE.has(code)) && [askNamespace, askArgo].includes(ask as never))
      continue;
    try {
      await progress.phase(title, () => ask(environment, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FabricaError)) throw error;
      errors.push(error);
    }
  }
  return errors;
}

const UNREACHABLE = new Set(['no-kubectl', 'no-context', 'cluster-down', 'not-logged-in']);

async function askCluster(environment: Environment, signal: AbortSignal): Promise<string> {
  const result = await kubectl(environment, ['version', '--output=json', '--request-timeout=10s'], {
    signal,
  });
  if (result.code !== 0) throw kubectlFailure(result, environment);
  const { serverVersion } = JSON.parse(result.stdout) as { serverVersion?: { gitVersion?: string } };
  return `${environment.context}, Kubernetes ${serverVersion?.gitVersion ?? 'of an unknown version'}`;
}

async function askNamespace(environment: Environment, signal: AbortSignal): Promise<string> {
  const found = await kubectl(environment, ['get', 'namespace', environment.namespace, '--output=name'], {
    signal,
  });
  if (found.code !== 0) throw kubectlFailure(found, environment);
  const may = await kubectl(environment, ['auth', 'can-i', 'create', 'deployments.apps'], { signal });
  if (may.stdout.trim() !== 'yes')
    throw kubectlFailure({ ...may, stderr: 'forbidden: create deployments' }, environment);
  return environment.namespace;
}

async function askArgo(environment: Environment, signal: AbortSignal): Promise<string> {
  const args = ['get', 'workflowtemplates.argoproj.io', '--output=name'];
  const result = await kubectl(environment, args, { signal });
  if (result.code !== 0) throw kubectlFailure(result, environment);
  return 'there';
}

/** Whether the registry is there and knows us: that it has no such image is a good answer. */
async function askRegistry({ registry, name }: Environment, signal: AbortSignal): Promise<string> {
  await remoteImage(`${registry}/fabrica:none`, { signal }).catch((error: unknown) => {
    if (!(error instanceof FabricaError) || error.code !== 'registry-down') throw error;
    const hint = `check the network; another registry: npx nx g fabrica:environment ${name} --registry=…`;
    throw new FabricaError(error.code, error.message, { hint, cause: error });
  });
  return registry;
}

/**
 * Whether the bucket is there: a store that refuses who has no credentials is one that is there, and pods have
 * credentials of their own.
 */
async function askStore({ store, variables, name }: Environment, signal: AbortSignal): Promise<string> {
  const address = bucketAddress(store, { ...process.env, ...variables });
  const bucket = store.split('/')[2];
  const isS3 = store.startsWith('s3:');
  const endpoint = isS3 ? endpointOf({ ...process.env, ...variables }) : undefined;
  const own = isS3 && !endpoint ? '; a server that is not AWS: export AWS_ENDPOINT_URL=…' : '';
  const hint = `check the network; another store: npx nx g fabrica:environment ${name} --store=…${own}`;
  const response = await fetch(address, {
    method: 'HEAD',
    signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    const reason = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
    throw new FabricaError('store-down', `the store ${store} does not answer at ${address}: ${reason}`, {
      hint,
    });
  });
  if (response.status === 404)
    throw new FabricaError('no-bucket', `the store ${store} answers, and has no bucket ${bucket}`, {
      hint: `create it, or npx nx g fabrica:environment ${name} --store=…`,
    });
  if (response.status >= 500)
    throw new FabricaError('store-down', `the store ${store} answers ${response.status} at ${address}`, {
      hint,
    });
  // What this shell says, pods don't hear.
  const heard =
    !endpoint || endpointOf(variables)
      ? ''
      : `; pods find it by variables: { AWS_ENDPOINT_URL: … } in ${environmentFile(name)}`;
  return `${store}${heard}`;
}

/** Where S3 is when it isn't at AWS, as its clients read it. */
function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
}

/** Where a bucket answers; servers of one's own are named by the variables that their clients read. */
export function bucketAddress(store: string, env: NodeJS.ProcessEnv): string {
  const [scheme, bucket] = [store.split(':')[0], store.split('/')[2]];
  const trimmed = (address: string): string => address.replace(/\/$/, '');
  if (scheme === 'gs')
    return env.STORAGE_EMULATOR_HOST
      ? `${trimmed(env.STORAGE_EMULATOR_HOST)}/storage/v1/b/${bucket}`
      : `https://storage.googleapis.com/${bucket}`;
  const endpoint = endpointOf(env);
  return endpoint ? `${trimmed(endpoint)}/${bucket}` : `https://${bucket}.s3.amazonaws.com/`;
}
