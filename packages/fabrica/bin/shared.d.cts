/** A process that Fabrica started, as `.fabrica/processes/<id>.json` notes it. */
export interface ProcessRecord {
  readonly schema: 1;
  readonly id: string;
  readonly pid: number;
  /** When it started, as the operating system says it: a reused pid has another. */
  readonly identity: string;
  /** `registry-pypi`, `registry-npm`, `deploy`, `service`, `serve`, `notebook`, `run` or `task`. */
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

/** What an environment (`.venv`) says of itself, in the file `STAMP`. */
export interface EnvironmentStamp {
  readonly schema: 2;
  /** Where it was made: absolute, links followed. */
  readonly folder: string;
  /** The packages that are installed into it as they are on disk, relative to the folder. */
  readonly siblings: readonly string[];
  /** A digest of what it was made from; missing while it is being made. */
  readonly inputs: string | undefined;
  /** What FABRICA_PYTHON said. */
  readonly requested: string | null;
}

export const STAMP: string;
/** A mistake of the person's that this plain JavaScript finds. */
export class Mistake extends Error {
  readonly code: string;
  readonly hint: string;
}
/** FABRICA_ENVIRONMENT names an environment that nx.json doesn't have. */
export class UnknownEnvironment extends Mistake {}
export function commandEnvironment(root: string, folder: string, env?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function environmentName(env?: NodeJS.ProcessEnv): string;
export function environmentStamp(
  folder: string,
  options?: { readonly siblings?: readonly string[]; readonly env?: NodeJS.ProcessEnv },
): EnvironmentStamp;
export function findRoot(start: string): string | undefined;
export function forgetProcess(root: string, record: Pick<ProcessRecord, 'id' | 'pid' | 'identity'>): void;
export function hideSecrets(text: string): string;
export function inStep(folder: string, env?: NodeJS.ProcessEnv): boolean;
export function processFolder(root: string): string;
export function processIdentity(pid: number): string | undefined;
export function programs(folder: string): string;
export function pythonOf(folder: string): string;
export function readStamp(folder: string): Partial<EnvironmentStamp> | undefined;
export function registerProcess(root: string, process: NewProcess): ProcessRecord | undefined;
export function runEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
export function withoutComments(text: string): string;
export function writeAtomically(file: string, text: string, mode?: number): void;
