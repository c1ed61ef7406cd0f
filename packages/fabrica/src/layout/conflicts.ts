import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './findings';

/** Larger files are data that nobody merges by lines; reading them would take longer than all other checks. */
const LARGEST = 16 * 1024 * 1024;

const MARKERS = ['<<<<<<< ', '=======', '>>>>>>> '];

/** Files with the markers of a merge that wasn't finished: each is refused until somebody decides. */
export function conflicts(root: string, paths: readonly string[]): Finding[] {
  return paths.flatMap((file) => {
    const line = lineOfConflict(join(root, file));
    return line === undefined ? [] : [unsolved(file, line)];
  });
}

function unsolved(file: string, line: number): Finding {
  return {
    rule: 'conflict',
    file,
    line,
    message: 'a merge stopped here, and both versions are in the file',
    hint: `choose between the lines from <<<<<<< to >>>>>>>, take the markers out, then git add ${file}`,
  };
}

/** Only all three markers, in this order, are a conflict: a text may have a line of equals signs. */
function lineOfConflict(file: string): number | undefined {
  if (statSync(file).size > LARGEST || isBinary(file)) return undefined;
  const text = readFileSync(file, 'latin1');
  const places: number[] = [];
  for (const marker of MARKERS) {
    const place = placeOf(text, marker, places.at(-1) ?? 0);
    if (place < 0) return undefined;
    places.push(place);
  }
  return text.slice(0, places[0]).split('\n').length;
}

/** Where a line begins with a marker; -1 when none does. */
function placeOf(text: string, marker: string, from: number): number {
  if (text.startsWith(marker, from) && (from === 0 || text[from - 1] === '\n')) return from;
  const found = text.indexOf(`\n${marker}`, from);
  return found < 0 ? -1 : found + 1;
}

/** As git tells: a zero byte in the first 8000. */
function isBinary(file: string): boolean {
  const start = Buffer.alloc(8000);
  const handle = openSync(file, 'r');
  try {
    return start.subarray(0, readSync(handle, start)).includes(0);
  } finally {
    closeSync(handle);
  }
}
