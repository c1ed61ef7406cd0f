import { parse } from 'smol-toml';
import { isScalar, parseDocument } from 'yaml';
import { normalise, parseRequirement } from '../python/requirements';
import type { Language } from '../workspace';
import { NPM_MANIFEST, PYPROJECT } from '../workspace/layout';
import { raised } from './constraint';
import { withJsonValue, withPythonVersion, withRequirement } from './manifest';
import { toPep440, toSemver } from './pep440';

/** How a language's manifest states a version, and what it asks of others. Nx Release knows semantic versions alone. */
export interface ManifestKind {
  readonly file: string;
  /** A semantic version as this language writes it. */
  own(semver: string): string;
  /** The version that a manifest states, as a semantic one. */
  semver(own: string): string;
  withVersion(file: string, text: string, own: string): string;
  /** What it asks of a distribution, all statements of it; none when it doesn't need it. */
  asks(text: string, distribution: string): readonly string[];
  /** Asks for at least this version of a distribution wherever it asks for one. */
  withRaised(file: string, text: string, distribution: string, own: string): string;
}

interface PythonDocument {
  project?: { dependencies?: string[]; 'optional-dependencies'?: Record<string, string[]> };
}

const python: ManifestKind = {
  file: PYPROJECT,
  own: toPep440,
  semver: toSemver,
  withVersion: withPythonVersion,
  asks(text, distribution) {
    const { dependencies = [], 'optional-dependencies': extras = {} } =
      (parse(text) as PythonDocument).project ?? {};
    const wanted = normalise(distribution);
    return [...dependencies, ...Object.values(extras).flat()].filter(
      (stated) => parseRequirement(stated)?.name === wanted,
    );
  },
  withRaised(file, text, distribution, own) {
    const stated = [...new Set(python.asks(text, distribution))];
    return stated.reduce((some, one) => withRequirement(file, some, one, raised(one, own)), text);
  },
};

const SECTIONS = ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'] as const;
type NpmManifest = Partial<Record<(typeof SECTIONS)[number], Record<string, string>>>;

/** A range that names a version: `^1.2.0`. `*`, `workspace:*`, `>=1 <2` and the like stay as they are. */
const PINNED = /^([~^=]?)\d[^\s]*$/;

const typescript: ManifestKind = {
  file: NPM_MANIFEST,
  own: (semver) => semver,
  semver: (own) => own,
  withVersion: (_file, text, own) => withJsonValue(text, ['version'], own),
  asks: (text, distribution) =>
    npmRanges(JSON.parse(text) as NpmManifest, distribution).map(([, range]) => range),
  withRaised: (_file, text, distribution, own) => withRaisedRanges(text, [], distribution, own),
};

function npmRanges(manifest: NpmManifest, distribution: string): [section: string, range: string][] {
  return SECTIONS.flatMap((section) => {
    const range = manifest[section]?.[distribution];
    return range === undefined ? [] : [[section, range]];
  });
}

/** @param at where the manifest stands in the document: at its top, or in an entry of npm's lock */
function withRaisedRanges(text: string, at: readonly string[], distribution: string, own: string): string {
  const manifest = at.reduce<unknown>(
    (one, key) => (one as Record<string, unknown>)?.[key],
    JSON.parse(text),
  );
  return npmRanges((manifest ?? {}) as NpmManifest, distribution).reduce((some, [section, range]) => {
    const [, prefix] = PINNED.exec(range) ?? [];
    return prefix === undefined
      ? some
      : withJsonValue(some, [...at, section, distribution], `${prefix}${own}`);
  }, text);
}

/** The lock of a package manager, which repeats what the manifests of the workspace's own packages say. */
export interface LockKind {
  readonly file: string;
  withVersion(text: string, folder: string, own: string): string;
  /** {@link ManifestKind.withRaised} for a package's entry. */
  withRaised(text: string, folder: string, distribution: string, own: string): string;
}

const npm: LockKind = {
  file: 'package-lock.json',
  withVersion(text, folder, own) {
    const { packages = {} } = JSON.parse(text) as { packages?: Record<string, unknown> };
    return folder in packages ? withJsonValue(text, ['packages', folder, 'version'], own) : text;
  },
  withRaised: (text, folder, distribution, own) =>
    withRaisedRanges(text, ['packages', folder], distribution, own),
};

/** pnpm's knows no versions of the workspace's own packages, and writes its YAML in a way of its own: only the range changes. */
const pnpm: LockKind = {
  file: 'pnpm-lock.yaml',
  withVersion: (text) => text,
  withRaised: (text, folder, distribution, own) =>
    SECTIONS.reduce((some, section) => {
      const range = parseDocument(some).getIn(
        ['importers', folder, section, distribution, 'specifier'],
        true,
      );
      if (!isScalar(range) || !range.range) return some;
      const [, prefix] = PINNED.exec(String(range.value)) ?? [];
      const [start, end] = range.range;
      return prefix === undefined ? some : `${some.slice(0, start)}${prefix}${own}${some.slice(end)}`;
    }, text),
};

export const LOCKS: readonly LockKind[] = [npm, pnpm];

export const MANIFESTS: Readonly<Record<Language, ManifestKind>> = { python, typescript };
