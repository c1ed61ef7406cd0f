import { existsSync } from 'node:fs';
import { z } from 'zod';
import { pythonOf } from '../../bin/shared.cjs';
import { FabricaError } from '../support/errors';
import { run } from '../support/processes';

const failure = z.object({
  run: z.string(),
  step: z.string(),
  value: z.string().nullable(),
  outcome: z.string(),
  /** As fabrica.logging writes an exception. */
  error: z.unknown(),
});

/** A step of a run that failed, with what its code raised. */
export type StepFailure = z.infer<typeof failure>;

const QUESTION = `
import json, os, sys
from fabrica.storage import open_store
from fabrica.tracking import attempts
last = {}
for one in attempts(open_store(), os.environ["FABRICA_PROJECT"], sys.argv[1]):
    last[one["step"], one["value"]] = one
found = [one for one in last.values() if one.get("error")]
print(json.dumps([{key: one[key] for key in ("run", "step", "value", "outcome", "error")} for one in found]))
`;

/**
 * The steps of a run that failed, from the store that the variables name. None for a project that is not installed here.
 *
 * @throws FabricaError `no-run-errors` when the store can't be read
 */
export async function readRunErrors(
  at: string,
  runId: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<StepFailure[]> {
  const python = pythonOf(at);
  if (!existsSync(python)) return [];
  const { code, stdout, stderr } = await run(python, ['-c', QUESTION, runId], { cwd: at, env, signal });
  if (code === 0) return z.array(failure).parse(JSON.parse(stdout));
  if (/No module named .?fabrica/.test(stderr)) return [];
  const [reason] = stderr.trimEnd().split('\n').slice(-1);
  throw new FabricaError('no-run-errors', `what failed in run ${runId} can't be read from here: ${reason}`);
}
