import { planOf } from '../testing/release';
import { dateParameter, datesOf } from './dates';

describe('datesOf', () => {
  it.each([
    [{ from: '2026-02-27', to: '2026-03-02' }, ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']],
    [{ from: '2026-01-01', to: '2026-01-15', every: 'week' }, ['2026-01-01', '2026-01-08', '2026-01-15']],
    [{ from: '2025-12-01', to: '2026-02-15', every: 'month' }, ['2025-12-01', '2026-01-01', '2026-02-01']],
    [{ from: '2026-01-01', to: '2026-01-01' }, ['2026-01-01']],
  ])('%j', (options, dates) => {
    expect(datesOf(options)).toEqual(dates);
  });

  it.each([
    [{ to: '2026-01-01' }, '--from is missing'],
    [{ from: '2026-06-31', to: '2026-07-01' }, '--from=2026-06-31 is no date'],
    [{ from: '2026-02-01', to: '2026-01-01' }, '--from=2026-02-01 is after --to=2026-01-01'],
    [{ from: '2026-01-31', to: '2026-05-01', every: 'month' }, 'not every month has a day 31'],
    [{ from: '2026-01-01', to: '2026-01-02', every: 'hour' }, '--every=hour is none of day, week, month'],
    [{ from: '1900-01-01', to: '2026-01-02' }, 'are more than 5000'],
  ])('refuses %j', (options, message) => {
    expect(() => datesOf(options)).toThrow(message);
  });
});

describe('dateParameter', () => {
  const parameter = (type: string) => ({ ...planOf().parameters.depth, type });
  const planWith = (types: Record<string, string>) =>
    planOf({
      parameters: Object.fromEntries(
        Object.entries(types).map(([name, type]) => [name, parameter(type)]),
      ) as never,
    });

  it('is the only one that is a date, or the one that is named', () => {
    expect(dateParameter(planWith({ day: 'date', depth: 'int' }), undefined)).toBe('day');
    expect(dateParameter(planWith({ day: 'str' }), 'day')).toBe('day');
  });

  it.each([
    [{ depth: 'int' }, undefined, 'has no parameter that is a date'],
    [{ day: 'date', until: 'datetime' }, undefined, 'has several dates: day, until'],
    [{ day: 'date' }, 'dya', 'has no parameter dya'],
  ])('refuses %j', (types, named, message) => {
    expect(() => dateParameter(planWith(types), named)).toThrow(message);
  });
});
