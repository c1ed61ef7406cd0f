import type { TargetConfiguration } from '@nx/devkit';

/** How the plugin's own commands begin: `node …/env.cjs projects/churn -- pytest`. */
const IN_ENVIRONMENT = /^node \S*env\.cjs \S+ -- (.+)$/;
const WORD = /"([^"]*)"|'([^']*)'|(\S+)/g;

/**
 * The words of the command that a target `test` runs in the project's environment. Undefined where it is something
 * else, which can't be run in a copy: a script of the project's own, several commands, what only a shell understands.
 *
 * @example
 * testWords({ command: 'node bin/env.cjs projects/churn -- pytest -m "not slow"' }); // ['pytest', '-m', 'not slow']
 */
export function testWords(target: TargetConfiguration | undefined): string[] | undefined {
  if (!target) return ['pytest'];
  const command: unknown = target.command ?? (target.options as { command?: unknown } | undefined)?.command;
  const [, words] = (typeof command === 'string' && IN_ENVIRONMENT.exec(command)) || [];
  if (words === undefined || /[`$&|;<>\\]| -- /.test(words)) return undefined;
  return [...words.matchAll(WORD)].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}
