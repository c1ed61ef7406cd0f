import { FabricaError } from '../../support/errors';

/** What a person typed after `nx run p:test --environment=staging`. */
export interface TestWords {
  readonly environment?: string;
  /** Pods that the tests are divided among; by their number where nobody says it. */
  readonly shards?: number;
  readonly json: boolean;
  /** Where the report goes, beside where it always goes; pytest's own option. */
  readonly junit?: string;
  /** For pytest. */
  readonly args: readonly string[];
}

const OWN = /^--(environment|shards|junit-?xml)(?:=(.*))?$/s;

/**
 * Reads the words after the command: what is not ours is pytest's, in its order.
 *
 * @throws FabricaError `bad-option`
 */
export function readTestWords(words: readonly string[]): TestWords {
  const own: Record<string, string> = {};
  const args: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const [, name, stated] = OWN.exec(word) ?? [];
    if (name === undefined) {
      if (word !== '--json') args.push(word);
      continue;
    }
    const value = stated ?? words[++index];
    if (!value) throw bad(`--${name} has no value`, `--${name}=${name === 'shards' ? '4' : 'VALUE'}`);
    own[name.replace('-', '')] = value;
  }
  return {
    environment: own.environment,
    ...(own.shards === undefined ? {} : { shards: numberOf(own.shards) }),
    json: words.includes('--json'),
    junit: own.junitxml,
    args,
  };
}

function numberOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_SHARDS) return count;
  throw bad(`--shards=${text} is no number of pods`, `a number from 1 to ${MOST_SHARDS}: --shards=4`);
}

/** More would wait for each other, and each collects all tests. */
const MOST_SHARDS = 50;

function bad(message: string, hint: string): FabricaError {
  return new FabricaError('bad-option', message, { hint });
}
