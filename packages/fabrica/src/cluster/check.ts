import kubernetes from './kubernetes.json';
import { FabricaError } from '../support/errors';
import type { Manifest } from './release';

/** The part of JSON Schema that Kubernetes and Argo describe their objects with. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

const KINDS: Readonly<Record<string, string>> = kubernetes.kinds;
const DEFINITIONS = kubernetes.definitions as Readonly<Record<string, Schema>>;

/** etcd refuses objects of some 1.5 MB; one this large slows every list down. */
const LARGEST = 256 * 1024;

/**
 * Checks an object against the schemas of Kubernetes and Argo: an unknown field, which the API server would drop
 * without a word, is refused.
 *
 * @throws FabricaError `bad-manifest`, `too-large`
 */
export function checkManifest(manifest: Manifest): void {
  const { apiVersion, kind, metadata } = manifest;
  const name = `${kind} ${metadata.name}`;
  const definition = KINDS[`${apiVersion} ${kind}`];
  const problem =
    definition === undefined ? `there is no ${apiVersion} ${kind}` : find(manifest, DEFINITIONS[definition]);
  if (problem) throw new FabricaError('bad-manifest', `${name} is not as its schema wants it: ${problem}`);
  const size = Buffer.byteLength(JSON.stringify(manifest));
  if (size <= LARGEST) return;
  throw new FabricaError('too-large', `${name} has ${Math.ceil(size / 1024)} KiB, more than 256`, {
    hint: 'give `each` fewer or shorter values, or divide the pipeline into several',
  });
}

/** What is wrong with a value, if anything. */
export function find(value: unknown, schema: Schema | undefined, path = ''): string | undefined {
  if (!schema) return undefined;
  if (schema.$ref) return find(value, DEFINITIONS[schema.$ref.slice('#/definitions/'.length)], path);
  if (schema.type && !isOf([schema.type].flat(), value)) return `${path} can't be ${typeOf(value)}`;
  if (schema.enum && !schema.enum.includes(value)) return `${path} can't be ${String(value)}`;
  if (Array.isArray(value))
    return first(value, (item, index) => find(item, schema.items, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return undefined;
  const missing = schema.required?.find((key) => !(key in value));
  if (missing) return `${path ? `${path}.` : ''}${missing} is missing`;
  return first(Object.entries(value), ([key, part]) =>
    findIn(schema, key, part, path ? `${path}.${key}` : key),
  );
}

function findIn(schema: Schema, key: string, value: unknown, path: string): string | undefined {
  const { properties, additionalProperties } = schema;
  const own = properties && Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (!own && additionalProperties === false) return `there is no field ${path}`;
  return find(
    value,
    own ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined),
    path,
  );
}

function first<T>(
  items: readonly T[],
  look: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = look(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOf(types: readonly string[], value: unknown): boolean {
  return types.includes(typeOf(value)) || (typeof value === 'number' && types.includes('number'));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
