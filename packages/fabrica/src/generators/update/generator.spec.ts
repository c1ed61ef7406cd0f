import type { Tree } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flushChanges, FsTree } from 'nx/src/generators/tree';
import { findConflicts } from '../../workspace';
import { folderWith, writeFiles } from '../../workspace/testing/folder';
import { render } from '../project/render';
import { TEMPLATES, type Templates } from '../project/template';
import { asGenerator } from '../shared/outcome';
import { update } from './generator';
import type { UpdateGeneratorSchema } from './options';
import schema from './schema.json';
import { made, NOTEBOOK, templatesUpTo } from './testing/chain';

type Contents = Readonly<Record<string, string>>;
type Edit = (files: Record<string, string>) => Record<string, string | undefined>;

/** A workspace under git, with projects that templates made and people edited since. */
function workspace(projects: Readonly<Record<string, Contents>>): string {
  const root = folderWith({
    'packages/storage/pyproject.toml': '[project]\nname = "fabrica-storage"\nversion = "0.7.0"\n',
  });
  for (const [name, files] of Object.entries(projects)) put(root, name, files);
  git(root, 'init', '--quiet');
  commit(root);
  return root;
}

function put(root: string, name: string, files: Contents): void {
  writeFiles(root, Object.fromEntries(Object.keys(files).map((path) => [`projects/${name}/${path}`, ''])));
  for (const [path, text] of Object.entries(files))
    writeFileSync(join(root, 'projects', name, path), text, 'latin1');
}

