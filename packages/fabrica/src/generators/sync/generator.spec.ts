import type { Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { parse } from 'jsonc-parser';
import { parse as parseYaml } from 'yaml';
import { BEGIN, END } from '../../layout/sections';
import syncGenerator from './generator';

function workspace(files: Readonly<Record<string, string>> = {}, owners?: object): Tree {
  const tree = createTreeWithEmptyWorkspace();
  const options = owners ? { owners } : {};
  tree.write('nx.json', JSON.stringify({ plugins: [{ plugin: 'fabrica/plugin', options }] }));
  for (const [path, text] of Object.entries(files)) tree.write(path, text);
  return tree;
}

const PROJECTS = {
  'projects/bikes/fabrica.yaml': 'owner: mobility\n',
  'projects/cars/fabrica.yaml': '# who\nowner: "@acme/cars"\n',
};

/** The lines that the toolkit owns in a file. */
function own(tree: Tree, file: string): string[] {
  const lines = (tree.read(file, 'utf8') ?? '').split('\n');
  return lines.slice(lines.indexOf(BEGIN) + 1, lines.indexOf(END));
}

describe('nx sync', () => {
  it('gives each project and the workspace what the toolkit owns, once', async () => {
    const tree = workspace({ ...PROJECTS, 'projects/bikes/.gitignore': 'secret.txt\n.venv/\n' });
    const { outOfSyncMessage, outOfSyncDetails } = await syncGenerator(tree);
    expect(outOfSyncMessage).toBe('11 files are not as the toolkit keeps them.');
    expect(outOfSyncDetails).toContain("- projects/bikes/.gitignore has no section of the toolkit's");
    expect(own(tree, '.gitattributes')).toEqual(['*.ipynb filter=fabrica-notebook diff=fabrica-notebook']);
    expect(own(tree, 'projects/cars/.gitignore')).toContain('.venv/');
    expect(tree.read('projects/bikes/.gitignore', 'utf8')?.split(END)[1]).toBe('\n\nsecret.txt\n');
    expect(await syncGenerator(tree)).toEqual({});
  });

  it('says which lines have drifted, and mends them alone', async () => {
    const tree = workspace(PROJECTS);
    await syncGenerator(tree);
    const before = tree.read('projects/bikes/.gitignore', 'utf8') as string;
    tree.write('projects/bikes/.gitignore', `mine\n${before.replace('.venv/', 'other/')}theirs\n`);
    expect((await syncGenerator(tree)).outOfSyncDetails).toEqual([
      '- projects/bikes/.gitignore:2 lacks ".venv/", and has "other/" between the markers, which is not the toolkit\'s',
    ]);
    expect(tree.read('projects/bikes/.gitignore', 'utf8')).toBe(`mine\n${before}theirs\n`);
  });

  it("keeps CI's checks where somebody marked their place, and makes none elsewhere", async () => {
    const file = '.github/workflows/ci.yml';
    const marked = workspace({ [file]: `steps:\n  - run: npm ci\n  ${BEGIN}\n  ${END}\n` });
    await syncGenerator(marked);
    const { steps } = parseYaml(marked.read(file, 'utf8') ?? '') as { steps: { run: string }[] };
    expect(steps.map(({ run }) => run.split(' --')[0])).toEqual([
      'npm ci',
      'npx nx sync:check',
      'npx nx affected -t layout lint typecheck test',
      'npx nx affected -t boundaries',
    ]);
    const unmarked = workspace({ [file]: 'steps: []\n' });
    await syncGenerator(unmarked);
    expect(unmarked.read(file, 'utf8')).toBe('steps: []\n');
  });

  it('never touches what is not of its kind', async () => {
    const tree = workspace({ ...PROJECTS, 'packages/odd/README.md': 'x', 'projects/notes.md': 'mine' });
    await syncGenerator(tree);
    expect(tree.listChanges().map(({ path }) => path)).not.toContain('packages/odd/.gitignore');
    expect(tree.exists('projects/notes.md/.gitignore')).toBe(false);
  });
});

describe('CODEOWNERS', () => {
  const file = '.github/CODEOWNERS';

  it('names the handles that nx.json has for an owner, and those that are handles themselves', async () => {
    const tree = workspace(
      {
        ...PROJECTS,
        'packages/maps/pyproject.toml':
          '[project]\nname = "fabrica-maps"\n[tool.fabrica]\nowner = "platform"\n',
        'packages/ui/package.json': '{"name": "@acme/ui", "fabrica": {"owner": "ui@acme.example"}}',
        'packages/free/pyproject.toml': '[project]\nname = "fabrica-free"\n',
      },
      { mobility: '@acme/mobility', platform: ['@acme/platform', '@anna'] },
    );
    await syncGenerator(tree);
    expect(own(tree, file)).toEqual([
      '/projects/bikes/ @acme/mobility',
      '/projects/cars/ @acme/cars',
      '/packages/maps/ @acme/platform @anna',
      '/packages/ui/ ui@acme.example',
    ]);
  });

  it("comes after the user's lines, which stay: the last match wins", async () => {
    const tree = workspace({ ...PROJECTS, [file]: '* @acme/everyone\n' }, { mobility: '@acme/mobility' });
    await syncGenerator(tree);
    const text = tree.read(file, 'utf8') as string;
    expect(text).toMatch(/^\* @acme\/everyone\n\n# fabrica: begin/);
    tree.write(file, `${text}/projects/bikes/data/ @acme/legal\n`);
    expect(await syncGenerator(tree)).toEqual({});
  });

  it('is the file that the code host reads already', async () => {
    const tree = workspace({ ...PROJECTS, CODEOWNERS: '* @acme/everyone\n' });
    await syncGenerator(tree);
    expect(tree.exists(file)).toBe(false);
    expect(own(tree, 'CODEOWNERS')).toContain('/projects/cars/ @acme/cars');
  });

  it('lists owners without a handle as comments, where there is no list of owners', async () => {
    const tree = workspace(PROJECTS);
    await syncGenerator(tree);
    expect(own(tree, file)).toEqual([
      '/projects/cars/ @acme/cars',
      expect.stringMatching(/^# Nobody is asked/),
      '#   /projects/bikes/ mobility',
    ]);
  });

  it('is not there where no owner has a handle', async () => {
    const tree = workspace({ 'projects/bikes/fabrica.yaml': 'owner: mobility\n' });
    await syncGenerator(tree);
    expect(tree.exists(file)).toBe(false);
  });

  it('forgets a project that is gone', async () => {
    const tree = workspace(PROJECTS);
    await syncGenerator(tree);
    tree.delete('projects/cars');
    await syncGenerator(tree);
    expect(own(tree, file)).toEqual([]);
  });

  it('refuses an owner that is not in the list, with the line and what was meant', async () => {
    const tree = workspace(
      { 'projects/bikes/fabrica.yaml': 'description: x\nowner: mobilty\n' },
      { mobility: '@acme/m' },
    );
    await expect(syncGenerator(tree)).rejects.toThrow(
      'projects/bikes/fabrica.yaml:2: the owner "mobilty" is not among those of nx.json (mobility); did you mean "mobility"?\n  try in projects/bikes/fabrica.yaml: owner: mobility',
    );
    expect(tree.exists('projects/bikes/.gitignore')).toBe(false);
  });

  it('refuses what is no handle in nx.json', async () => {
    await expect(syncGenerator(workspace(PROJECTS, { mobility: 'acme/mobility' }))).rejects.toThrow(
      /nx\.json:1:\d+: .*mobility must be "@org\/team", "@user", an e-mail address, or a list of these/,
    );
  });
});

describe('editor settings', () => {
  const settings = '.vscode/settings.json';

  it('are mended by key where there is such a file: comments and other entries stay', async () => {
    const tree = workspace({
      ...PROJECTS,
      [settings]: `{
  // mine
  "editor.rulers": [100],
  "yaml.schemas": { "./k8s.json": "k8s/*" },
  "python-envs.pythonProjects": [{ "path": "tools" }, { "path": "projects/gone" }],
}
`,
      '.vscode/extensions.json': '{ "recommendations": ["mine.mine"] }\n',
      'projects/bikes/fabrica.yaml': 'owner: me\nexperiments: { uses: [cars] }\n',
    });
    const { outOfSyncDetails } = await syncGenerator(tree);
    expect(outOfSyncDetails).toContain(
      `- ${settings} has another "yaml.schemas", "python-envs.pythonProjects" than the toolkit`,
    );
    const text = tree.read(settings, 'utf8') as string;
    expect(text).toContain('  // mine\n  "editor.rulers": [100],');
    expect(parse(text)).toMatchObject({
      'yaml.schemas': {
        './k8s.json': 'k8s/*',
        './node_modules/fabrica/schemas/fabrica.schema.json': 'projects/*/fabrica.yaml',
        './node_modules/fabrica/schemas/environment.schema.json': 'environments/*.yaml',
      },
      'python-envs.pythonProjects': [
        { path: 'tools' },
        { path: 'projects/bikes', envManager: 'ms-python.python:venv' },
        { path: 'projects/bikes/experiments', envManager: 'ms-python.python:venv' },
        { path: 'projects/cars' },
      ],
    });
    expect(tree.read('.vscode/extensions.json', 'utf8')).toMatch(/"mine\.mine",\s+"ms-python\.python"/);
    expect(await syncGenerator(tree)).toEqual({});
  });

  it('are nothing of ours where there is no such file', async () => {
    const tree = workspace(PROJECTS);
    await syncGenerator(tree);
    expect(tree.exists('.vscode')).toBe(false);
  });

  it('that are no JSON are refused, with the line', async () => {
    const tree = workspace({ ...PROJECTS, [settings]: '{\n  "a": 1\n  oops\n}\n' });
    await expect(syncGenerator(tree)).rejects.toThrow(`${settings}:3: this is not JSON`);
  });
});
