import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandEnvironment, programs } from '../../bin/shared.cjs';
import { readIfThere } from '../support/files';
import { run } from '../support/processes';
import { readReport, REPORT_OPTIONS, type TestReport } from './junit';

/** How the tests of a project ended. */
export interface TestRun extends TestReport {
  readonly code: number;
  /** The last line that was printed: pytest's summary, or why there is none. */
  readonly said: string;
}

export interface RunTestsOptions {
  /** A file that gets all that was printed. */
  readonly log: string;
  readonly signal?: AbortSignal;
}

const REPORT = '.fabrica-tests.xml';

/**
 * Runs the tests of a project, as `nx test` does, in the copy and its environment.
 *
 * @param folder the copy, relative to the workspace
 * @param command such as `['pytest']`
 */
export async function runTests(
  root: string,
  folder: string,
  [program = 'pytest', ...args]: readonly string[],
  { log, signal }: RunTestsOptions,
): Promise<TestRun> {
  const at = join(root, folder);
  const own = join(programs(at), program);
  const env = commandEnvironment(root, at);
  // By a variable, since the command may be a script that starts pytest.
  const options = ['--junitxml', REPORT, ...REPORT_OPTIONS].join(' ');
  const { code, stdout, stderr } = await run(existsSync(own) ? own : program, args, {
    cwd: at,
    signal,
    env: { ...env, PYTEST_ADDOPTS: [env.PYTEST_ADDOPTS, options].filter(Boolean).join(' ') },
    register: { root, kind: 'task', project: basename(folder) },
  });
  writeFileSync(log, `${stdout}${stderr}`);
  const report = readReport(readIfThere(join(at, REPORT)) ?? '');
  const said =
    (stderr.trim() || stdout.trim())
      .split('\n')
      .at(-1)
      ?.replaceAll(/^=+ | =+$/g, '') ?? '';
  return { ...report, code, said };
}
