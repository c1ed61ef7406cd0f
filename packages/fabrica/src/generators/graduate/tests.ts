import type { SourceFile } from '../shared/sources';
import type { Moving } from './moving';
import { importsIn, staying } from './needs';

/**
 * The tests that go with the modules: they import them, and nothing else of the project. One that may use what the
 * project's tests share, or reads files by their place, stays; its imports are rewritten.
 */
export function testsOf(moving: Moving): SourceFile[] {
  const { files } = moving;
  if (files.some(({ path }) => path.split('/').at(-1) === 'conftest.py')) return [];
  return files.filter((file) => /^tests\/test_\w+\.py$/.test(file.path) && testsOnly(file, moving));
}

function testsOnly(file: SourceFile, moving: Moving): boolean {
  const needed = importsIn([file]);
  const own = needed.filter(({ names }) => names.some((name) => name.split('.')[0] === moving.root));
  return (
    own.length > 0 &&
    staying(needed, moving).length === 0 &&
    !needed.some(({ names }) => names.some((name) => name.startsWith('tests'))) &&
    !['__file__', 'open(', 'data/'].some((trace) => file.content.includes(trace))
  );
}
