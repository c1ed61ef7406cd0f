import { isScalar, stringify, type Pair } from 'yaml';
import type { Manifest } from './release';

/** The keys that people look for first; all others follow by the alphabet. */
const FIRST = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'image', 'command', 'args'];

/** Objects as YAML, a document each. The same objects give the same text. */
export function toYaml(manifests: readonly Manifest[]): string {
  return manifests
    .map((manifest) =>
      stringify(manifest, {
        lineWidth: 0,
        aliasDuplicateObjects: false,
        sortMapEntries: inOrder,
      }),
    )
    .join('---\n');
}

function inOrder(one: Pair, other: Pair): number {
  const [a, b] = [keyOf(one), keyOf(other)];
  const [first, second] = [rank(a), rank(b)];
  if (first !== second) return first - second;
  return a < b ? -1 : 1;
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function rank(key: string): number {
  const index = FIRST.indexOf(key);
  return index < 0 ? FIRST.length : index;
}
