import { BESIDE, findConflicts } from '../workspace';
import type { Finding } from './findings';

/** What a merge or an update left for a person to decide: it is refused until somebody does. */
export function conflicts(root: string, folder: string): Finding[] {
  return findConflicts(root, folder).map(({ file, line }) => ({
    rule: 'conflict',
    file,
    line,
    ...(file.endsWith(BESIDE) ? laidBeside(file) : halfMerged(file)),
  }));
}

function halfMerged(file: string): Pick<Finding, 'message' | 'hint'> {
  return {
    message: 'a merge stopped here, and both versions are in the file',
    hint: `choose between the lines from <<<<<<< to >>>>>>>, take the markers out, then git add ${file}`,
  };
}

function laidBeside(file: string): Pick<Finding, 'message' | 'hint'> {
  const own = file.slice(0, -BESIDE.length);
  return {
    message: `an update laid its version beside ${own}`,
    hint: `solve it in ${file}, then mv ${file} ${own}; or take what you want of it into ${own}, then rm ${file}`,
  };
}
