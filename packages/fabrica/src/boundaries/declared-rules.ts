import { STANDARD_LIBRARY } from '../workspace/python-names';
import { refuse, warn, type Finding } from './findings';
import { ownersOf, type Installed } from './installed';
import type { Manifest, Scope, Stated } from './manifest';
import { missingRule } from './missing-rules';
import { isOwnModule, type Places } from './places';
import type { UnitSource } from './source';
import type { Use } from './uses';
import { pinOf, unitOfModule, type World } from './world';

const PYPROJECT = 'pyproject.toml';

/**
 * `undeclared`: imports of what is only there because something else brings it. `unused`: what is declared and
 * imported nowhere. Which distribution a module comes from is read from the environment, never guessed.
 */
export function declaredRules(
  source: UnitSource,
  uses: readonly Use[],
  places: Places,
  manifest: Manifest,
  world: World,
): Finding[] {
  const declared = declaredBy(source, manifest);
  const ownersOfModule = remember((module: string) => owners(module, source.installed, world));
  const used = new Set<string>();
  const findings = new Map<string, Finding>();
  for (const use of uses) {
    const distributions = ownersOfModule(use.module);
    for (const name of distributions) used.add(name);
    if (distributions.length === 0 && source.installed && !source.isBehind) {
      const key = `${use.spot.path} ${use.from}`;
      const finding = findings.has(key)
        ? undefined
        : missingRule(source, source.installed, use, places, world);
      if (finding) findings.set(key, finding);
    }
    if (distributions.length === 0 || distributions.includes(source.unit.distribution)) continue;
    const scope = scopeOf(source, use);
    if (distributions.some((name) => declared[scope].has(name))) continue;
    if (isOwnModule(source.unit, places, use.spot.path, use.module, true)) continue;
    const name = distributions[0] as string;
    const key = `${use.spot.path} ${name} ${scope}`;
    if (!findings.has(key)) findings.set(key, undeclared(source, use, name, scope, declared, world));
  }
  return [...findings.values(), ...unused(source, manifest, used, world)];
}

function remember<T>(work: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = work(key)));
    return value;
  };
}

/** The distributions that a module may come from; none when it is the standard library's, or nobody's that we know. */
function owners(module: string, installed: Installed | undefined, world: World): readonly string[] {
  const dot = module.indexOf('.');
  if (STANDARD_LIBRARY.has(dot < 0 ? module : module.slice(0, dot))) return [];
  const unit = unitOfModule(world, module);
  if (unit) return unit.kind === 'package' ? [unit.distribution] : [];
  return (installed && ownersOf(installed, module)) ?? [];
}

/** What may be imported: tests, experiments and type checkers have what development adds. */
function scopeOf({ unit }: UnitSource, { zone, typeChecking }: Use): Scope {
  if (zone !== 'production' || typeChecking) return 'development';
  // What a package needs for an extra of its own, it imports where the extra is asked for. An image installs none.
  return unit.kind === 'package' ? 'extra' : 'production';
}

type Declared = Readonly<Record<Scope, ReadonlySet<string>>>;

/** Each scope has what the ones before it have. */
const SCOPES = ['production', 'extra', 'development'] as const satisfies readonly Scope[];

function declaredBy({ installed }: UnitSource, { requirements }: Manifest): Declared {
  const namesIn = (scopes: readonly Scope[]) => {
    const [names, seen] = [new Set<string>(), new Set<string>()];
    for (const one of requirements) if (scopes.includes(one.scope)) add(names, one, installed, seen);
    return names;
  };
  return {
    production: namesIn(SCOPES.slice(0, 1)),
    extra: namesIn(SCOPES.slice(0, 2)),
    development: namesIn(SCOPES),
  };
}

/** A requirement, and what its extras bring: who asks for `pandas[parquet]` asks for pyarrow. */
function add(
  names: Set<string>,
  { name, extras }: Pick<Stated, 'name' | 'extras'>,
  installed: Installed | undefined,
  seen: Set<string>,
): void {
  names.add(name);
  for (const extra of extras) {
    if (seen.has(`${name}[${extra}]`)) continue;
    seen.add(`${name}[${extra}]`);
    for (const one of installed?.byName.get(name)?.extras[extra] ?? []) add(names, one, installed, seen);
  }
}

function undeclared(
  { unit }: UnitSource,
  { module, spot }: Use,
  name: string,
  scope: Scope,
  declared: Declared,
  { byDistribution }: World,
): Finding {
  const shared = byDistribution.get(name);
  const file = `${unit.folder}/${PYPROJECT}`;
  const only = declared.development.has(name);
  const message = only
    ? `imports ${module}, from ${name}, which pyproject.toml declares for development alone`
    : `imports ${module}, from ${name}, which pyproject.toml doesn't declare: it is there by accident`;
  const table = scope === 'development' ? 'the group dev' : 'dependencies';
  return refuse(
    'undeclared',
    spot,
    message,
    `add "${shared ? pinOf(shared) : name}" to ${table} in ${file}, then: npx nx run ${unit.name}:lock`,
  );
}

function unused(
  { unit: { folder, name: own }, installed }: UnitSource,
  { requirements }: Manifest,
  used: ReadonlySet<string>,
  { byDistribution }: World,
): Finding[] {
  return requirements.flatMap(({ name, extras, scope, line }) => {
    // Extras are asked for because of what they bring: `fabrica-storage[pandas]` stores tables.
    if (scope !== 'production' || extras.length > 0 || used.has(name)) return [];
    const unit = byDistribution.get(name);
    // A project is refused as a dependency, whether it is imported or not.
    if (unit?.kind === 'project') return [];
    const modules = unit?.module ? [unit.module] : (installed?.byName.get(name)?.modules ?? []);
    if (modules.length === 0) return [];
    const hint = `take "${name}" out of dependencies in ${folder}/${PYPROJECT}, then: npx nx run ${own}:lock`;
    return [
      warn('unused', { path: PYPROJECT, line }, `nothing imports ${name} (${modules.join(', ')})`, hint),
    ];
  });
}