/** A project that a template made, with what a person changed since; undefined takes a file away. */
function edited(version: 1 | 2 | 3, edit: Edit = () => ({}), parts: ('pipeline' | 'app')[] = []): Contents {
  const files = made(version, { parts });
  const all = { ...files, ...edit(files) };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function git(root: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' });
}

function commit(root: string): void {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message', 'x');
}

function contents(root: string, name = 'bikes'): Record<string, string> {
  const folder = join(root, 'projects', name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return Object.fromEntries(
    files.map((one) => {
      const path = join(one.parentPath, one.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'latin1')];
    }),
  );
}

interface Said {
  readonly text: string;
  readonly error: string;
}

/** What `nx g fabrica:update` does, without the locks. */
async function run(
  root: string,
  options: UpdateGeneratorSchema = { name: 'bikes' },
  templates: Templates = templatesUpTo(3),
): Promise<Said> {
  let text = '';
  const tree: Tree = new FsTree(root, false);
  try {
    const given = { skipLock: true, ...options };
    const print = (said: string) => void (text += said);
    const after = await asGenerator(root, () => update(tree, given, templates, print));
    if (process.env.NX_DRY_RUN !== 'true') flushChanges(root, tree.listChanges());
    await after?.();
    return { text, error: '' };
  } catch (error) {
    return { text, error: (error as Error).message };
  }
}

const PROJECTS = {
  untouched: edited(1),
  added: edited(1, (files) => ({
    'README.md': files['README.md']?.replace('Owner: me\n', 'Owner: me\n\nAsk Ada.\n'),
    'fabrica.yaml': `# ours\n${files['fabrica.yaml']?.replace('owner: me', 'owner: growth')}`,
    'pyproject.toml': files['pyproject.toml']
      ?.replace(
        '"pandas>=2.2,<4",',
        '"humanize>=4",\n  "pandas>=2.2,<4",\n  "requests>=2",  # for the forecast',
      )
      .replace('storage==0.1.0', 'storage==0.2.0'),
    'src/bikes/data.py': `${files['src/bikes/data.py']}\n\ndef ours() -> None:\n    """Ours."""\n`,
    'src/bikes/own.py': 'OWN = 1\n',
    'src/bikes/plot.py': `${files['src/bikes/plot.py']}SIZE = 3\n`,
  })),
  changed: edited(1, (files) => ({
    'fabrica.yaml': files['fabrica.yaml']?.replace(
      /# pipelines.*/,
      'pipelines: {train: {schedule: "@daily"}}',
    ),
    'pyproject.toml': files['pyproject.toml']?.replace('"pandas>=2.2,<4"', '"pandas>=2.2,<3"'),
    'src/bikes/data.py': files['src/bikes/data.py']?.replace('"data/days.csv"', '"data/ours.csv"'),
    'logo.png': '\u0089\u0000ours',
  })),
  moved: edited(1, () => ({
    'src/bikes/plot.py': undefined,
    'data/days.csv': 'day,rentals\n7,70\n2,20\n',
    'src/bikes/checks.py': 'OURS = 1\n',
    'src/bikes/old.py': 'OLD = 2  # ours\n',
    'tests/test_data.py': undefined,
    'notebooks/explore.ipynb': NOTEBOOK('Ours'),
  })),
  windows: edited(2, (files) => ({
    'src/bikes/data.py': `${files['src/bikes/data.py']}OURS = "Z\u00fcrich"\n`.replaceAll('\n', '\r\n'),
    'README.md': undefined,
  })),
} satisfies Record<string, Contents>;

/** The projects are all called bikes, so that one template makes them alike. */
const only = (name: keyof typeof PROJECTS) => workspace({ bikes: PROJECTS[name] });

/** The lines that people wrote into a project, and that it hasn't any more. */
function lost(root: string, name: keyof typeof PROJECTS): string[] {
  const linesOf = (files: Contents) => Object.values(files).flatMap((text) => text.split(/\r?\n/));
  const template = new Set(linesOf(made(name === 'windows' ? 2 : 1)));
  const now = new Set(linesOf(contents(root)));
  return linesOf(PROJECTS[name]).filter((line) => !template.has(line) && !now.has(line));
}

describe('a project that was edited since', () => {
  it("is what today's template makes, when nobody touched it", async () => {
    const root = only('untouched');
    const { text, error } = await run(root);
    expect(error).toBe('');
    expect(text).toMatch(/bikes +1 +3 +11 +0 +updated/);
    expect(text).toContain('Next:\n  git diff\n  npx nx run-many -t lint typecheck test -p bikes\n');
    expect(contents(root)).toEqual(made(3));
  });

  it('keeps what was added, beside what the template changed', async () => {
    const root = only('added');
    expect((await run(root)).error).toBe('');
    const now = contents(root);
    expect(now['README.md']).toBe('# Bikes\n\nOwner: me\n\nAsk Ada.\n\n## Work on it\n\nnpx nx test bikes\n');
    expect(now['pyproject.toml']).toContain(
      '  "fabrica-storage==0.2.0",\n  "numpy>=1,<3",\n  "humanize>=4",\n  "pandas>=2.2,<5",\n  "requests>=2",  # for the forecast\n]',
    );
    expect(now['pyproject.toml']).toContain('preview = true');
    expect(now['fabrica.yaml']).toBe(
      '# ours\nowner: growth\ndescription: Bikes.\n# Schedules go like this:\n# pipelines: {train: {schedule: "0 5 * * *"}}\ntemplate: { version: 3, parts: [] }\n',
    );
    expect(now['src/bikes/data.py']).toMatch(/read_parquet[\s\S]*def ours/);
  });

  it('has its edits where the template put the file meanwhile, after two renames', async () => {
    const root = only('added');
    await run(root);
    expect(contents(root)).not.toHaveProperty(['src/bikes/plot.py']);
    expect(contents(root)['src/bikes/plots/charts.py']).toBe(
      'import altair as alt\n\n\nCOLOUR = "blue"\nSIZE = 3\n',
    );
  });

  it('has conflict markers where both changed the same lines, and stays a project that Nx can read', async () => {
    const root = only('changed');
    const { text, error } = await run(root);
    const now = contents(root);
    expect(now['src/bikes/data.py']).toContain(
      [
        '<<<<<<< project',
        '    return pd.read_csv("data/ours.csv")',
        '||||||| template 1',
        '    return pd.read_csv("data/days.csv")',
        '=======',
        '    return pd.read_parquet("data/days")',
        '>>>>>>> template 3',
      ].join('\n'),
    );
    expect(now['pyproject.toml']).toBe(PROJECTS.changed['pyproject.toml']);
    expect(now['pyproject.toml.conflict']).toContain('<<<<<<< project\n  "pandas>=2.2,<3",\n|||||||');
    expect(now['pyproject.toml.conflict']).toContain('preview = true');
    expect(now['fabrica.yaml']).toBe(PROJECTS.changed['fabrica.yaml']?.replace('version: 1', 'version: 3'));
    expect(now['logo.png']).toBe(PROJECTS.changed['logo.png']);
    expect(now['logo.png.conflict']).toBe(made(3)['logo.png']);
    expect(text).toMatch(/bikes +1 +3 +\d+ +4 +updated, with conflicts to solve/);
    expect(error).toContain('4 conflicts to solve; the rest is merged');
    expect(error).toContain(
      '  projects/bikes/src/bikes/data.py:8: you and template 3 changed the same lines\n',
    );
    expect(error).toContain('mv projects/bikes/pyproject.toml.conflict projects/bikes/pyproject.toml');
    expect(error).toContain('npx nx run bikes:lock && npx nx run-many -t lint typecheck test -p bikes');
  });

  it('keeps its own files, what it changed and what it took away, and says so', async () => {
    const root = only('moved');
    const { text, error } = await run(root);
    const now = contents(root);
    expect(now).toMatchObject({
      'data/days.csv': 'day,rentals\n7,70\n2,20\n',
      'src/bikes/checks.py': 'OURS = 1\n',
      'src/bikes/checks.py.conflict': 'CHECKS = []\n',
      'src/bikes/old.py': 'OLD = 2  # ours\n',
      'notebooks/explore.ipynb': NOTEBOOK('Ours'),
      'notebooks/explore.ipynb.conflict': NOTEBOOK('Exploring the data'),
    });
    expect(now).not.toHaveProperty(['tests/test_data.py']);
    expect(now).not.toHaveProperty(['src/bikes/plots/charts.py']);
    expect(text).toContain(
      'projects/bikes/src/bikes/old.py: template 3 has it no more, and you have changed it: it stays',
    );
    expect(text).toContain(
      'projects/bikes/tests/test_data.py: template 3 changed it, and you have taken it away',
    );
    expect(text).toContain('projects/bikes/data/days.csv: template 3 has other example data: yours stays');
    expect(error).toContain('2 conflicts to solve');
    expect(error).toContain(
      'take what you want from projects/bikes/src/bikes/checks.py.conflict, then rm projects/bikes/src/bikes/checks.py.conflict',
    );
  });

  it('keeps the line ends and the encoding that it has', async () => {
    const root = only('windows');
    const { error } = await run(root);
    const data = contents(root)['src/bikes/data.py'] ?? '';
    expect(error).toBe('');
    expect(data).toMatch(/read_parquet[\s\S]*OURS = "Z\u00fcrich"\r\n$/);
    expect(data).not.toMatch(/[^\r]\n/);
    expect(contents(root)).not.toHaveProperty(['README.md']);
  });

  it.each(Object.keys(PROJECTS) as (keyof typeof PROJECTS)[])(
    'loses nothing that a person wrote: %s',
    async (name) => {
      const root = only(name);
      await run(root);
      expect(lost(root, name)).toEqual([]);
    },
  );

  it.each(['untouched', 'added'] as const)(
    'comes to the same by each version on the way: %s',
    async (name) => {
      const [stepwise, atOnce] = [only(name), only(name)];
      for (const version of [2, 3] as const) {
        expect((await run(stepwise, { name: 'bikes' }, templatesUpTo(version))).error).toBe('');
        commit(stepwise);
      }
      await run(atOnce);
      expect(contents(stepwise)).toEqual(contents(atOnce));
    },
  );
});

describe('an update', () => {
  it('that is done has nothing to do again', async () => {
    const root = only('added');
    await run(root);
    const before = contents(root);
    const { text, error } = await run(root);
    expect(error).toBe('');
    expect(text).toContain('is up to date (template 3)');
    expect(contents(root)).toEqual(before);
  });

  it('brings the parts that the project has, and no others', async () => {
    const root = workspace({ bikes: edited(1, undefined, ['app']) });
    expect((await run(root)).error).toBe('');
    expect(contents(root)).toEqual(made(3, { parts: ['app'] }));
  });

  it('can be killed at any moment: nothing is lost, and git takes back what was written', async () => {
    const done = only('added');
    await run(done);
    const root = only('added');
    const tree = new FsTree(root, false);
    await update(tree, { name: 'bikes' }, templatesUpTo(3), () => undefined);
    const changes = tree.listChanges();
    expect(contents(root)).toEqual(PROJECTS.added);
    for (let written = 1; written < changes.length; written++) {
      flushChanges(root, changes.slice(0, written));
      expect(lost(root, 'added')).toEqual([]);
      expect(contents(root)['fabrica.yaml']).toContain('version: 1');
      await run(root, { name: 'bikes', force: true });
      expect(lost(root, 'added')).toEqual([]);
      git(root, 'stash', '--quiet', '--include-untracked', '--', 'projects/bikes');
      expect(contents(root)).toEqual(PROJECTS.added);
    }
    await run(root);
    expect(contents(root)).toEqual(contents(done));
  });

  it('shows what it would do, and does nothing, when it is dry', async () => {
    const root = only('changed');
    writeFiles(root, { 'projects/bikes/notes.md': 'not committed' });
    const before = contents(root);
    process.env.NX_DRY_RUN = 'true';
    const { text, error } = await run(root).finally(() => delete process.env.NX_DRY_RUN);
    expect(error).toBe('');
    expect(text).toMatch(/bikes +1 +3/);
    expect(text).toContain('projects/bikes/src/bikes/data.py:8: you and template 3 changed the same lines');
    expect(contents(root)).toEqual(before);
  });

  it("of all goes on after a conflict, and leaves alone what it can't update", async () => {
    const root = workspace({
      bikes: PROJECTS.changed,
      cars: made(1, { name: 'cars' }),
      dirty: made(1, { name: 'dirty' }),
      handmade: { 'fabrica.yaml': 'owner: me\n', 'pyproject.toml': '[project]\nname = "handmade"\n' },
      newest: made(3, { name: 'newest' }),
    });
    writeFiles(root, { 'projects/dirty/src/dirty/own.py': 'x = 1\n' });
    const { text, error } = await run(root, { all: true });
    expect(contents(root, 'cars')).toEqual(made(3, { name: 'cars' }));
    expect(contents(root, 'dirty')).toEqual({ ...made(1, { name: 'dirty' }), 'src/dirty/own.py': 'x = 1\n' });
    expect(text).toMatch(/bikes +1 +3 +\d+ +4 +updated, with conflicts to solve/);
    expect(text).toMatch(/cars +1 +3 +11 +0 +updated\n/);
    expect(text).toMatch(/dirty +1 +3 +0 +0 +left as it is: .* changes that are not committed/);
    expect(text).toMatch(/handmade +– +3 +0 +0 +left as it is: .*doesn't say which template/);
    expect(text).toMatch(/newest +3 +3 +0 +0 +is up to date/);
    expect(error).toContain('4 conflicts to solve');
    expect(error).toContain('projects/dirty has changes that are not committed');
    expect(error).not.toContain('handmade');
  });
});

describe('the templates that the plugin carries', () => {
  const parts = ['pipeline', 'service', 'app'] as const;
  const versions = new Map(
    ['pipelines', 'serving', 'storage', 'tracking', 'warehouse'].map((name) => [`fabrica-${name}`, '0.1.0']),
  );
  const madeBy = (version: number): Contents => {
    const answers = { name: 'bikes', owner: 'me', description: 'Bikes.', parts, versions };
    const files = render(TEMPLATES.read(version), answers);
    return Object.fromEntries([...files].map(([path, content]) => [path, content.toString('latin1')]));
  };
  const older = Array.from({ length: TEMPLATES.current - 1 }, (_, index) => index + 1);

  it.each(older)("lead from %i to today's", async (version) => {
    const root = workspace({ bikes: madeBy(version) });
    expect((await run(root, { name: 'bikes' }, TEMPLATES)).error).toBe('');
    expect(contents(root)).toEqual(madeBy(TEMPLATES.current));
  });
});

describe('refuses', () => {
  it("a project with changes that git couldn't take back, unless it is forced", async () => {
    const root = only('added');
    writeFiles(root, { 'projects/bikes/notes.md': 'mine' });
    const before = contents(root);
    expect((await run(root)).error).toContain(
      'git add projects/bikes && git commit -m "Before the update"\n      or npx nx g fabrica:update bikes --force',
    );
    expect(contents(root)).toEqual(before);
    expect((await run(root, { name: 'bikes', force: true })).error).toBe('');
    expect(contents(root)).toMatchObject({ 'notes.md': 'mine', 'src/bikes/checks.py': 'CHECKS = []\n' });
  });

  it('a project whose last conflicts nobody has solved', async () => {
    const root = workspace({
      bikes: edited(1, (files) => ({ 'a.md': `<<<<<<< project\n${files['README.md']}` })),
    });
    expect((await run(root, { name: 'bikes', force: true })).error).toContain(
      'projects/bikes has conflicts that wait for you: projects/bikes/a.md:1',
    );
  });

  it('a project that a newer template made', async () => {
    expect((await run(workspace({ bikes: made(3) }), { name: 'bikes' }, templatesUpTo(2))).error).toMatch(
      /the project has template 3, and this plugin's newest is 2[\s\S]*npx nx migrate fabrica/,
    );
  });

  it('a project that says nothing of a template, with the line that would', async () => {
    const root = workspace({ bikes: edited(1, () => ({ 'fabrica.yaml': 'owner: me\n' })) });
    expect((await run(root)).error).toContain('template: { version: 1, parts: [pipeline] }');
  });

  it.each([
    [{}, 'npx nx g fabrica:update --all'],
    [{ name: 'bikes', all: true }, "a project and --all can't both be meant"],
    [{ name: 'bike' }, 'there is no project "bike"; did you mean "bikes"?'],
  ])('%j', async (options, message) => {
    expect((await run(only('untouched'), options)).error).toContain(message);
  });
});

describe('findConflicts', () => {
  it('lists what an update left to be solved, until it is', async () => {
    const root = only('changed');
    await run(root);
    expect(findConflicts(root, 'projects/bikes')).toEqual([
      { file: 'projects/bikes/fabrica.yaml.conflict', line: 4 },
      { file: 'projects/bikes/logo.png.conflict', line: 1 },
      { file: 'projects/bikes/pyproject.toml.conflict', line: 7 },
      { file: 'projects/bikes/src/bikes/data.py', line: 8 },
    ]);
    commit(root);
    git(root, 'rm', '--quiet', '--', 'projects/bikes/*.conflict');
    writeFiles(root, { 'projects/bikes/src/bikes/data.py': '"""Data."""\n\nHeading\n=======\n' });
    expect(findConflicts(root, 'projects/bikes')).toEqual([]);
  });

  it('sees one that was solved by half', () => {
    const root = workspace({
      bikes: { 'a.py': 'x = 1\n>>>>>>> template 3\n', '.venv/b.py': '<<<<<<< project\n' },
    });
    expect(findConflicts(root, 'projects/bikes')).toEqual([{ file: 'projects/bikes/a.py', line: 2 }]);
  });
});

describe('schema.json', () => {
  it('says what the generator takes, for Nx Console', () => {
    const options: Record<keyof UpdateGeneratorSchema, true> = {
      name: true,
      all: true,
      force: true,
      skipLock: true,
    };
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(options).sort());
  });
});
