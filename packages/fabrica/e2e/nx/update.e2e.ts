import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPLATE_VERSION } from '../../src/generators/project/template';
import { append, commit, git, nx, nxOk, replace, sharedManifests, workspaceWithSource } from './workspace';

const TEMPLATE = 'packages/fabrica/src/generators/project';
const PROJECT = 'projects/bikes';
const TODAY = TEMPLATE_VERSION;
const NEXT = TODAY + 1;

/** A line of the table in the end. */
const row = (...cells: (string | number)[]) => new RegExp(cells.join(' +'));

/** A project is generated, edited, and brought up to date with a template that has changed since: through real Nx. */
describe('a project stays up to date', () => {
  const root = workspaceWithSource(sharedManifests());
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const features = `${PROJECT}/src/bikes/features.py`;
  const pyproject = `${PROJECT}/pyproject.toml`;

  beforeAll(() => {
    const args = ['--owner=mobility', '--service', '--no-interactive', '--skipLock'];
    nxOk(root, ['g', 'fabrica:project', 'bikes', ...args]);
    nxOk(root, ['g', 'fabrica:project', 'cars', ...args]);
    commit(root, 'Start');
  });

  it('has nothing to do as long as the template is the same', () => {
    expect(nxOk(root, ['g', 'fabrica:update', 'bikes']).text).toContain(`is up to date (template ${TODAY})`);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('waits for what is not committed', () => {
    replace(root, features, '"day_of_year"]', '"day_of_year", "season"]');
    replace(root, pyproject, '"pandas>=2.2,<4"', '"pandas>=2.2,<3"');
    append(
      root,
      features,
      '\n\ndef season(day: int) -> int:\n    """Tell the season of a day."""\n    return day // 92\n',
    );
    newTemplate();
    const { code, text } = nx(root, ['g', 'fabrica:update', 'bikes']);
    expect(code).toBe(1);
    expect(text).toContain('projects/bikes has changes that are not committed');
    expect(text).toContain('git add projects/bikes && git commit');
    commit(root, 'Season');
  });

  /** What whoever owns the template does, but for freezing it. */
  function newTemplate(): void {
    replace(root, `${TEMPLATE}/template.ts`, `TEMPLATE_VERSION = ${TODAY}`, `TEMPLATE_VERSION = ${NEXT}`);
    replace(root, `${TEMPLATE}/parts.ts`, 'pandas>=2.2,<4', 'pandas>=2.2,<5');
    const files = `${TEMPLATE}/files/base`;
    replace(
      root,
      `${files}/src/__module__/features.py.template`,
      '"day_of_year"]',
      '"day_of_year", "month"]',
    );
    replace(
      root,
      `${files}/src/__module__/features.py.template`,
      '"""What a model sees of a day.',
      '"""What models see of a day.',
    );
    append(root, `${files}/data/README.md.template`, '\nNothing personal.\n');
  }

  it('adds a part from the template that made the project, so that an update moves all of it', () => {
    nxOk(root, ['g', 'fabrica:project', 'cars', '--app', '--no-interactive', '--skipLock']);
    expect(read('projects/cars/fabrica.yaml')).toContain(
      `template: { version: ${TODAY}, parts: [pipeline, service, app] }\n`,
    );
    expect(read('projects/cars/pyproject.toml')).toMatch(/pandas>=2.2,<4[\s\S]*streamlit/);
    expect(read('projects/cars/README.md')).toContain('nx run cars:app');
    commit(root, 'App');
  });

  it('shows what an update would change', () => {
    const { text } = nxOk(root, ['g', 'fabrica:update', '--all', '--dry-run']);
    expect(text).toMatch(row('bikes', TODAY, NEXT, 3, 2, 'updated, with conflicts to solve'));
    expect(text).toMatch(row('cars', TODAY, NEXT, 3, 0, 'updated'));
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it("merges what it can, marks what it can't, and all of Nx still works", () => {
    const { code, text } = nx(root, ['g', 'fabrica:update', '--all', '--skipLock']);
    expect(code).toBe(1);
    expect(text).toContain('2 conflicts to solve; the rest is merged');
    expect(text).toContain(`${features}:5: you and template ${NEXT} changed the same lines`);
    expect(text).toContain(`mv ${pyproject}.conflict ${pyproject}`);
    expect(text).not.toMatch(/^\s+at /m);
    expect(read(features)).toContain('"""What models see of a day.');
    expect(read(features)).toContain('def season');
    expect(read(features)).toMatch(
      new RegExp(
        `<<<<<<< project\n.*"season"]\n[|]{7} template ${TODAY}\n.*\n=======\n.*"month"]\n>>>>>>> template ${NEXT}\n`,
      ),
    );
    expect(read(`${PROJECT}/data/README.md`)).toContain('Nothing personal.');
    expect(read('projects/cars/pyproject.toml')).toContain('pandas>=2.2,<5');
    expect(nxOk(root, ['show', 'projects']).stdout.split('\n')).toEqual(
      expect.arrayContaining(['bikes', 'cars']),
    );
  });

  it('is up to date when the conflicts are solved', () => {
    replace(root, features, /<<<<<<<[\s\S]*>>>>>>> .*\n/, 'FEATURES = ["rain", "season", "month"]\n');
    rmSync(join(root, `${pyproject}.conflict`));
    commit(root, 'The new template');
    const { text } = nxOk(root, ['g', 'fabrica:update', '--all']);
    expect(text).toMatch(row('bikes', NEXT, NEXT, 0, 0, 'is up to date'));
    expect(git(root, 'status', '--porcelain')).toBe('');
  });
});
