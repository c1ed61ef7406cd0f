import { budgetLine } from '../../costs/report';
import { colour } from '../../support/colour';
import { readable } from '../../support/log-line';
import { nextCommands } from '../../support/next';
import { table } from '../../support/table';
import { traceback } from '../../support/traceback';
import type { ClusterDocument } from './cluster';

/** What is in a cluster of a project, for a person. */
export function clusterReport(document: ClusterDocument): string {
  const { project, environment, context, namespace, releases, running, runs } = document;
  const title = `${project} in ${environment}  ${colour('dim', `(${context}, namespace ${namespace})`)}`;
  if (!releases.length && !running.length && !runs.length)
    return `Nothing of ${project} is in ${environment}; npx nx run ${project}:deploy --environment=${environment} puts it there.`;
  return [
    title,
    ...releaseLines(document),
    ...earlierLines(document),
    ...runningLines(document),
    ...servingLines(document),
    ...runLines(document),
    ...budgetLines(document),
    ...errorLines(document),
  ].join('\n');
}

function releaseLines({ release, releases, project, environment }: ClusterDocument): string[] {
  const [last] = releases;
  const holds = release
    ? [
        '',
        `${colour('bold', 'Release')}  ${release.number}${release.commit ? `  commit ${release.commit.slice(0, 12)}` : ''}  by ${release.by}  ${release.at}`,
        `${colour('bold', 'Image')}    ${release.image}`,
      ]
    : [];
  if (!last || last.number === release?.number || last.state === 'rolled back') return holds;
  const reason =
    last.reason ?? `its deploy did not end: npx nx run ${project}:deploy --environment=${environment}`;
  return [
    ...holds,
    '',
    `Release ${last.number} ${last.state === 'failed' ? 'failed' : 'was begun'} at ${last.at}: ${reason}`,
  ];
}

/** How many releases are shown: what `rollback --to` may name. */
const SHOWN = 5;

function earlierLines({ release, releases }: ClusterDocument): string[] {
  const others = releases.filter(({ number }) => number !== release?.number).slice(0, SHOWN);
  if (!others.length) return [];
  const rows = others.map(({ number, state, commit, by, at }) => [
    String(number),
    state,
    commit?.slice(0, 12) ?? '',
    by,
    at,
  ]);
  return ['', table(['other releases', 'state', 'commit', 'by', 'at'], rows)];
}

function runningLines({ running }: ClusterDocument): string[] {
  if (!running.length) return [];
  const rows = running.map(({ name, available, wanted, trouble }) => [
    name,
    `${available} of ${wanted}`,
    trouble ? `${trouble.message}${trouble.pod ? ` (pod ${trouble.pod})` : ''}` : 'healthy',
  ]);
  return ['', table(['deployment', 'ready', 'state'], rows)];
}

function servingLines({ serving, silent, project, environment }: ClusterDocument): string[] {
  if (!serving.length && !silent.length) return [];
  const waits = serving.some(({ waiting }) => waiting);
  const rows = serving.map((one) => [
    one.model,
    one.value ?? '',
    one.champion.value ?? '',
    String(one.champion.version),
    String(one.pods),
    one.waiting ? `version ${one.waiting.version}` : '',
  ]);
  const headings = ['model', 'value', 'served by', 'version', 'pods', ...(waits ? ['waiting'] : [])];
  const explained = `What waits is champion, but the code of this release can't answer with it: npx nx run ${project}:deploy --environment=${environment}, or look: npx nx run ${project}:logs --environment=${environment}`;
  return [
    '',
    ...(serving.length ? [table(headings, rows)] : []),
    ...(waits ? ['', explained] : []),
    ...silent.map(({ pod, error }) => `${pod} does not say what it serves: ${error}`),
  ];
}

function runLines({ runs }: ClusterDocument): string[] {
  if (!runs.length) return [];
  const rows = runs.map(({ run, pipeline, outcome, started, seconds, message }) => [
    run,
    pipeline,
    outcome,
    started,
    seconds === null ? '' : `${seconds} s`,
    message ?? '',
  ]);
  return ['', table(['run', 'pipeline', 'outcome', 'started', 'took', ''], rows)];
}

function budgetLines({ spent, spentError }: ClusterDocument): string[] {
  if (spentError) return ['', spentError];
  if (!spent) return [];
  const { cost, budget, currency } = spent;
  return [
    budgetLine(spent) ??
      `\n${colour('bold', 'Budget')}  ${cost.toFixed(2)} of ${budget} ${currency} this month`,
  ];
}

function errorLines(document: ClusterDocument): string[] {
  const { logged, failures, failuresError } = document;
  const steps = failures.flatMap(({ run, step, value, error }) => [
    '',
    `${colour('red', step)}${value === null ? '' : ` ${value}`}  in run ${run}`,
    ...indented(traceback(error) ?? []),
  ]);
  const lines = logged.length
    ? ['', `${colour('red', 'service')}`, ...indented(logged.flatMap((line) => readable(line).split('\n')))]
    : [];
  const all = [...steps, ...(failuresError ? ['', failuresError] : []), ...lines];
  if (!all.length) return [];
  return ['', colour('bold', 'Last errors'), ...all.slice(1), ...nextLines(document)];
}

function nextLines({ logged, failures, project, environment }: ClusterDocument): string[] {
  const where = `--environment=${environment}`;
  const [failed] = failures;
  const run = `npx nx run ${project}:run ${where} --follow --run=${failed?.run}`;
  const logs = `npx nx run ${project}:logs ${where}`;
  const next: [string, string][] = [
    [run, 'all of that run'],
    [logs, 'what the service wrote'],
  ];
  const useful = next.filter(([command]) => (command === run ? failed : logged.length));
  return useful.length ? ['', ...nextCommands(useful)] : [];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
