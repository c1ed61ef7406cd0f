import { colour } from '../../support/colour';
import { nextCommands } from '../../support/next';
import type { Deployed } from './executor';
import { verdictTable } from './verdicts';

/**
 * What a deploy says at its end: where the service is, a request that works when it is pasted, and what to type
 * next, under the table of what the gates decided.
 */
export function summary(deployed: Deployed): string {
  return [
    ...deployed.runs.flatMap(verdictTable),
    unchanged(deployed),
    ...service(deployed),
    '',
    ...next(deployed),
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}

function unchanged({ packages, environment, release, service, runs }: Deployed): string | undefined {
  const same = [
    packages.length && packages.every(({ outcome }) => outcome === 'already published') ? 'packages' : '',
    environment === 'unchanged' ? 'environment' : '',
    runs.length && runs.every(({ counts }) => !counts.done && !counts.failed) ? 'products' : '',
    release?.outcome === 'unchanged' ? 'release' : '',
    service?.outcome === 'unchanged' ? 'service' : '',
  ].filter(Boolean);
  return same.length ? `\nUnchanged: ${same.join(', ')}.` : undefined;
}

function service({ project, service: served }: Deployed): (string | undefined)[] {
  if (!served) return [`\n${project} is deployed; it has no service (src/<module>/service.py makes one).`];
  return ['', `${colour('bold', 'Service')}  ${served.address}`, served.curl && `\n  ${served.curl}`];
}

function next(deployed: Deployed): string[] {
  const { project, service: served } = deployed;
  const commands: [string, string][] = served
    ? [
        [`npx nx run ${project}:status`, 'what runs, and which model versions serve'],
        trial(deployed) ?? [`npx nx run ${project}:logs`, 'what the service wrote'],
        [`npx nx run ${project}:stop`, 'end the service'],
      ]
    : [
        [`npx nx test ${project}`, 'test the code'],
        [`npx nx run ${project}:run`, 'run the pipeline again'],
        [`npx nx run ${project}:status`, 'what runs'],
      ];
  return nextCommands(commands);
}

/** A deploy with another parameter; it names the pipeline when others, which may not know the parameter, ran too. */
function trial({ project, runs }: Deployed): [string, string] | undefined {
  const tunable = runs.find(({ proposal }) => proposal);
  if (!tunable) return undefined;
  const only = runs.length > 1 ? ` --pipeline ${tunable.pipeline}` : '';
  return [
    `npx nx run ${project}:deploy${only} --set ${tunable.proposal}`,
    'train with another parameter; the gate decides',
  ];
}
