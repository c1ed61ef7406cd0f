export function hasOutputs(text: string): boolean;
export function isStripped(text: string): boolean;
