import { join } from 'node:path';
import { findPython } from '../../../python/interpreter';
import { FabricaError } from '../../../support/errors';
import { runOrFail } from '../../../support/processes';

/** An argument of `setup()`; null is what can't be told without running it, `{ file }` the lines of a file. */
export interface Argument {
  readonly line: number;
  readonly value: unknown;
}

type Ini = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What Python reads of a project, and JavaScript has no reader for. */
export interface PythonFacts {
  readonly setup: Readonly<Record<string, Argument>>;
  readonly ini: Readonly<Record<string, Ini>>;
  /** Files of the project that aren't Python 3. */
  readonly broken: readonly { readonly file: string; readonly line?: number; readonly message: string }[];
}

/**
 * Reads setup.py, setup.cfg, tox.ini and pytest.ini in a Python process, as data: nothing of the project is run.
 *
 * @param sources Python files to look through for mistakes
 * @throws FabricaError `no-python`, `old-python`, `bad-setup` with the line
 */
export async function readPythonFacts(folder: string, sources: readonly string[]): Promise<PythonFacts> {
  const python = await findPython();
  const script = join(__dirname, 'read_setup.py');
  const { stdout } = await runOrFail(python.path, ['-I', '-S', '-W', 'ignore', script, folder], {
    input: JSON.stringify(sources),
    failure: { code: 'bad-setup', message: 'setup.py and setup.cfg cannot be read' },
  });
  const { problem, ...facts } = JSON.parse(stdout) as PythonFacts & {
    problem: { file: string; line?: number; message: string } | null;
  };
  if (!problem) return facts;
  const { file, line, message } = problem;
  throw new FabricaError('bad-setup', message, { place: { file, line }, hint: `correct ${file} there` });
}

/** The settings of pytest in pytest.ini, tox.ini or setup.cfg. */
export function readPytest({
  ini,
}: PythonFacts): { file: string; settings: Record<string, string> } | undefined {
  const places = [
    ['pytest.ini', 'pytest'],
    ['tox.ini', 'pytest'],
    ['setup.cfg', 'tool:pytest'],
  ] as const;
  const [file, section] = places.find(([name, part]) => ini[name]?.[part]) ?? [];
  return file && section ? { file, settings: { ...ini[file]?.[section] } } : undefined;
}
