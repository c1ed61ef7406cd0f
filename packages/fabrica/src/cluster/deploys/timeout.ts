import { FabricaError } from '../../support/errors';
import { seconds } from '../quantities';

const DEFAULT = '5m';

/**
 * For how long a release may take until it is healthy, in seconds.
 *
 * @param text as typed: `90s`, `10m`
 * @throws FabricaError `bad-timeout`
 */
export function timeoutOf(text: string = DEFAULT): number {
  const found = seconds(text);
  if (found > 0) return found;
  throw new FabricaError('bad-timeout', `--timeout=${text} is no time`, { hint: '--timeout=10m' });
}
