import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CreateError } from './errors';
import { run, type Answer, type RunOptions } from './run';

/** Runs the Nx of a workspace. */
export function nx(args: readonly string[], where: RunOptions): Promise<Answer> {
  const manifest = createRequire(join(where.cwd, 'package.json')).resolve('nx/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { nx: string } };
  return run(process.execPath, [join(dirname(manifest), bin.nx), ...args], where);
}

/** {@link nx}, which has to succeed. */
export async function nxOrFail(what: string, args: readonly string[], where: RunOptions): Promise<void> {
  const { code, said } = await nx(args, where);
  if (code !== 0) throw new CreateError(`${what}\n${withoutFiles(said)}`);
}

/** A person wants the reason, not the files that are taken back. */
function withoutFiles(said: string): string {
  return said.replace(/^\s*((CREATE|UPDATE) .*|[…✗✓] .*|)\n/gm, '');
}
