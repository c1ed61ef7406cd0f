import { inFull } from '../workspace';
import { NEW_DATA, TRIGGER, WHEN } from './parameters';
import type { Plan } from './plan';
import { labelsOf, metadataOf, pipelineName, pipelineSettings, type Manifest, type Release } from './release';

const POLICIES = { forbid: 'Forbid', replace: 'Replace', allow: 'Allow' } as const;

/** How late a run may begin whose time came while the controller was away, in seconds. */
const LATE = 3600;

/** The schedule of a pipeline, if fabrica.yaml gives it one. */
export function cronWorkflow(release: Release, plan: Plan): Manifest | undefined {
  const { schedule } = pipelineSettings(release, plan.pipeline);
  if (schedule === undefined) return undefined;
  const { cron, timeZone, concurrency = 'forbid', when } = inFull(schedule);
  const part = `pipeline.${plan.pipeline}`;
  const name = pipelineName(release, plan.pipeline);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'CronWorkflow',
    metadata: metadataOf(release, name, part),
    spec: {
      schedules: [cron],
      timezone: timeZone ?? release.environment.defaults.timeZone,
      concurrencyPolicy: POLICIES[concurrency],
      startingDeadlineSeconds: LATE,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 7,
      workflowMetadata: { labels: labelsOf(release, part) },
      workflowSpec: {
        workflowTemplateRef: { name },
        arguments: {
          parameters: [
            { name: TRIGGER, value: `schedule:${cron}` },
            ...(when === NEW_DATA ? [{ name: WHEN, value: NEW_DATA }] : []),
          ],
        },
      },
    },
  };
}
