import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '../../layout/list-files';

/** Tests that one pod runs one after the other before a second one is worth its start. */
const PER_SHARD = 200;
/** Each pod collects all tests: what more of them would win goes there. */
const MOST = 8;

/**
 * Among how many pods the tests of a project are divided when nobody says it. Tests are counted as they are written: one
 * that runs for ten sets of parameters is one, since its file is read here and not imported.
 *
 * @param at the project's folder
 */
export function defaultShards(at: string): number {
  return shardsFor(testFiles(at).reduce((sum, file) => sum + testsIn(readFileSync(file, 'utf8')), 0));
}

/** Among how many pods so many tests are divided. */
export function shardsFor(tests: number): number {
  return Math.min(MOST, Math.max(1, Math.ceil(tests / PER_SHARD)));
}

/** How many tests a file defines. */
export function testsIn(source: string): number {
  return source.match(/^[ \t]*(async[ \t]+)?def[ \t]+test\w*/gm)?.length ?? 0;
}

function testFiles(at: string): string[] {
  const isTest = (file: string): boolean => /^tests\/(.*\/)?(test_[^/]*|[^/]*_test)\.py$/.test(file);
  return listFiles(at)
    .map((file) => file.replaceAll('\\', '/'))
    .filter(isTest)
    .map((file) => join(at, file));
}
