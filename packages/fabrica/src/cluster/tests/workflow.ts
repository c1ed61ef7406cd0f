import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '../../workspace';
import { checkManifest } from '../check';
import { CONTAINER_SECURITY, placementOf, resourcesOf, variablesOf, VOLUME_MOUNTS } from '../pod';
import { seconds } from '../quantities';
import { labelsOf, metadataOf, settingsOf, TESTS, type Manifest, type Release } from '../release';
import { podsOf } from '../workflow';

/** The template whose pods run the tests. */
export const SHARD = 'shard';

/** For how long the cluster keeps tests that ended, in seconds: what they said is here by then. */
const KEPT = 3600;

/** Tests that are to be run. */
export interface Tests {
  /** The name of their workflow. */
  readonly name: string;
  /** Pods that they are divided among. */
  readonly shards: number;
  /** What the lines of reports begin with, which nothing else prints. */
  readonly mark: string;
  /** For pytest. */
  readonly args: readonly string[];
}

/**
 * The workflow that runs a project's tests. Its pods are as all others, but for the store, which is a folder that goes
 * with the pod: a test changes nothing that anybody is served.
 *
 * @throws FabricaError `over-quota`, `bad-manifest`
 */
export function testWorkflow(release: Release, tests: Tests): Manifest {
  const workflow = workflowOf(release, tests);
  // The spec of a workflow is that of a template.
  checkManifest({ ...workflow, kind: 'WorkflowTemplate' });
  return workflow;
}

function workflowOf(release: Release, tests: Tests): Manifest {
  const { environment } = release;
  const count = String(tests.shards);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Workflow',
    metadata: metadataOf(release, tests.name, TESTS),
    spec: {
      entrypoint: TESTS,
      activeDeadlineSeconds: seconds(environment.defaults.timeout),
      parallelism: environment.defaults.parallelism,
      ...podsOf(release, TESTS),
      workflowMetadata: { labels: labelsOf(release, TESTS) },
      ttlStrategy: { secondsAfterCompletion: KEPT },
      templates: [
        {
          name: TESTS,
          dag: {
            failFast: false,
            tasks: [
              {
                name: SHARD,
                template: SHARD,
                arguments: { parameters: [{ name: SHARD, value: '{{item}}' }] },
                withSequence: { count },
              },
            ],
          },
        },
        shardTemplate(release, tests),
      ],
    },
  };
}

function shardTemplate(release: Release, { shards, mark, args }: Tests): object {
  const { cpu, memory, nodeSelector, tolerations } = settingsOf(release, 'test') ?? {};
  const place = { file: `${release.project.folder}/${SETTINGS}` };
  const own = { FABRICA_STORE: 'file:///tmp/store', ...(shards > 1 ? { PYTHONHASHSEED: '0' } : {}) };
  const env = variablesOf(release).filter(({ name }) => !Object.hasOwn(own, name));
  return {
    name: SHARD,
    inputs: { parameters: [{ name: SHARD }] },
    container: {
      image: release.image,
      command: ['python', '-c', readFileSync(join(__dirname, 'shard.py'), 'utf8')],
      args: [verbatim({ shards, mark, args }), `{{inputs.parameters.${SHARD}}}`],
      env: [...env, ...Object.entries(own).map(([name, value]) => ({ name, value }))],
      resources: resourcesOf(release, { cpu, memory }, 'a pod of the tests', place),
      securityContext: CONTAINER_SECURITY,
      volumeMounts: VOLUME_MOUNTS,
    },
    ...placementOf(release, { nodeSelector, tolerations }),
  };
}

/** JSON in which neither Argo nor Kubernetes finds a name to fill in. */
function verbatim(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('{{', String.raw`{\u007b`)
    .replaceAll('$(', String.raw`\u0024(`);
}
