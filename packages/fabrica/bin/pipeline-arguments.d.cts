interface Override {
  readonly option: string;
  readonly value: string;
  readonly place: string;
}

export function elsewhere(
  command: readonly string[],
): { readonly verb: string; readonly words: readonly string[] } | undefined;
export function overrideWords(overrides: readonly Override[]): string[];
export function pipelineArguments(
  command: readonly string[],
  folder: string,
): { command: string[]; env: Record<string, string> };
export function pipelinesOf(folder: string): string[];
export function placesEnvironment(overrides: readonly Override[]): Record<string, string>;
