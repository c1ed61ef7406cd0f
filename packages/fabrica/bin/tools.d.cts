export function pins(name: string): string;
export function toolHome(root: string, name: string): string;
