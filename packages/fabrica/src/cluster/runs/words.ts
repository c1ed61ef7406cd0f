import { FabricaError } from '../../support/errors';

const FLAGS = ['follow', 'cancel', 'detach', 'json'] as const;
const TEXTS = [
  'pipeline',
  'environment',
  'run',
  'image',
  'from',
  'to',
  'every',
  'parameter',
  'parallel',
] as const;
/** Passed on to the runner, which knows what they mean. */
const TYPED = ['set', 'settings', 'each'];

/** What a person typed after `nx run p:run`, `p:resume` or `p:backfill`. */
export type Words = { readonly [name in (typeof FLAGS)[number]]: boolean } & {
  readonly [name in (typeof TEXTS)[number]]?: string;
} & {
  /** Parameters and values, as the runner reads them: `--set depth=4 --each borough=Queens`. */
  readonly typed: readonly string[];
};

/** Options of a run on this machine that mean nothing in a cluster, and what does there. */
const LOCAL: Readonly<Record<string, string>> = {
  jobs: 'parallelism of the pipeline in fabrica.yaml says how many pods run at once',
  isolate: 'leave it out: every step has a pod of its own',
  'no-cache': 'cache=False on the step; or a run on this machine, without --environment',
  resources: 'resources of the pipeline in fabrica.yaml',
  resume: 'the target resume in the place of run, with --run=ID',
};

/**
 * Reads the words after a command. One that begins with `--` and is no option is a parameter, as for the runner.
 *
 * @throws FabricaError `bad-option`
 */
export function readWords(words: readonly string[]): Words {
  const flags = new Set<string>();
  const texts: Record<string, string> = {};
  const typed: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (!word.startsWith('--')) {
      if (texts.pipeline !== undefined)
        throw bad(`${word} is one word too many`, 'parameters are written --set NAME=VALUE');
      texts.pipeline = word;
      continue;
    }
    const [, name = '', stated] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (LOCAL[name]) throw bad(`--${name} is for a run on this machine`, LOCAL[name]);
    if (isOne(FLAGS, name)) {
      flags.add(name);
      continue;
    }
    const value = stated ?? words[++index];
    if (value === undefined) throw bad(`--${name} has no value`, `--${name}=VALUE`);
    if (name === 'overrides') continue; // the environment's own are read from fabrica.yaml
    if (isOne(TEXTS, name)) texts[name] = value;
    else if (isOne(TYPED, name)) typed.push(`--${name}`, value);
    else typed.push('--set', `${name.replaceAll('-', '_')}=${value}`);
  }
  const said = Object.fromEntries(FLAGS.map((name) => [name, flags.has(name)]));
  return { ...texts, ...said, typed } as unknown as Words;
}

function isOne(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function bad(message: string, hint: string): FabricaError {
  return new FabricaError('bad-option', message, { hint });
}
