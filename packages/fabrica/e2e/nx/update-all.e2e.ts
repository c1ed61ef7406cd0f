import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { render } from '../../src/generators/project/render';
import { TEMPLATE_VERSION, TEMPLATES } from '../../src/generators/project/template';
import type { Part } from '../../src/workspace';
import {
  append,
  commit,
  git,
  nx,
  nxOk,
  replace,
  SHARED,
  sharedManifests,
  workspaceWithSource,
  write,
} from './workspace';

const TEMPLATE = 'packages/fabrica/src/generators/project';
const TODAY = TEMPLATE_VERSION;
const NEXT = TODAY + 1;
const NAMES = ['bikes', 'cars', 'docks', 'events', 'fares'] as const;

/** What people wrote into each project, by file: all of it must be there in the end. */
const WRITTEN: Record<string, Record<string, string>> = {
  bikes: {
    'src/bikes/features.py':
      '\n\ndef season(day: int) -> int:\n    """Tell the season."""\n    return day // 92\n',
    'src/bikes/weather.py': '"""Weather: a file of our own."""\n',
  },
  cars: { 'src/cars/features.py': '\nCARS = ["small", "large"]\n' },
  docks: { 'tests/test_data.py': '\n\ndef test_docks():\n    assert "docks"\n' },
  events: {
    'README.md': '\n## Whom to ask\n\nThe people of events.\n',
    'src/events/data.py':
      '\n\ndef of_2026() -> str:\n    """Say what is new since template 2."""\n    return "events"\n',
  },
  fares: { 'pyproject.toml': '\n[tool.ours]\nfares = "in euros"\n' },
};

/** A template of three versions, five projects that were edited in between, one command. */
describe('a change of the template is rolled out to five edited projects', () => {
  const root = workspaceWithSource(sharedManifests());
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const edit = (name: string, path: string) => {
    const file = `projects/${name}/${path}`;
    if (existsSync(join(root, file))) append(root, file, WRITTEN[name]?.[path] as string);
    else write(root, { [file]: WRITTEN[name]?.[path] as string });
  };

  /** A project as the first template made it, long ago. */
  function longAgo(name: string, parts: readonly Part[]): void {
    const versions = new Map(SHARED.map((one) => [`fabrica-${one}`, '0.1.0']));
    const files = render(TEMPLATES.read(1), { name, owner: 'mobility', parts, versions });
    for (const [path, content] of files)
      write(root, { [`projects/${name}/${path}`]: content.toString('utf8') });
  }

  /** What whoever owns the template does next. */
  function newTemplate(): void {
    replace(root, `${TEMPLATE}/template.ts`, `TEMPLATE_VERSION = ${TODAY}`, `TEMPLATE_VERSION = ${NEXT}`);
    replace(root, `${TEMPLATE}/parts.ts`, 'pandas>=2.2,<4', 'pandas>=2.2,<5');
    const features = `${TEMPLATE}/files/base/src/__module__/features.py.template`;
    replace(root, features, '"day_of_year"]', '"day_of_year", "month"]');
    append(root, `${TEMPLATE}/files/base/data/README.md.template`, '\nNothing personal.\n');
    write(root, { [`${TEMPLATE}/files/base/tests/test_month.py`]: 'MONTHS = 12\n' });
  }

  beforeAll(() => {
    longAgo('bikes', ['pipeline', 'service']);
    longAgo('cars', ['pipeline', 'app']);
    longAgo('docks', []);
    longAgo('events', ['pipeline']);
    nxOk(root, ['g', 'fabrica:project', 'fares', '--owner=mobility', '--no-interactive', '--skipLock']);
    commit(root, 'Five projects');
    edit('events', 'README.md');
    commit(root, 'Events, edited');
    nxOk(root, ['g', 'fabrica:update', 'events', '--skipLock']);
    edit('events', 'src/events/data.py');
    for (const path of ['src/bikes/features.py', 'src/bikes/weather.py']) edit('bikes', path);
    edit('cars', 'src/cars/features.py');
    replace(root, 'projects/cars/src/cars/features.py', '"day_of_year"]', '"day_of_year", "fuel"]');
    edit('docks', 'tests/test_data.py');
    rmSync(join(root, 'projects/docks/notebooks/explore.ipynb'));
    edit('fares', 'pyproject.toml');
    replace(root, 'projects/fares/pyproject.toml', '  "pandas>=', '  "humanize>=4",\n  "pandas>=');
    commit(root, 'All five, edited');
    newTemplate();
    commit(root, 'A new template');
  });

  const from = { bikes: 1, cars: 1, docks: 1, events: TODAY, fares: TODAY };

  it('before: --dry-run says what it would do, and does nothing', () => {
    const { text } = nxOk(root, ['g', 'fabrica:update', '--all', '--dry-run']);
    for (const name of NAMES)
      expect(text).toMatch(
        new RegExp(`${name} +${from[name]} +${NEXT} +\\d+ +${name === 'cars' ? 1 : 0} +updated`),
      );
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('after: all five have the new template and every line that people wrote', () => {
    const { code, text } = nx(root, ['g', 'fabrica:update', '--all', '--skipLock']);
    expect([code, text]).toEqual([1, expect.stringContaining('1 conflict to solve; the rest is merged')]);
    expect(text).toMatch(
      /projects\/cars\/src\/cars\/features\.py:\d+: you and template \d+ changed the same lines/,
    );
    for (const name of NAMES) {
      const folder = `projects/${name}`;
      expect(read(`${folder}/fabrica.yaml`)).toContain(`template: { version: ${NEXT}, `);
      expect(read(`${folder}/pyproject.toml`)).toContain('"pandas>=2.2,<5"');
      expect(read(`${folder}/data/README.md`)).toContain('Nothing personal.');
      expect(read(`${folder}/tests/test_month.py`)).toBe('MONTHS = 12\n');
      expect(read(`${folder}/README.md`)).toContain(`npx nx test ${name}`);
      expect(read(`${folder}/src/${name}/features.py`)).toContain('"month"]');
      for (const [path, written] of Object.entries(WRITTEN[name] ?? {}))
        expect(read(`${folder}/${path}`)).toContain(written.trim());
    }
    expect(readdirSync(join(root, 'projects/docks/notebooks'))).toEqual([]);
    expect(read('projects/fares/pyproject.toml')).toContain('"humanize>=4"');
  });

  it('what could not be merged is refused by layout until it is solved', () => {
    const file = 'projects/cars/src/cars/features.py';
    expect(read(file)).toMatch(/<<<<<<< project\n.*"fuel"]\n[|]{7}[\s\S]*=======\n.*"month"]\n>>>>>>> /);
    const refused = nx(root, ['run', 'cars:layout']);
    expect([refused.code, refused.text]).toEqual([1, expect.stringContaining(`${file}:`)]);
    expect(refused.text).toContain('[conflict]');
    replace(root, file, /<<<<<<<[\s\S]*>>>>>>> .*\n/, 'FEATURES = ["rain", "fuel", "month"]\n');
    expect(nx(root, ['run', 'cars:layout']).text).not.toContain('[conflict]');
    commit(root, 'The new template');
    const { text } = nxOk(root, ['g', 'fabrica:update', '--all']);
    for (const name of NAMES)
      expect(text).toMatch(new RegExp(`${name} +${NEXT} +${NEXT} +0 +0 +is up to date`));
    expect(git(root, 'status', '--porcelain')).toBe('');
  });
});
