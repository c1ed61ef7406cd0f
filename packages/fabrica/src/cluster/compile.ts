import { accessManifests } from './access';
import { checkManifest } from './check';
import { cronWorkflow } from './cron';
import { toYaml } from './emit';
import { slug, type Manifest, type Release } from './release';
import { runningManifests } from './running';
import { workflowTemplate } from './workflow';

/** The objects of a release by the file that they are written to. */
export type Compiled = ReadonlyMap<string, readonly Manifest[]>;

/**
 * What a release is in a cluster: plain objects of Kubernetes and Argo, each checked against its schema. A pure
 * function of its input.
 *
 * @throws FabricaError `no-secret`, `over-quota`, `too-large`, `bad-manifest`
 */
export function compile(release: Release): Compiled {
  const { project, plans } = release;
  const files = new Map<string, readonly Manifest[]>([['access.yaml', accessManifests(release)]]);
  for (const plan of plans) {
    const cron = cronWorkflow(release, plan);
    files.set(`pipeline-${slug(plan.pipeline)}.yaml`, [
      workflowTemplate(release, plan),
      ...(cron ? [cron] : []),
    ]);
  }
  if (project.service) files.set('service.yaml', runningManifests(release, 'service'));
  if (project.app) files.set('app.yaml', runningManifests(release, 'app'));
  for (const manifests of files.values()) manifests.forEach(checkManifest);
  return files;
}

/** The same, as the text of each file. */
export function compileToYaml(release: Release): Map<string, string> {
  return new Map([...compile(release)].map(([name, manifests]) => [name, toYaml(manifests)]));
}
