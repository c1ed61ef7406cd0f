import { FabricaError } from '../support/errors';
import { failed, run, type RunOptions, type RunResult } from '../support/processes';
import { environmentFile, type Environment } from '../workspace';

type Cluster = Pick<Environment, 'name' | 'context' | 'namespace'>;

/**
 * Runs kubectl in the context and the namespace of an environment; a program that fails is no error here.
 *
 * @throws FabricaError `no-kubectl`
 */
export async function kubectl(
  { context, namespace }: Cluster,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  try {
    return await run('kubectl', ['--context', context, '--namespace', namespace, ...args], options);
  } catch (error) {
    if (!(error instanceof FabricaError) || error.code !== 'program-missing') throw error;
    throw new FabricaError('no-kubectl', 'kubectl is not installed, or not on the PATH', {
      hint: 'install it (Debian: kubernetes-client; others: the package kubectl), then kubectl config get-contexts',
      cause: error,
    });
  }
}

/** The error for a kubectl that failed: one sentence, and what to type. */
export function kubectlFailure(result: RunResult, { name, context, namespace }: Cluster): FabricaError {
  const [code, message, hint] = failureOf(result.stderr, { name, context, namespace });
  return failed(result, { code, message, hint });
}

type Told = readonly [code: string, message: string, hint: string];

function failureOf(said: string, { name, context, namespace }: Cluster): Told {
  const again = `npx nx g fabrica:environment ${name}`;
  if (/context "?[^"]*"? does not exist|context was not found|no context exists/i.test(said))
    return [
      'no-context',
      `kubectl has no context ${context}`,
      `kubectl config get-contexts lists them; then ${again} --context=…`,
    ];
  if (/no matches for kind|doesn't have a resource type "?(workflow|cronworkflow)/i.test(said))
    return [
      'no-argo',
      `the cluster of ${context} has no Argo Workflows`,
      'ask who keeps the cluster to install it: https://argo-workflows.readthedocs.io',
    ];
  if (/namespaces? "[^"]*" not found/i.test(said))
    return [
      'no-namespace',
      `the cluster of ${context} has no namespace ${namespace}`,
      `kubectl --context ${context} create namespace ${namespace}; or ${again} --namespace=…`,
    ];
  if (/forbidden/i.test(said))
    return [
      'forbidden',
      `the cluster of ${context} doesn't let us do that in ${namespace}`,
      `kubectl --context ${context} auth can-i --list -n ${namespace} shows what we may; ask who keeps the cluster`,
    ];
  if (/unauthorized|must be logged in|getting credentials|expired/i.test(said))
    return [
      'not-logged-in',
      `the cluster of ${context} doesn't know us`,
      'log in again as your cloud says, such as gcloud container clusters get-credentials',
    ];
  if (
    /unable to connect|connection (refused|reset|lost)|no such host|\btimeout\b|deadline exceeded|was refused|broken pipe|\bEOF\b|shutting down|etcdserver: |request timed out|\((ServiceUnavailable|ServerTimeout|Timeout|TooManyRequests)\)/i.test(
      said,
    )
  )
    return [
      'cluster-down',
      `the cluster of ${context} does not answer`,
      `kubectl --context ${context} version shows when it does; check the network, or the VPN`,
    ];
  return ['kubectl-failed', 'kubectl failed', `check ${environmentFile(name)}`];
}
