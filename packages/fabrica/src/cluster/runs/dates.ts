import { FabricaError } from '../../support/errors';
import type { Plan } from '../plan';

const STEPS: Readonly<Record<string, (date: Date) => void>> = {
  day: (date) => date.setUTCDate(date.getUTCDate() + 1),
  week: (date) => date.setUTCDate(date.getUTCDate() + 7),
  month: (date) => date.setUTCMonth(date.getUTCMonth() + 1),
};
const MOST = 5_000;

export interface DatesOptions {
  readonly from?: string;
  readonly to?: string;
  /** `day`, `week` or `month`. */
  readonly every?: string;
}

/**
 * The dates from one to another, both of them included.
 *
 * @throws FabricaError `bad-dates`
 * @example
 * datesOf({ from: '2026-01-01', to: '2026-03-01', every: 'month' }); // 2026-01-01, 2026-02-01, 2026-03-01
 */
export function datesOf({ from, to, every = 'day' }: DatesOptions): string[] {
  const next = STEPS[every];
  if (!next) throw bad(`--every=${every} is none of ${Object.keys(STEPS).join(', ')}`, '--every=day');
  const [first, last] = [dateOf('from', from), dateOf('to', to)];
  if (first > last) throw bad(`--from=${from} is after --to=${to}`, `--from=${to} --to=${from}`);
  if (every === 'month' && first.getUTCDate() > 28)
    throw bad(`not every month has a day ${first.getUTCDate()}`, '--from with a day that every month has');
  const dates: string[] = [];
  for (const date = first; date <= last; next(date)) dates.push(date.toISOString().slice(0, 10));
  if (dates.length > MOST) throw bad(`${dates.length} runs are more than ${MOST}`, '--every=month, or fewer');
  return dates;
}

function dateOf(name: string, text: string | undefined): Date {
  const date = new Date(`${text}T00:00:00Z`);
  // The 31st of June would be the 1st of July.
  if (
    /^\d{4}-\d\d-\d\d$/.test(text ?? '') &&
    !Number.isNaN(+date) &&
    date.toISOString().startsWith(text as string)
  )
    return date;
  throw bad(
    text === undefined ? `--${name} is missing` : `--${name}=${text} is no date`,
    `--${name}=2026-01-31`,
  );
}

/**
 * The parameter of a pipeline that gets the date.
 *
 * @throws FabricaError `bad-dates`
 */
export function dateParameter({ pipeline, parameters, each }: Plan, named: string | undefined): string {
  const own = Object.entries(parameters).filter(([name]) => name !== each?.parameter);
  if (named !== undefined) {
    if (own.some(([name]) => name === named)) return named;
    throw bad(
      `pipeline ${pipeline} has no parameter ${named}`,
      `one of ${own.map(([name]) => name).join(', ') || '(it has none)'}`,
    );
  }
  const dates = own.filter(([, { type }]) => /\bdate(time)?\b/.test(type)).map(([name]) => name);
  const [only, another] = dates;
  if (only !== undefined && another === undefined) return only;
  throw bad(
    only === undefined
      ? `pipeline ${pipeline} has no parameter that is a date: each run would do the same`
      : `pipeline ${pipeline} has several dates: ${dates.join(', ')}`,
    only === undefined
      ? 'give a step one, such as day: date; or name another: --parameter=NAME'
      : `--parameter=${only}`,
  );
}

function bad(message: string, hint: string): FabricaError {
  return new FabricaError('bad-dates', message, { hint });
}
