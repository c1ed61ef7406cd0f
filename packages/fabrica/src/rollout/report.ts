import { colour } from '../support/colour';
import type { FailedTest } from './junit';
import type { Outcome, Trial } from './trial';

/** As many tests as a screen has room for; the log has the others. */
const SHOWN = 10;

const WORDS: Readonly<Record<Outcome, string>> = {
  passes: 'passes',
  breaks: 'breaks',
  'failed-before': 'fails without it, too',
  'not-allowed': 'does not allow it',
  untested: 'could not be tested',
};

/** `churn passes (12 tests)`, `churn breaks (1 of 12 tests)`; what it breaks on, or why there is no answer, on lines of its own. */
export function trialText({ user, outcome, tests, failed, reason, changes, log }: Trial): string {
  const of = failed.length ? `${failed.length} of ` : '';
  const count = tests ? ` (${of}${tests} ${tests === 1 ? 'test' : 'tests'})` : '';
  const others = changes.filter(({ to }) => to !== undefined).map(({ name, to }) => `${name} ${to}`);
  const moved = outcome === 'passes' && others.length ? `, with ${others.join(', ')}` : '';
  const details = failed.length
    ? failedLines(failed)
    : reason && outcome !== 'passes'
      ? reason.split('\n')
      : [];
  return [
    `${mark(outcome)} ${colour('bold', user.name)} ${WORDS[outcome]}${count}${moved}`,
    ...details.map((line) => `    ${line}`),
    ...(log && outcome === 'breaks' ? [`    all that was printed: ${log}`] : []),
  ].join('\n');
}

function mark(outcome: Outcome): string {
  if (outcome === 'passes') return colour('green', '✓');
  return isProblem(outcome) ? colour('red', '✗') : colour('yellow', '-');
}

function failedLines(failed: readonly FailedTest[]): string[] {
  const shown = failed.slice(0, SHOWN).map(({ test, message }) => (message ? `${test}: ${message}` : test));
  return failed.length > SHOWN ? [...shown, `and ${failed.length - SHOWN} more`] : shown;
}

/** What must not be released, or was not moved, without a look at it. */
export function isProblem(outcome: Outcome): boolean {
  return outcome === 'breaks' || outcome === 'untested';
}

/** `✗ Tests  3 of 5 pass; churn breaks; trips, rides do not allow it`; no tick where nobody's tests pass. */
export function summaryText(trials: readonly Trial[]): string {
  const outcomes = trials.map(({ outcome }) => outcome);
  const worst = outcomes.find(isProblem) ?? (outcomes.includes('passes') ? 'passes' : outcomes[0]);
  return `${mark(worst ?? 'passes')} ${colour('bold', 'Tests')}  ${counts(trials)}`;
}

function counts(trials: readonly Trial[]): string {
  const count = (outcome: Outcome) => trials.filter((trial) => trial.outcome === outcome).length;
  const counted = (Object.keys(WORDS) as Outcome[])
    .filter((outcome) => outcome === 'passes' || count(outcome))
    .map((outcome) =>
      outcome === 'passes'
        ? `${count(outcome)} of ${trials.length} ${count(outcome) === 1 ? 'passes' : 'pass'}`
        : `${names(trials, outcome)} ${count(outcome) === 1 ? WORDS[outcome] : PLURALS[outcome]}`,
    );
  return counted.join('; ');
}

const PLURALS: Readonly<Record<Outcome, string>> = {
  ...WORDS,
  breaks: 'break',
  'failed-before': 'fail without it, too',
  'not-allowed': 'do not allow it',
};

function names(trials: readonly Trial[], outcome: Outcome): string {
  return trials
    .filter((trial) => trial.outcome === outcome)
    .map(({ user }) => user.name)
    .join(', ');
}

/** What tools read of a trial. */
export function trialDocument({ user, outcome, tests, failed, reason, changes, log }: Trial): object {
  const { name, folder, owner, production, development } = user;
  return {
    project: name,
    folder,
    owner,
    production,
    development,
    outcome,
    tests,
    failed,
    reason,
    changes,
    log,
  };
}
