import { normalise, parseRequirement } from '../../python/requirements';
import type { StatedRequirement } from '../../python/pyproject';
import { replaceText } from '../../python/toml';
import { addRequirements, distributionOf } from '../shared/toml';
import { parse } from 'smol-toml';

/** The text of a project's pyproject.toml that pins a version of a shared package; the rest stays as it is. */
export function withPin(file: string, text: string, distribution: string, version: string): string {
  const pinned = addRequirements(file, text, [`${distribution}==${version}`], [distribution]);
  const { project } = parse(pinned) as { project: { dependencies: string[] } };
  const found = project.dependencies.find((one) => distributionOf(one) === normalise(distribution)) as string;
  return replaceText(pinned, found, found.replace(/==\s*[^\s;,]+/, `==${version}`));
}

/** What a package requires where a project pins: any version that is compatible with the pin. */
export function forPackage({ text, name }: StatedRequirement, shared: readonly string[]): string {
  const pin = /^==\s*(\d+)(?:\.\d+)*$/.exec(parseRequirement(text)?.specifier ?? '');
  if (!pin || !shared.includes(name)) return text;
  return text.replace(/==\s*([\d.]+)/, (_, version: string) => `>=${version},<${Number(pin[1]) + 1}`);
}

/** The text of a pyproject.toml with more in the group `dev`, where that is a list of lines. */
export function withDev(text: string, names: readonly string[]): string {
  const { 'dependency-groups': groups } = parse(text) as { 'dependency-groups'?: { dev?: unknown[] } };
  const has = (groups?.dev ?? []).filter((one) => typeof one === 'string').map(distributionOf);
  const lines = names
    .filter((name) => !has.includes(distributionOf(name)))
    .map((name) => `\n  ${JSON.stringify(name)},`);
  return text.replace(/^dev = \[(?=\r?\n)/m, (start) => start + lines.join(''));
}
