import Ajv from 'ajv';
import { checkManifest, find } from './check';
import { compile } from './compile';
import kubernetes from './kubernetes.json';
import type { Manifest } from './release';
import { releaseWith, SLACK } from './testing/release';

const manifests = [...compile(releaseWith({ service: true, app: true, environment: SLACK })).values()].flat();

/** Every place of an object, with the object that stands there. */
function* places(value: unknown, path: readonly (string | number)[] = []): Generator<(string | number)[]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [...path];
  for (const [key, part] of Object.entries(value))
    yield* places(part, [...path, Array.isArray(value) ? Number(key) : key]);
}

function withUnknown(manifest: Manifest, path: readonly (string | number)[]): Manifest {
  type Part = Record<string | number, unknown>;
  const copy = structuredClone(manifest);
  const target = path.reduce<Part>((here, key) => here[key] as Part, copy);
  target.unheardOf = { deep: 1 };
  return copy;
}

describe('checkManifest', () => {
  it.each([
    ['spec', 'there is no field spec.unheardOf'],
    ['metadata', 'there is no field metadata.unheardOf'],
  ])('refuses an unknown field in %s', (key, message) => {
    for (const manifest of manifests.filter((one) => key in one))
      expect(() => checkManifest(withUnknown(manifest, [key]))).toThrow(message);
  });

  it('refuses a wrong type, a missing field and an unknown kind', () => {
    const [manifest] = manifests as [Manifest];
    expect(() => checkManifest({ ...manifest, automountServiceAccountToken: 'no' })).toThrow(
      "can't be string",
    );
    expect(() => checkManifest({ ...manifest, kind: 'ServiceAcount' })).toThrow(
      'there is no v1 ServiceAcount',
    );
    const role = manifests.find(({ kind }) => kind === 'RoleBinding') as Manifest;
    expect(() => checkManifest({ ...role, roleRef: { kind: 'Role' } })).toThrow('is missing');
  });
});

it('says the same as a full implementation of JSON Schema, at every place', () => {
  const ajv = new Ajv({ strict: false, validateSchema: false });
  ajv.addSchema({ $id: 'k', definitions: kubernetes.definitions });
  const validators = new Map(
    Object.entries(kubernetes.kinds).map(([kind, name]) => [
      kind,
      ajv.compile({ $ref: `k#/definitions/${name}` }),
    ]),
  );
  const mine = (kind: string, one: unknown): boolean =>
    find(one, { $ref: `#/definitions/${(kubernetes.kinds as Record<string, string>)[kind]}` }) === undefined;
  for (const manifest of manifests) {
    const kind = `${manifest.apiVersion} ${manifest.kind}`;
    const variants = [manifest, ...[...places(manifest)].map((path) => withUnknown(manifest, path))];
    for (const variant of variants) expect(mine(kind, variant)).toBe(validators.get(kind)?.(variant));
  }
});

it('knows where its schemas come from', () => {
  expect(kubernetes.sources.map(({ module, sum }) => [module, sum.slice(0, 3)])).toEqual([
    ['github.com/argoproj/argo-workflows/v3', 'h1:'],
    ['k8s.io/kubernetes', 'h1:'],
  ]);
});
