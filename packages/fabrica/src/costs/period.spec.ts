import { isIn, periodOf } from './period';

const NOW = new Date('2026-11-22T08:15:02.123Z');

it.each([
  [undefined, '2026-11-01T00:00:00Z'],
  ['2026-10-31', '2026-10-31T00:00:00Z'],
  ['7d', '2026-11-15T08:15:02Z'],
  ['2w', '2026-11-08T08:15:02Z'],
  ['12h', '2026-11-21T20:15:02Z'],
])('begins with --since=%s', (since, wanted) => {
  expect(periodOf(since, undefined, NOW)).toEqual({ since: wanted, until: undefined });
});

it('has the day of --until in it', () => {
  const period = periodOf('2026-11-01', '2026-11-30', NOW);
  expect(period.until).toBe('2026-12-01T00:00:00Z');
  expect(isIn(period, '2026-11-30T23:59:59.999Z')).toBe(true);
  expect(isIn(period, '2026-12-01T00:00:00.000Z')).toBe(false);
  expect(isIn(period, '2026-11-01T00:00:00.004Z')).toBe(true);
  expect(isIn(period, '2026-10-31T23:59:59.999Z')).toBe(false);
});

it.each(['yesterday', '2026-02-30', '2026-13-01', '7', '-7d', ''])('refuses --since=%s', (since) => {
  expect(() => periodOf(since, undefined, NOW)).toThrow(`--since=${since} is no time`);
});
