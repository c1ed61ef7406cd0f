import type { PodSession } from '../../develop/cluster/connect';
import { clock, type PodOptions } from '../../develop/cluster/start';
import { LAB_PORT } from '../../develop/dockerfile';
import type { Mode } from './report';

/** What a session in a cluster is, for programs. */
export function podAnswer(
  { record, pod, image, outcome, notebook }: PodSession,
  { project, environment }: PodOptions,
): object {
  return {
    schema: 1,
    project: project.name,
    environment: environment.name,
    outcome,
    pod,
    image,
    until: record.until,
    notebook: notebook ?? null,
    ports: record.ports.filter(({ inside }) => inside !== LAB_PORT),
    with: record.packages,
  };
}

/** What a session in a cluster is, for people: where things are, how it ends, what to type next. */
export function describePod(session: PodSession, options: PodOptions, mode: Mode): string {
  const { record, outcome, notebook } = session;
  const { project, environment } = options;
  const rows = [
    ...(notebook ? [['JupyterLab', notebook]] : []),
    ...record.ports
      .filter(({ inside }) => inside !== LAB_PORT)
      .map(({ inside, outside }) => [`Port ${inside}`, `http://127.0.0.1:${outside}`]),
    ...record.packages.map((name) => ['With', `packages/${name}, as it is in the working tree`]),
  ];
  const width = Math.max(...rows.map(([title = '']) => title.length), 0);
  const until = clock(new Date(record.until));
  const join = `npx nx develop ${project.name} --environment=${environment.name}`;
  return [
    ...(outcome === 'joined' ? [`Joined the pod of ${project.name} that runs in ${environment.name}`] : []),
    ...rows.map(([title = '', text]) => `${title.padEnd(width)}  ${text}`),
    `${ENDS[mode]}, at ${until} at the latest; your files are on this machine, too`,
    '',
    'Next:',
    ...(mode === 'shell' ? ['pytest'] : [join]).map((line) => `  ${line}`),
    ...(mode === 'detached' ? [`  npx nx run ${project.name}:stop`] : []),
    '',
  ].join('\n');
}

const ENDS: Readonly<Record<Mode, string>> = {
  shell: 'Ctrl-D leaves this shell and ends the pod',
  foreground: 'Ctrl-C ends the pod',
  detached: 'It runs until it is stopped',
};
