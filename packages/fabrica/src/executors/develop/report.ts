import { composeName } from '../../develop/compose';
import { labAddress } from '../../develop/container';
import { LAB_PORT } from '../../develop/dockerfile';
import { SERVICE_TABLE } from '../../develop/services';
import type { Session, SessionOptions } from '../../develop/session';
import { FabricaError } from '../../support/errors';

/** How a session goes on. */
export type Mode = 'shell' | 'foreground' | 'detached';

/** What a session is, for programs. */
export function answerOf({ container, outcome }: Session, { root, project }: SessionOptions): object {
  return {
    schema: 1,
    project: project.name,
    outcome,
    container: composeName(root, project.name),
    image: container.image,
    notebook: labAddress(container) ?? null,
    ports: container.ports.filter(({ inside }) => inside !== LAB_PORT),
    services: project.settings.develop?.services ?? [],
    with: container.packages,
  };
}

/** What a session is, for people: where things are, how it ends, what to type next. */
export function describeSession(session: Session, options: SessionOptions, mode: Mode): string {
  const { project, packages } = options;
  const { container, outcome } = session;
  const lab = labAddress(container);
  const rows = [
    ...(lab ? [['JupyterLab', lab]] : []),
    ...container.ports
      .filter(({ inside }) => inside !== LAB_PORT)
      .map(({ inside, outside }) => [`Port ${inside}`, `http://127.0.0.1:${outside}`]),
    ...(project.settings.develop?.services ?? []).flatMap((name) =>
      Object.entries(SERVICE_TABLE[name].gives).map(([variable, value]) => [name, `${variable}=${value}`]),
    ),
    ...packages.map((name) => ['With', `packages/${name}, as it is in the working tree`]),
  ];
  const width = Math.max(...rows.map(([title = '']) => title.length), 0);
  const missing = packages.filter((name) => !container.packages.includes(name));
  return [
    ...(outcome === 'joined' ? [`Joined the container of ${project.name} that runs`] : []),
    ...rows.map(([title = '', text]) => `${title.padEnd(width)}  ${text}`),
    ...(missing.length
      ? [
          `JupyterLab was started without ${missing.join(', ')}: npx nx develop ${project.name} --fresh --with=${missing.join(',')}`,
        ]
      : []),
    ENDS[mode],
    '',
    'Next:',
    ...nextOf(options, mode).map((line) => `  ${line}`),
    '',
  ].join('\n');
}

const ENDS: Readonly<Record<Mode, string>> = {
  shell: 'Ctrl-D leaves this shell and ends the container; your files are on this machine',
  foreground: 'Ctrl-C ends the container; your files are on this machine',
  detached: 'It runs until it is stopped; your files are on this machine',
};

function nextOf({ project: { name, pipelines } }: SessionOptions, mode: Mode): string[] {
  const run = pipelines[0] && `python -m fabrica.pipelines run ${pipelines[0]}`;
  if (mode === 'shell') return ['pytest', ...(run ? [run] : [])];
  const join = `npx nx develop ${name}`;
  return mode === 'detached' ? [join, `npx nx run ${name}:stop`] : [join];
}

/** The command has told why itself. */
export function commandFailed(text: string, code: number): FabricaError {
  return new FabricaError('command-failed', `${text} ended with exit code ${code}`);
}
