import { parametersOf, RUN, tag, TRIGGER } from './parameters';
import { valuesOf, type Plan } from './plan';
import { CONTAINER_SECURITY, POD_SECURITY, variablesOf, VOLUME_MOUNTS, VOLUMES } from './pod';
import { seconds } from './quantities';
import { labelsOf, metadataOf, pipelineName, pipelineSettings, type Manifest, type Release } from './release';
import { chunksOf, stagesOf } from './stages';
import { templatesOf } from './templates';

/** For how long Argo shows a run that ended, in seconds. What it made and wrote is in the store. */
const KEPT = { secondsAfterSuccess: 86_400, secondsAfterFailure: 604_800 };

/**
 * A run's id, as on a laptop: it begins with the time, so that runs sort. Whoever continues a run gives it.
 */
const RUN_ID = `{{=workflow.parameters['${RUN}'] != '' ? workflow.parameters['${RUN}'] : ${['Y', 'm', 'd']
  .map((part) => `workflow.creationTimestamp.${part}`)
  .join(' + ')} + 'T' + ${['H', 'M', 'S']
  .map((part) => `workflow.creationTimestamp.${part}`)
  .join(' + ')} + '-' + workflow.uid[0:8]}}`;

/** Argo's own containers beside a step have no security context unless the whole cluster is set up so: here they have. */
const EXECUTOR_SECURITY = JSON.stringify({
  containers: [{ name: 'wait', securityContext: CONTAINER_SECURITY }],
  initContainers: [{ name: 'init', securityContext: CONTAINER_SECURITY }],
});

/** The account that Argo's own container reports with; the code of a step has none. */
export function executorOf(project: string): string {
  return `${project}.executor`;
}

/** What all pods of a workflow have in common: whose they are, and that they may do nothing. */
export function podsOf(release: Release, part: string) {
  const { name } = release.project;
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    executor: { serviceAccountName: executorOf(name) },
    podMetadata: { labels: labelsOf(release, part) },
    podSpecPatch: EXECUTOR_SECURITY,
    securityContext: POD_SECURITY,
    volumes: VOLUMES,
  };
}

/** A pipeline as a WorkflowTemplate: its parameters can be edited, and it can be started, in Argo's own UI. */
export function workflowTemplate(release: Release, plan: Plan): Manifest {
  const part = `pipeline.${plan.pipeline}`;
  const { environment } = release;
  const labels = labelsOf(release, part);
  const stages = stagesOf(plan);
  const values = valuesOf(plan).length;
  const chunks = chunksOf(stages, values);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'WorkflowTemplate',
    metadata: metadataOf(release, pipelineName(release, plan.pipeline), part),
    spec: {
      entrypoint: 'run',
      onExit: 'close',
      arguments: { parameters: parametersOf(release, plan, chunks) },
      activeDeadlineSeconds: seconds(environment.defaults.timeout),
      parallelism: pipelineSettings(release, plan.pipeline).parallelism ?? environment.defaults.parallelism,
      ...podsOf(release, part),
      workflowMetadata: { labels },
      podGC: { strategy: 'OnWorkflowSuccess' },
      ttlStrategy: KEPT,
      templateDefaults: { container: containerDefaults(release) },
      templates: templatesOf(release, plan, stages, Math.ceil(values / chunks)),
    },
  };
}

function containerDefaults(release: Release) {
  const run = [
    { name: 'FABRICA_RUN', value: RUN_ID },
    { name: 'FABRICA_TRIGGER', value: tag(TRIGGER) },
  ];
  return {
    image: release.image,
    command: ['python', '-m', 'fabrica.pipelines'],
    env: [...run, ...variablesOf(release)],
    securityContext: CONTAINER_SECURITY,
    volumeMounts: VOLUME_MOUNTS,
  };
}
