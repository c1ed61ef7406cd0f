import { FabricaError } from '../support/errors';

/** From a moment on, and before another; both as RFC 3339 in UTC. */
export interface Period {
  readonly since: string;
  readonly until: string | undefined;
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const BACK = /^(\d+)([dwh])$/;
const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24, w: 168 };

/**
 * The period that a person asks for: `--since=2026-11-01`, a day; `--since=7d`, for so long until now. The day of
 * `--until` is in it. Without any of them it is this month.
 *
 * @throws FabricaError `bad-option`
 */
export function periodOf(since: string | undefined, until: string | undefined, now = new Date()): Period {
  return {
    since: since === undefined ? monthOf(now) : momentOf('since', since, now),
    until: until === undefined ? undefined : momentOf('until', until, now, 24),
  };
}

/** When the month of a moment began. */
export function monthOf(now: Date): string {
  return text(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())));
}

function momentOf(option: string, said: string, now: Date, more = 0): string {
  const [, number, unit = ''] = BACK.exec(said) ?? [];
  if (number !== undefined) return text(later(now, -Number(number) * (HOURS[unit] ?? 0)));
  const day = new Date(`${said}T00:00:00Z`);
  // JavaScript takes 30 February for 2 March.
  if (DAY.test(said) && !Number.isNaN(day.getTime()) && text(day).startsWith(said))
    return text(later(day, more));
  throw new FabricaError('bad-option', `--${option}=${said} is no time`, {
    hint: `--${option}=2026-11-01, or --${option}=7d for seven days until now`,
  });
}

function later(moment: Date, hours: number): Date {
  return new Date(moment.getTime() + hours * 3_600_000);
}

function text(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

/** Whether a moment is in a period; both to the second. */
export function isIn({ since, until }: Period, moment: string): boolean {
  const second = `${moment.slice(0, 19)}Z`;
  return second >= since && (until === undefined || second < until);
}
