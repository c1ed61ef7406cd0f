import type { Models } from '@cyclonedx/cyclonedx-library';
import { parseRequirement, normalise, type Pin } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { failed } from '../support/processes';
import { docker, type DockerOptions } from './docker';

/** The library that writes bills of materials: whoever only builds or opens an image doesn't wait for it. */
function cyclonedx(): typeof import('@cyclonedx/cyclonedx-library') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('@cyclonedx/cyclonedx-library');
}

/** A package in an image, as its own metadata says. */
export interface Installed {
  readonly kind: 'pypi' | 'deb';
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly summary?: string;
  /** Requirements (Python), as they are stated. */
  readonly requires?: readonly string[];
  readonly architecture?: string;
  /** The system that a package of it belongs to: `debian`. */
  readonly system?: string;
}

/** Lists what is installed: Python's distributions of the project, and the system's packages. */
const LIST = `
import json, platform, subprocess
from importlib.metadata import distributions
found = []
for one in distributions():
    meta = one.metadata
    found.append({"kind": "pypi", "name": meta["Name"], "version": one.version, "summary": meta["Summary"],
                  "license": meta["License-Expression"] or meta["License"], "requires": one.requires or []})
try:
    system = platform.freedesktop_os_release()["ID"]
    form = "\${Package}\\t\${Version}\\t\${Architecture}\\n"
    for line in subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True).stdout.splitlines():
        name, version, architecture = line.split("\\t")
        found.append({"kind": "deb", "name": name, "version": version, "architecture": architecture, "system": system})
except OSError:
    pass
print(json.dumps(found))
`;

/**
 * What is in an image, by the packages' own metadata: the image is asked, not the lock.
 *
 * @throws FabricaError `image-broken` when Python doesn't start in it
 */
export async function installedIn(image: string, options: DockerOptions): Promise<Installed[]> {
  const isolated = ['--rm', '--read-only', '--network', 'none', '--entrypoint', 'python'];
  const result = await docker(['run', ...isolated, image, '-c', LIST], options);
  if (result.code !== 0)
    throw failed(result, {
      code: 'image-broken',
      message: `Python doesn't start in ${image}`,
      hint: 'see what the Dockerfile adds below the section of the toolkit',
    });
  return JSON.parse(result.stdout) as Installed[];
}

/**
 * Compares an image with its lock: each distribution in it is pinned, at that version.
 *
 * @throws FabricaError `not-locked` that names the first
 */
export function checkLocked(installed: readonly Installed[], pins: readonly Pin[], lock: string): void {
  const stray = installed.find(
    ({ kind, name, version }) =>
      kind === 'pypi' && !pins.some((pin) => pin.name === normalise(name) && pin.version === version),
  );
  if (!stray) return;
  throw new FabricaError(
    'not-locked',
    `the image holds ${stray.name} ${stray.version}, which ${lock} does not pin`,
    { hint: 'add it to pyproject.toml and lock; or take out the line of the Dockerfile that installs it' },
  );
}

/** The project that the image is of. */
export interface Subject {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
}

/** A bill of materials in CycloneDX 1.6 (JSON): the same image gives the same document. */
export function billOfMaterials(
  subject: Subject,
  installed: readonly Installed[],
  pins: readonly Pin[],
): string {
  const { Enums, Models, Serialize, Spec } = cyclonedx();
  const own = new Models.Component(Enums.ComponentType.Application, subject.name, {
    version: subject.version,
    description: subject.description || undefined,
    bomRef: subject.name,
  });
  const components = installed.map((one) => componentOf(one, pins));
  const byName = new Map(
    components.filter(({ purl }) => purl?.startsWith('pkg:pypi/')).map((one) => [normalise(one.name), one]),
  );
  installed.forEach(({ requires = [] }, index) => {
    for (const text of requires) {
      const needed = byName.get(parseRequirement(text)?.name ?? '');
      if (needed) components[index]?.dependencies.add(needed.bomRef);
    }
  });
  for (const one of components) own.dependencies.add(one.bomRef);
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: own }) });
  for (const one of components) bom.components.add(one);
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function componentOf(one: Installed, pins: readonly Pin[]): Models.Component {
  const { Enums, Models } = cyclonedx();
  const purl = purlOf(one);
  const pin = one.kind === 'pypi' ? pins.find(({ name }) => name === normalise(one.name)) : undefined;
  // A lock names a file for each platform; only where there is one is it known which one this is.
  const hash = pin?.hashes.length === 1 ? pin.hashes[0] : undefined;
  const component = new Models.Component(Enums.ComponentType.Library, one.name, {
    version: one.version,
    description: one.summary || undefined,
    bomRef: purl,
    purl,
    hashes: new Models.HashDictionary(hash ? [[Enums.HashAlgorithm['SHA-256'], hash]] : []),
  });
  // Some write the whole text of the licence there.
  const license = one.license?.split('\n')[0]?.slice(0, 100);
  if (license) component.licenses.add(new Models.NamedLicense(license));
  return component;
}

function purlOf({ kind, name, version, architecture, system }: Installed): string {
  const escaped = encodeURIComponent(version);
  return kind === 'pypi'
    ? `pkg:pypi/${normalise(name)}@${escaped}`
    : `pkg:deb/${system}/${name}@${escaped}?arch=${architecture}`;
}
