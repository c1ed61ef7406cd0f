import type { Changed } from '../../cluster/deploys/changes';
import type { Deployed } from '../../cluster/deploys/deploy';
import { nextCommands } from '../../support/next';
import type { Release } from '../../cluster/release';
import { colour } from '../../support/colour';
import { table } from '../../support/table';

/** What a deploy to a cluster says at its end: what changed, where the service is, and what to type next. */
export function clusterSummary(release: Release, deployed: Deployed, built: boolean): string {
  const { objects } = deployed;
  const changed = objects.filter(({ outcome }) => outcome !== 'unchanged');
  return [
    ...(changed.length ? [table(['object', ''], changed.map(rowOf))] : []),
    ...unchanged(objects.length - changed.length, built),
    '',
    headline(release, deployed),
    ...addresses(release),
    ...waiting(deployed),
    '',
    ...next(release, deployed),
  ].join('\n');
}

function rowOf({ object, outcome }: Changed): string[] {
  return [object, outcome];
}

function unchanged(count: number, built: boolean): string[] {
  const same = [...(built ? [] : ['image']), ...(count ? [`${count} objects`] : [])];
  return same.length ? [`Unchanged: ${same.join(', ')}.`] : [];
}

function headline({ project, environment, commit }: Release, { release, outcome }: Deployed): string {
  const of = commit ? ` (commit ${commit.slice(0, 12)})` : '';
  const was = outcome === 'unchanged' ? 'still ' : '';
  return `Release ${release} of ${project.name} is ${was}in ${environment.name}${of}`;
}

function addresses({ project, environment }: Release): string[] {
  const at = (part: string): string => `http://${project.name}-${part}.${environment.namespace}`;
  return [
    ...(project.service ? [`${colour('bold', 'Service')}  ${at('service')}, in the cluster`] : []),
    ...(project.app ? [`${colour('bold', 'App')}      ${at('app')}, in the cluster`] : []),
  ];
}

function waiting({ rolled, before }: Deployed): string[] {
  if (rolled.outcome !== 'waits for a model') return [];
  const until = before === null ? '' : '; what served before goes on until then';
  return [`It serves once a run has promoted a model${until}.`];
}

function next({ project, environment, plans }: Release, { before, rolled }: Deployed): string[] {
  const command = (name: string): string =>
    `npx nx run ${project.name}:${name} --environment=${environment.name}`;
  const train: [string, string] = [command('run'), 'train in the cluster; the gate decides what is served'];
  const waits = rolled.outcome === 'waits for a model';
  return nextCommands([
    ...(waits ? [train] : []),
    [command('status'), 'what runs, and which model versions serve'],
    ...(plans.length && !waits ? [train] : []),
    ...(before === null ? [] : [[command('rollback'), `back to release ${before}`] as [string, string]]),
  ]);
}
