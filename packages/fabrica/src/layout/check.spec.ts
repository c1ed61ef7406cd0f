import { execFileSync } from 'node:child_process';
import { folderWith, pyproject, writeFiles } from '../workspace/testing/folder';
import { checkProject, checkWorkspaceFiles } from './check';
import { layoutCommand } from './command';
import { readFacts } from './facts';
import { filesOnDisk } from './files';
import { RULES, toText, type Finding } from './findings';
import { driftOf, ownedByProject, ownedByWorkspace } from './owned';

const PROJECT = {
  'nx.json':
    '{"plugins": [{"plugin": "fabrica/plugin", "options": {"owners": {"mobility": "@acme/mobility"}}}]}',
  'projects/bikes/fabrica.yaml': 'owner: mobility\n',
  'projects/bikes/pyproject.toml': pyproject('bikes'),
  'projects/bikes/README.md': '# Bikes\n',
  'projects/bikes/requirements.txt': '',
  'projects/bikes/requirements-dev.txt': '',
  'projects/bikes/src/bikes/__init__.py': '',
  'projects/bikes/tests/conftest.py': '',
};

/** A workspace in step, with changes after; undefined takes a file away. */
function workspace(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const root = folderWith(PROJECT);
  const files = filesOnDisk(root);
  const facts = readFacts(files);
  const owned = [...ownedByWorkspace(files, facts), ...ownedByProject('projects/bikes', facts)];
  writeFiles(root, Object.fromEntries(driftOf(files, owned).map(({ file, text }) => [file, text])));
  writeFiles(root, changes);
  return root;
}

const check = (changes?: Readonly<Record<string, string | undefined>>) =>
  checkProject(workspace(changes), 'projects/bikes');
const shown = (findings: readonly Finding[]) =>
  findings.map(({ rule, file, line }) => `${rule} ${file}${line ? `:${line}` : ''}`);

describe('the layout of a project', () => {
  it('is fine when it is the standard one', () => {
    const root = workspace({
      'projects/bikes/conftest.py': '',
      'projects/bikes/src/bikes/datasets/trips.sql': '',
      'projects/bikes/src/bikes/datasets/trips.ipynb': '{}',
      'projects/bikes/notebooks/explore.ipynb': '{}',
      'projects/bikes/experiments/try.py': '',
      'projects/bikes/data/days.csv': 'a\n=======\n',
      'projects/bikes/.venv/lib/site.py': '',
    });
    expect(checkProject(root, 'projects/bikes')).toEqual([]);
    expect(checkWorkspaceFiles(root)).toEqual([]);
  });

  it.each([
    ['README.md', "echo '# bikes' > projects/bikes/README.md"],
    ['requirements.txt', 'npx nx run bikes:lock'],
    ['src/bikes/__init__.py', 'projects/bikes/src/bikes/__init__.py'],
  ])('needs %s, and says how to get it', (path, hint) => {
    const [finding, ...others] = check({ [`projects/bikes/${path}`]: undefined });
    expect([finding?.rule, finding?.file, others]).toEqual(['missing', `projects/bikes/${path}`, []]);
    expect(finding?.hint).toContain(hint);
  });

  it('needs tests', () => {
    expect(shown(check({ 'projects/bikes/tests/conftest.py': undefined }))).toEqual([
      'missing projects/bikes/tests/',
    ]);
  });

  it.each([
    ['projects/bikes/helpers.py', 'mv projects/bikes/helpers.py projects/bikes/src/bikes/helpers.py'],
    ['projects/bikes/src/other/x.py', 'mv projects/bikes/src/other/x.py projects/bikes/src/bikes/x.py'],
    ['projects/bikes/look.ipynb', 'mv projects/bikes/look.ipynb projects/bikes/notebooks/look.ipynb'],
    ['projects/bikes/src/bikes/look.ipynb', 'projects/bikes/notebooks/look.ipynb'],
    ['projects/bikes/test_x.py', 'mv projects/bikes/test_x.py projects/bikes/tests/test_x.py'],
  ])('has no place for %s, which is advice: it fails nothing', (path, hint) => {
    const findings = check({ [path]: '' });
    expect(shown(findings)).toEqual([`no-place ${path}`]);
    expect(findings[0]?.hint).toContain(hint);
  });

  it('runs no tests in src', () => {
    expect(shown(check({ 'projects/bikes/src/bikes/test_x.py': '' }))).toEqual([
      'not-run projects/bikes/src/bikes/test_x.py',
    ]);
  });

  it('refuses a merge that is half done, with the line, in any text file', () => {
    const both = 'a\n<<<<<<< yours\nb\n=======\nc\n>>>>>>> template\n';
    expect(
      shown(
        check({
          'projects/bikes/notes.txt': both,
          'projects/bikes/windows.txt': both.replaceAll('\n', '\r\n'),
          'projects/bikes/title.txt': 'Title\n=======\n',
          'projects/bikes/model.bin': `\0${both}`,
        }),
      ),
    ).toEqual(['conflict projects/bikes/notes.txt:2', 'conflict projects/bikes/windows.txt:2']);
  });

  it('refuses what an update laid beside a file', () => {
    const [finding] = check({ 'projects/bikes/pyproject.toml.conflict': '[project]\n' });
    expect(finding).toMatchObject({ rule: 'conflict', file: 'projects/bikes/pyproject.toml.conflict' });
    expect(finding?.hint).toContain('into projects/bikes/pyproject.toml, then rm');
  });

  it("refuses a section of the toolkit's that has drifted, or that can't be told apart", () => {
    const file = 'projects/bikes/.gitignore';
    expect(shown(check({ [file]: undefined }))).toEqual([`drifted ${file}`]);
    expect(shown(check({ [file]: 'x\n# fabrica: begin\n' }))).toEqual([`drifted ${file}:2`]);
  });

  it('refuses an owner that nobody knows', () => {
    const [finding] = check({ 'projects/bikes/fabrica.yaml': '# who\nowner: mobilty\n' });
    expect(finding).toMatchObject({
      rule: 'unknown-owner',
      file: 'projects/bikes/fabrica.yaml',
      line: 2,
      hint: 'in projects/bikes/fabrica.yaml: owner: mobility',
    });
    expect(finding?.message).toContain('did you mean "mobility"?');
  });

  it('leaves alone what git ignores', () => {
    const root = workspace({ 'projects/bikes/scratch.py': '', '.gitignore': 'scratch.py\n' });
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    expect(checkProject(root, 'projects/bikes')).toEqual([]);
  });
});

