export function pipelineArguments(command: readonly string[], folder: string): string[];
export function pipelinesOf(folder: string): string[];
