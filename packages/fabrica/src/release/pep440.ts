import { parseVersion } from '../python/versions';
import { FabricaError } from '../support/errors';

/** What semantic versioning calls a stage, and what Python calls it. */
const STAGES = { alpha: 'a', beta: 'b', rc: 'rc', dev: '.dev' } as const;

/** The words for `--preid` that both sides know. */
export const PREIDS = Object.keys(STAGES);

const SEMVER = /^(\d+\.\d+\.\d+)(?:-([a-z]+)\.(\d+))?$/;

/**
 * A semantic version as Python writes it (PEP 440): `0.2.0-beta.1` → `0.2.0b1`.
 *
 * @throws FabricaError `bad-version` for what Python has no form of: `0.2.0-canary.1`, `0.2.0+build`
 */
export function toPep440(version: string): string {
  const [, release, stage, number] = SEMVER.exec(version) ?? [];
  const short = stage && STAGES[stage as keyof typeof STAGES];
  if (release && (!stage || short)) return `${release}${short ? `${short}${number}` : ''}`;
  throw new FabricaError('bad-version', `Python has no form of the version ${version}`, {
    hint: `a version like 0.2.0 or 0.2.0-beta.1; --preid may be ${PREIDS.join(', ')}`,
  });
}

/**
 * A Python version as semantic versioning writes it: `0.2.0b1`, `0.2b1` → `0.2.0-beta.1`.
 *
 * @throws FabricaError `bad-version` for what semantic versioning has no form of: `1.0.post1`, `1!2.0`, `1.0+local`
 */
export function toSemver(version: string): string {
  const { epoch, release = [], suffix = [] } = parseVersion(version) ?? {};
  const [rank = 0, number, post, isFinal, dev] = suffix;
  const isBoth = rank > 0 && !isFinal;
  if (epoch !== 0 || release.length > 3 || post || isBoth || version.includes('+'))
    throw new FabricaError('bad-version', `semantic versioning has no form of the version ${version}`, {
      hint: 'a version like 0.2.0 or 0.2.0b1 (alpha, beta: 0.2.0a1, release candidate: 0.2.0rc1, development: 0.2.0.dev1)',
    });
  const base = [...release, 0, 0].slice(0, 3).join('.');
  const stage = ['dev', 'alpha', 'beta', 'rc'][rank];
  return stage ? `${base}-${stage}.${rank ? number : dev}` : base;
}
