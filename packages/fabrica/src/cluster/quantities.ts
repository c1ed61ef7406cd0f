const UNITS: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** CPUs as Kubernetes writes them: `2`, `500m`. */
export function cpuQuantity(cpu: number | string): string {
  const thousandths = Math.max(1, Math.ceil(cpus(cpu) * 1000 - 1e-6));
  return thousandths % 1000 ? `${thousandths}m` : String(thousandths / 1000);
}

/** Memory as Kubernetes writes it: `2Gi`. */
export function memoryQuantity(memory: string): string {
  return memory.replace(/K$/, 'k');
}

/** A number of CPUs: of `500m`, 0.5. */
export function cpus(cpu: number | string): number {
  const text = String(cpu);
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text);
}

/** Bytes of an amount of memory. */
export function bytes(memory: string): number {
  const [, number, unit] = /^([\d.]+)(\w*)$/.exec(memoryQuantity(memory)) ?? [];
  return Number(number) * (UNITS[unit ?? ''] ?? NaN);
}

/** Seconds of `90s`, `30m`, `2h`, `1d` or a number of seconds. */
export function seconds(duration: number | string): number {
  const [, number, unit] = /^([\d.]+)([smhd]?)$/.exec(String(duration)) ?? [];
  return Number(number) * (SECONDS[unit || 's'] ?? NaN);
}
