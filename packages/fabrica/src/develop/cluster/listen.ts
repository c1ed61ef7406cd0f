import { appendFileSync, writeFileSync } from 'node:fs';
import { newsFiles, podState, type Whose } from './record';
import { newsIn, type Trouble } from './unison';

/** Writes down what Unison tells of: all of it in the log, troubles and probes for those who want to know. */
export function listener(whose: Whose, probes: string, restore: () => void): (line: string) => void {
  let through: string[] = [];
  let deleted = false;
  const failed = new Set<string>();
  const note = (trouble: Trouble): void =>
    appendFileSync(newsFiles(whose).news, `${JSON.stringify(trouble)}\n`);
  return (line) => {
    say(line);
    const news = newsIn(line, probes);
    if (news?.kind === 'conflict') note(news);
    if (news?.kind === 'deleted') deleted = true;
    if (news?.kind === 'through') through.push(news.probe);
    // It is tried again each second.
    if (news?.kind === 'failure' && !failed.has(news.path)) note(news);
    if (news?.kind === 'failure') failed.add(news.path);
    if (news?.kind !== 'complete') return;
    if (deleted) restore();
    deleted = false;
    for (const probe of through) writeFileSync(podState(whose, 'through', probe), '');
    through = [];
  };
}

/** Into the log. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
