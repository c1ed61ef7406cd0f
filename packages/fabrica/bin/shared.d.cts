/** A process that Fabrica started, as `.fabrica/processes/<id>.json` notes it. */
export interface ProcessRecord {
  readonly schema: 1;
  readonly id: string;
  readonly pid: number;
  /** When it started, as the operating system says it: a reused pid has another. */
  readonly identity: string;
  /** `registry-pypi`, `registry-npm`, `deploy`, `service`, `serve`, `run` or `task`. */
  readonly kind: string;
  readonly project: string | null;
  /** Program and arguments, secrets hidden. */
  readonly command: readonly string[];
  readonly address: string | null;
  readonly log: string | null;
  readonly startedAt: string;
}

export type NewProcess = Pick<ProcessRecord, 'pid' | 'kind' | 'command'> &
  Partial<Pick<ProcessRecord, 'id' | 'project' | 'address' | 'log'>>;

export const STAMP: string;
/** FABRICA_ENVIRONMENT names an environment that nx.json doesn't have. */
export class UnknownEnvironment extends Error {
  readonly hint: string;
}
export function commandEnvironment(root: string, folder: string, env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function environmentInputs(folder: string): string | undefined;
export function environmentName(env?: NodeJS.ProcessEnv): string;
export function findRoot(start: string): string | undefined;
export function forgetProcess(root: string, record: Pick<ProcessRecord, 'id' | 'pid' | 'identity'>): void;
export function hideSecrets(text: string): string;
export function inStep(folder: string): boolean;
export function processFolder(root: string): string;
export function processIdentity(pid: number): string | undefined;
export function programs(folder: string): string;
export function pythonOf(folder: string): string;
export function registerProcess(root: string, process: NewProcess): ProcessRecord | undefined;
export function runEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function withoutComments(text: string): string;
export function writeAtomically(file: string, text: string, mode?: number): void;
