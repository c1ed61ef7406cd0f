import { parseSettings } from '../../workspace';
import { checkUnit, type Checked } from '../check';
import { distributionOf, installedOf, type Installed } from '../installed';
import type { OutsideLink } from '../source';
import { worldOf, type Unit, type World } from '../world';

function project(name: string): Unit {
  return {
    kind: 'project',
    name,
    module: name.replaceAll('-', '_'),
    folder: `projects/${name}`,
    distribution: name,
  };
}

function sharedPackage(name: string): Unit {
  const distribution = `fabrica-${name}`;
  return {
    kind: 'package',
    name,
    module: `fabrica.${name}`,
    folder: `packages/${name}`,
    distribution,
    version: '1.4.0',
  };
}

/** Two projects of which one's name begins like the other's, a third, and two packages. */
export const WORLD: World = worldOf(
  [...['rides', 'bikes', 'bikes-pricing'].map(project), ...['storage', 'logging'].map(sharedPackage)],
  ['git@example.com:acme/science.git'],
);

/** An environment with what the tests import. */
export const INSTALLED: Installed = installedOf([
  distribution('pandas', ['pandas/__init__.py'], ['Requires-Dist: pyarrow>=10; extra == "parquet"']),
  distribution('pyarrow', ['pyarrow/__init__.py']),
  distribution('PyYAML', ['yaml/__init__.py', '_yaml/__init__.py']),
  distribution('pytest', ['pytest/__init__.py', '_pytest/__init__.py']),
  distribution('pandas-stubs', ['pandas-stubs/__init__.pyi']),
  distribution('google-cloud-storage', ['google/cloud/storage/__init__.py', 'google/cloud/storage/blob.py']),
  distribution('google-cloud-bigquery', ['google/cloud/bigquery/__init__.py']),
  distribution('features', ['features/__init__.py']),
]);

export function distribution(name: string, files: readonly string[], more: readonly string[] = []) {
  const record = files.map((file) => `${file},sha256=x,1\n`).join('');
  return distributionOf([`Name: ${name}`, 'Version: 1.0', ...more, '', 'Text'].join('\n'), record);
}

/** What a test plants beside the files. */
export interface Planted {
  readonly unit?: string;
  readonly links?: readonly OutsideLink[];
  readonly paths?: readonly string[];
  /** What its environment holds; without it there is none. */
  readonly installed?: Installed;
  /** What is taken for fabrica.yaml when settings are read, where that differs. */
  readonly settings?: string;
  readonly today?: string;
}

const PYPROJECT = '[project]\nname = "rides"\nversion = "0.1.0"\ndependencies = []\n';

/** Checks the project rides (or another unit) with these files. */
export function check(files: Readonly<Record<string, string>>, planted: Planted = {}): Checked {
  const {
    unit: folder = 'projects/rides',
    links = [],
    paths = [],
    installed,
    today = '2026-11-21',
  } = planted;
  const unit = WORLD.byFolder.get(folder) as Unit;
  const all = { 'pyproject.toml': PYPROJECT, [`src/${unit.module}/__init__.py`]: '', ...files };
  const text = planted.settings ?? files['fabrica.yaml'] ?? 'owner: me\n';
  const { experiments, boundaries } = parseSettings('fabrica.yaml', text);
  const source = {
    unit,
    files: Object.entries(all).map(([path, content]) => ({ path, content })),
    paths: [...Object.keys(all), ...paths],
    links,
    settings: { text, uses: experiments?.uses ?? [], exceptions: boundaries?.exceptions ?? [] },
    installed,
  };
  return checkUnit(source, WORLD, today);
}

/** What is found, in short: `imports-project src/rides/train.py:3`; `~unused …` is a warning. */
export function found(files: Readonly<Record<string, string>>, planted?: Planted): string[] {
  return check(files, planted).findings.map(
    ({ rule, severity, path, line, cell }) =>
      `${severity === 'warning' ? '~' : ''}${rule} ${path}${cell === undefined ? '' : `#${cell}`}${line === undefined ? '' : `:${line}`}`,
  );
}

/** A notebook of Python cells. */
export function notebook(...cells: string[]): string {
  return JSON.stringify({
    cells: cells.map((source) => ({ cell_type: 'code', source })),
    metadata: { kernelspec: { language: 'python' } },
    nbformat: 4,
  });
}

/** A pyproject.toml with these dependencies, and more. */
export function pyproject(dependencies: readonly string[], more = ''): string {
  return `[project]\nname = "rides"\nversion = "0.1.0"\ndependencies = [\n${dependencies.map((one) => `  "${one}",\n`).join('')}]\n${more}`;
}
