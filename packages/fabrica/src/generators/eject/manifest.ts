import { parse } from 'smol-toml';
import { withoutInputs } from '../../python/lock-inputs';
import { INDEX } from '../../python/pyproject';
import { FabricaError } from '../../support/errors';

const FROM_INDEX = new RegExp(`^[^\\n#]*=\\s*\\{\\s*index\\s*=\\s*["']${INDEX}["']\\s*\\}.*\\n?`, 'gm');
const EMPTY_SOURCES = /^\[tool\.uv\.sources\]\s*\n(?=\s*(?:\[|$(?![^])))/m;

/** With it, uv doesn't read the groups that a lock is made from. */
const UNMANAGED = /^managed = false\n/m;

/**
 * The text of a pyproject.toml that knows no private index: what came from there is in `vendor`.
 *
 * @throws FabricaError `edit-by-hand`
 */
export function plainManifest(file: string, text: string, vendored: boolean): string {
  const without = text.replace(FROM_INDEX, '').replace(EMPTY_SOURCES, '').replace(UNMANAGED, '');
  const links = vendored ? addLinks(without) : without;
  const { tool } = parse(links) as { tool?: { uv?: { sources?: object; 'find-links'?: string[] } } };
  const named = JSON.stringify(tool?.uv?.sources ?? {}).includes(`"index":"${INDEX}"`);
  if (!named && (!vendored || tool?.uv?.['find-links']?.includes('vendor'))) return links;
  throw new FabricaError(
    'edit-by-hand',
    `${file} names the private index in a way that can't be changed here`,
    {
      place: { file },
      hint: `write each source of [tool.uv.sources] on a line: fabrica-storage = { index = "${INDEX}" }`,
    },
  );
}

function addLinks(text: string): string {
  const line = 'find-links = ["vendor"]\n';
  const table = /^\[tool\.uv\][^\n]*\n/m.exec(text);
  if (!table) return `${text.trimEnd()}\n\n[tool.uv]\n${line}`;
  const at = table.index + table[0].length;
  return text.slice(0, at) + line + text.slice(at);
}

/** A lock as pip reads it anywhere: without what the toolkit notes in it, with the folder of the wheels. */
export function plainLock(text: string, vendored: boolean): string {
  return `${vendored ? '--find-links vendor\n\n' : ''}${withoutInputs(text)}`;
}
