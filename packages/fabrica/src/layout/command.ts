import { reportError } from '../support/errors';
import { checkProject, checkWorkspaceFiles } from './check';
import { fails, toJson, toText } from './findings';

/**
 * `nx run p:layout`: says what is not where or as it should be. Answers the exit code: 1 when there is an error;
 * warnings alone are 0.
 *
 * @param folder relative to the workspace; `.` for the workspace's own files
 */
export function layoutCommand(root: string, folder: string, args: readonly string[]): number {
  try {
    const findings = folder === '.' ? checkWorkspaceFiles(root) : checkProject(root, folder);
    if (args.includes('--json')) console.log(toJson(folder, findings));
    else
      console.log(
        findings.length ? toText(findings) : `${folder === '.' ? 'the workspace' : folder} is in order`,
      );
    return fails(findings) ? 1 : 0;
  } catch (error) {
    reportError(error, { from: root, verbose: args.includes('--verbose') });
    return 1;
  }
}
