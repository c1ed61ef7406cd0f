import { followLog, lastLogLines, type LogLine, type Part } from '../../cluster/deploys/logs';
import { FabricaError } from '../../support/errors';
import { asDocument, readable } from '../../support/log-line';
import { readEnvironment, readProject, type Project } from '../../workspace';
import type { Command } from '../command';
import type { LogsOptions } from './executor';

/** Shows what the pods of a project's service, or of its app, wrote in a cluster. */
export async function clusterLogs(command: Command, options: LogsOptions, lines: number): Promise<void> {
  const { root, folder, signal } = command;
  const environment = readEnvironment(root, options.environment);
  const project = readProject(root, folder);
  const target = { ...command, project, environment };
  const part = partOf(project, options.part);
  for (const line of await lastLogLines(target, part, lines)) show(line, options);
  if (options.follow) await followLog(target, part, (line) => show(line, options));
  signal.throwIfAborted();
}

function partOf({ name, service, app }: Project, wanted?: Part): Part {
  const part = wanted ?? (service || !app ? 'service' : 'app');
  if (part === 'service' ? service : app) return part;
  throw new FabricaError('no-part', `${name} has no ${part}`, { hint: `npx nx run ${name}:status` });
}

function show({ pod, ended, text }: LogLine, { json }: LogsOptions): void {
  if (!text) return;
  // The end of a pod's name tells it from the others of its Deployment.
  const who = `${pod.split('-').at(-1)}${ended ? ' (ended)' : ''}`;
  const line = json
    ? JSON.stringify({ pod, ...(JSON.parse(asDocument(text)) as object) })
    : readable(text).replace(/^/gm, `${who}  `);
  process.stdout.write(`${line}\n`);
}
