export const GRACE: number;
export function findProcesses(words: readonly string[]): number[];
export function stopGroup(group: number, grace?: number): Promise<void>;
export function stopTree(pid: number | undefined, first?: NodeJS.Signals, grace?: number): Promise<void>;
