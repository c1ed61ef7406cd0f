import { parseRequirement } from '../python/requirements';
import { refuse, type Finding, type Spot } from './findings';
import { moveToPackage } from './import-rules';
import type { Manifest } from './manifest';
import { pathFinding, wayOut, type PathContext } from './path-rules';
import { textOf, type SourceFile } from './source';
import { isAddress, pinOf, type Unit } from './world';

/** What a line asks for: a distribution by name, from a path, or from a repository. */
interface Wanted {
  readonly text: string;
  readonly name: string;
  /** A path, a `file:` address or the address of a repository. */
  readonly from?: string;
  readonly spot: Spot;
}

/** `depends-on-project` and `linked-package` of a pyproject.toml, and `path` of what its tools are told. */
export function manifestRules(context: PathContext, path: string, manifest: Manifest): Finding[] {
  const { requirements, sources, settings } = manifest;
  const asked = requirements.map(({ text, name, url, line }) => ({
    text,
    name,
    from: url ?? (name === '' ? text : undefined),
    spot: { path, line },
  }));
  const linked = sources.flatMap(({ name, path: from, git, subdirectory, line }) => {
    const where = from ?? (git && `${git}#subdirectory=${subdirectory ?? ''}`);
    return where ? [{ text: `${name} = ${from ?? git}`, name, from: where, spot: { path, line } }] : [];
  });
  const told = settings.flatMap(({ key, value, line }) => {
    const way = value.includes('..') ? wayOut(context, path, value) : undefined;
    return way?.to ? [pathFinding(context, { path, line }, key, way)] : [];
  });
  // A source that is refused says more than the requirement of the same name.
  const found = linked.flatMap((one) => judge(context, one).map((finding) => ({ finding, name: one.name })));
  const named = new Set(found.map(({ name }) => name));
  return [
    ...asked.filter(({ name }) => !named.has(name)).flatMap((one) => judge(context, one)),
    ...found.map(({ finding }) => finding),
    ...told,
  ];
}

/** The same of a lock, or of another file in pip's format. */
export function lockRules(context: PathContext, file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  const lines = textOf(file).split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    const first = line.charCodeAt(0);
    // Most lines are the hashes and the reasons of the one before, which are indented.
    if (first === SPACE || first === HASH || Number.isNaN(first)) continue;
    const wanted = wantedBy(line, { path: file.path, line: index + 1 });
    if (wanted) findings.push(...judge(context, wanted));
  }
  return findings;
}

const SPACE = 32;
const HASH = 35;

function wantedBy(line: string, spot: Spot): Wanted | undefined {
  const text = line.replace(/\s+#.*$/, '').replace(/\s*\\?\s*$/, '');
  const option = /^(?:-e|--editable|-r|--requirement|-c|--constraint)[\s=]*(.+)$/.exec(text);
  if (option) return { text, name: eggOf(text), from: option[1] as string, spot };
  if (text.startsWith('-')) return undefined;
  if (/^(\.{0,2}\/|file:|git\+|\.\.?$)/.test(text)) return { text, name: eggOf(text), from: text, spot };
  const pin = /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*==/.exec(text);
  const requirement = parseRequirement(pin ? (pin[1] as string) : text);
  return requirement && { text, name: requirement.name, from: requirement.url, spot };
}

function eggOf(text: string): string {
  return /[#&]egg=([A-Za-z0-9._-]+)/.exec(text)?.[1]?.toLowerCase() ?? '';
}

function judge(context: PathContext, wanted: Wanted): Finding[] {
  const { source, world } = context;
  const named = world.byDistribution.get(wanted.name);
  const from = wanted.from === undefined ? undefined : bare(wanted.from);
  const way = from === undefined ? undefined : wayOut(context, wanted.spot.path, from);
  const isNamed = named?.kind === 'project' || (way !== undefined && isAddress(from ?? ''));
  const to = way?.to ?? (isNamed ? named : undefined);
  if (to && to.folder === source.unit.folder) return [];
  if (to?.kind === 'project') return [onProject(source.unit, wanted, to)];
  if (to && source.unit.kind === 'project') return [onPackage(source.unit, wanted, to)];
  return to || !way ? [] : [pathFinding(context, wanted.spot, `the requirement "${wanted.text}"`, way)];
}

/** A path or an address without what pip and uv read beside it. */
function bare(from: string): string {
  const path = from.replace(/^file:(\/\/)?/, '');
  if (isAddress(path)) return path;
  return path
    .replace(/^\$\{[^}]*\}\//, '')
    .replace(/[#;].*$/, '')
    .replace(/\[[\w,-]*\]$/, '')
    .trim();
}

function onProject(unit: Unit, { text, spot }: Wanted, to: Unit): Finding {
  const what = `"${text}" depends on ${to.folder}, which is a project`;
  return unit.kind === 'package'
    ? refuse('package-imports-project', spot, what, 'move what it needs from there into the package')
    : refuse('depends-on-project', spot, what, `take it out; ${moveToPackage(to)}`);
}

function onPackage(unit: Unit, { text, spot }: Wanted, to: Unit): Finding {
  const pin = `"${pinOf(to)}" in dependencies, and ${to.distribution} = { index = "fabrica" } in [tool.uv.sources]`;
  return refuse(
    'linked-package',
    spot,
    `"${text}" links ${to.folder} as it is in the workspace; projects pin its releases`,
    `in ${unit.folder}/pyproject.toml: ${pin}; then npx nx run ${unit.name}:lock`,
  );
}
