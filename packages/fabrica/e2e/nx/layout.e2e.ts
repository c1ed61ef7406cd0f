import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { append, commit, nx, nxOk, workspaceWithPlugin, write } from './workspace';

/** What the toolkit keeps, and what it says of the rest, through real Nx. */
describe('the layout', () => {
  const root = workspaceWithPlugin({
    'projects/bikes/pyproject.toml': '[project]\nname = "bikes"\nversion = "0.1.0"\n',
    'projects/bikes/fabrica.yaml': 'owner: "@acme/mobility"\n',
    'projects/bikes/README.md': '# Bikes\n',
    'projects/bikes/requirements.txt': '',
    'projects/bikes/requirements-dev.txt': '',
    'projects/bikes/src/bikes/__init__.py': '',
    'projects/bikes/tests/test_bikes.py': '',
    'projects/bikes/.gitignore': 'mine/\n',
  });
  const read = (file: string) => readFileSync(join(root, file), 'utf8');

  it('nx sync:check says what has drifted, nx sync mends it, and what is the user’s stays', () => {
    const drifted = nx(root, ['sync:check']);
    expect(drifted.code).toBe(1);
    expect(drifted.text).toContain("- projects/bikes/.gitignore has no section of the toolkit's");
    nxOk(root, ['sync']);
    expect(read('.github/CODEOWNERS')).toContain('/projects/bikes/ @acme/mobility\n');
    expect(read('projects/bikes/.gitignore')).toMatch(/^# fabrica: begin[\s\S]*\.venv\/[\s\S]*\nmine\/\n$/);
    nxOk(root, ['sync:check']);
  });

  it('a project in order passes, from the cache when nothing changed', () => {
    commit(root, 'In step');
    expect(nxOk(root, ['run', 'bikes:layout']).text).toContain('projects/bikes is in order');
    expect(nxOk(root, ['run', 'bikes:layout']).text).toMatch(/Nx read the output from the cache/);
    nxOk(root, ['run', 'workspace:layout']);
  });

  it('a change of an owner is told of the workspace, whatever the cache holds', () => {
    write(root, { 'projects/bikes/fabrica.yaml': 'owner: "@acme/other"\n' });
    const { code, text } = nx(root, ['run', 'workspace:layout']);
    expect(code).toBe(1);
    expect(text).toContain('.github/CODEOWNERS:1: lacks "/projects/bikes/ @acme/other"');
    nxOk(root, ['sync']);
    nxOk(root, ['run', 'workspace:layout']);
    append(root, '.gitattributes', '# fabrica: end\n');
    expect(nx(root, ['run', 'workspace:layout']).text).toContain('.gitattributes:1: ');
  });

  it('a merge that is half done is refused, with its line; --json says it to programs', () => {
    append(root, 'projects/bikes/README.md', '<<<<<<< yours\na\n=======\nb\n>>>>>>> template\n');
    const { code, stdout } = nx(root, ['run', 'bikes:layout', '--json']);
    expect(code).toBe(1);
    const line = stdout.split('\n').find((text) => text.startsWith('{')) as string;
    expect(JSON.parse(line)).toMatchObject({
      ok: false,
      findings: [{ rule: 'conflict', level: 'error', file: 'projects/bikes/README.md', line: 2 }],
    });
  });
});
