import { folderWith, pyproject } from '../workspace/testing/folder';
import { checkAll, type Outcome } from './check-all';

// As many as are worth a second thread where there is a second processor.
const MANY = Array.from({ length: 250 }, (_, index) => `p${index}`);

function workspace(names: readonly string[]): string {
  const files = names.map((name) => ({
    [`projects/${name}/pyproject.toml`]: pyproject(name, 'dependencies = []\n'),
    [`projects/${name}/fabrica.yaml`]: 'owner: me\n',
    [`projects/${name}/src/${name}/__init__.py`]: `import ${names[0]}\n`,
  }));
  return folderWith(Object.assign({ 'nx.json': '{}' }, ...files) as Record<string, string>);
}

async function outcomes(root: string, folders: readonly string[]): Promise<Outcome[]> {
  const found: Outcome[] = [];
  for await (const outcome of checkAll(root, folders, '2026-11-21')) found.push(outcome);
  return found.sort((one, other) => folders.indexOf(one.folder) - folders.indexOf(other.folder));
}

describe('many projects', () => {
  it('are each checked once, however many threads do it', async () => {
    const folders = MANY.map((name) => `projects/${name}`);
    const found = await outcomes(workspace(MANY), folders);
    expect(found.map(({ folder }) => folder)).toEqual(folders);
    const errors = found.map(({ result }) =>
      'checked' in result ? result.checked.findings.map(({ rule }) => rule) : [result.error],
    );
    expect(errors).toEqual([[], ...MANY.slice(1).map(() => ['imports-project'])]);
  }, 30_000);

  it('are checked also when one of them cannot be', async () => {
    const [missing, there] = await outcomes(workspace(['bikes']), ['projects/gone', 'projects/bikes']);
    expect(missing?.result).toEqual({ error: expect.stringContaining('projects/gone is no project') });
    expect(there?.result).toMatchObject({ checked: { findings: [] } });
  });
});