describe('the layout of the workspace', () => {
  it('says that CODEOWNERS has drifted', () => {
    const root = workspace({ 'projects/cars/fabrica.yaml': 'owner: mobility\n' });
    expect(checkWorkspaceFiles(root)).toMatchObject([
      { rule: 'drifted', file: '.github/CODEOWNERS', message: 'lacks "/projects/cars/ @acme/mobility"' },
    ]);
  });
});

describe('what is printed', () => {
  const said = (root: string, ...args: string[]) => {
    const log = jest.spyOn(console, 'log').mockImplementation();
    const code = layoutCommand(root, 'projects/bikes', args);
    const text = log.mock.calls.flat().join('\n');
    log.mockRestore();
    return { code, text };
  };

  it('is the place, the rule and the way out; only errors fail', () => {
    const warned = said(workspace({ 'projects/bikes/helpers.py': '' }));
    expect(warned.code).toBe(0);
    expect(warned.text).toMatch(/^\S*warning\S*: projects\/bikes\/helpers\.py: .* \[no-place\]\n {2}try mv /);
    const failed = said(workspace({ 'projects/bikes/README.md': undefined }));
    expect(failed.code).toBe(1);
    expect(failed.text).toMatch(/error\S*: projects\/bikes\/README\.md: is missing/);
  });

  it('is one document with --json', () => {
    const { text } = said(workspace({ 'projects/bikes/README.md': undefined }), '--json');
    expect(JSON.parse(text)).toMatchObject({
      schema: 1,
      project: 'projects/bikes',
      ok: false,
      findings: [{ rule: 'missing', level: 'error', file: 'projects/bikes/README.md' }],
    });
  });

  it('puts errors first', () => {
    const both = (['no-place', 'missing'] as const).map((rule) => ({
      rule,
      file: 'f',
      message: 'm',
      hint: 'h',
    }));
    expect(toText(both)).toMatch(/error[\s\S]*warning/);
    expect(Object.keys(RULES)).toContain('missing');
  });
});
