import { createInterface, type Interface } from 'node:readline/promises';
import { Cancelled, CreateError } from './errors';
import type { Given } from './flags';
import { checkAddress, checkImages, checkManager, checkName, checkProject, type Defaults } from './options';

interface Question {
  readonly key: keyof Given & string;
  readonly text: string;
  /** What an empty answer means: shown in brackets. */
  readonly otherwise?: string;
  /** What an empty answer means where that is no value. */
  readonly empty?: string;
  readonly check: (answer: string) => unknown;
}

function questions({ project, owner, manager }: Defaults): Question[] {
  const address = (flag: string) => (answer: string) => checkAddress(answer, flag, (url) => url);
  return [
    { key: 'folder', text: 'What is the workspace called?', otherwise: 'acme-science', check: checkName },
    { key: 'project', text: 'What is the first project called?', otherwise: project, check: checkProject },
    {
      key: 'owner',
      text: 'Which team or person answers for it?',
      otherwise: owner ?? 'science',
      check: (answer) => answer,
    },
    { key: 'package-manager', text: 'npm or pnpm?', otherwise: manager, check: checkManager },
    {
      key: 'npm-registry',
      text: 'The address of your npm registry?',
      empty: 'what npm is configured for',
      check: address('npm-registry'),
    },
    {
      key: 'pypi-index',
      text: 'The address of your private Python index?',
      empty: 'one that runs on this machine',
      check: address('pypi-index'),
    },
    { key: 'image-registry', text: 'Where are images pushed to?', empty: 'nowhere yet', check: checkImages },
  ];
}

/** Asks on the terminal for what the flags leave open; an answer that can't be is asked for again. */
export async function ask(given: Given, defaults: Defaults): Promise<Given> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const cancelled = new Promise<never>((_, failed) => {
    terminal.once('SIGINT', () => failed(new Cancelled('SIGINT')));
    terminal.once('close', () => failed(new Cancelled('SIGINT')));
  });
  cancelled.catch(() => undefined);
  try {
    const answers: Record<string, string> = {};
    for (const question of questions(defaults))
      if (given[question.key] === undefined)
        answers[question.key] = await Promise.race([answerTo(question, terminal), cancelled]);
    return { ...given, ...answers };
  } finally {
    terminal.close();
  }
}

async function answerTo(question: Question, terminal: Interface): Promise<string> {
  const { text, otherwise, empty, check } = question;
  const answer =
    (await terminal.question(`${text} (${otherwise ?? `empty: ${empty}`}) `)).trim() || otherwise || '';
  try {
    check(answer);
    return answer;
  } catch (error) {
    if (!(error instanceof CreateError)) throw error;
    process.stderr.write(`  ${error.message}\n`);
    return answerTo(question, terminal);
  }
}
