import { existsSync, readdirSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { readDocument, stateFolder, writeDocument } from '../../support/files';
import { listProcesses, type ProcessRecord } from '../../support/processes';
import { stateOf } from '../compose';

const port = z.object({ inside: z.number(), outside: z.number() });

const record = z.object({
  schema: z.literal(1),
  project: z.string(),
  folder: z.string(),
  environment: z.string(),
  /** Of the job, and the label of its pod. */
  name: z.string(),
  /** Of the job: another one has other files. */
  uid: z.string(),
  /** When the cluster removes it. */
  until: z.string(),
  lab: z.boolean(),
  ports: z.array(port),
  /** What is synced, relative to the workspace. */
  folders: z.array(z.string()),
  packages: z.array(z.string()),
});

/** A pod that somebody works in from this workspace, as its processes know it. */
export type PodRecord = z.output<typeof record>;

/** A project in an environment. */
export interface Whose {
  readonly root: string;
  readonly project: string;
  readonly environment: string;
}

const CLUSTERS = 'clusters';

/** Where the state of a pod is. */
export function podState({ root, project, environment }: Whose, ...parts: string[]): string {
  return stateFolder(root, 'develop', project, CLUSTERS, environment, ...parts);
}

/** Where files say that they came through, relative to the workspace, here and in the pod. */
export function probeFolder({ project, environment }: Omit<Whose, 'root'>): string {
  return `${stateOf(project)}/${CLUSTERS}/${environment}/probes`;
}

export function readPodRecord(whose: Whose): PodRecord | undefined {
  return readDocument(podState(whose, 'pod.json'), record);
}

export function writePodRecord(whose: Whose, value: PodRecord): void {
  writeDocument(podState(whose, 'pod.json'), value, 0o600);
}

/** Forgets a pod that is gone: its record, and what a sync remembered of it. */
export function forgetPod(whose: Whose): void {
  rmSync(podState(whose), { recursive: true, force: true });
}

/** The pods of a project that are known here. */
export function podRecords(root: string, project: string): PodRecord[] {
  const folder = stateFolder(root, 'develop', project, CLUSTERS);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((environment) => readPodRecord({ root, project, environment }) ?? []);
}

/** The kind of process that has a project's pod open. */
export function sessionKind(environment: string): string {
  return `develop in ${environment}`;
}

const linkId = ({ project, environment }: Whose): string => `link-${project}-${environment}`;

/** By which the process that keeps files and ports of a pod in step is noted. */
export function linkNote(whose: Whose) {
  const log = podState(whose, 'link.log');
  return { id: linkId(whose), kind: `files and ports of ${whose.environment}`, project: whose.project, log };
}

/** That process, when it runs. */
export function linkProcess(whose: Whose): ProcessRecord | undefined {
  return listProcesses(whose.root, ({ id }) => id === linkId(whose))[0];
}

/** Where the link tells of what goes wrong, a line each, and how many of these somebody has been told. */
export function newsFiles(whose: Whose): { readonly news: string; readonly told: string } {
  return { news: podState(whose, 'news.jsonl'), told: podState(whose, 'news.told') };
}
