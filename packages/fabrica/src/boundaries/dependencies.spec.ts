import { check, found, pyproject } from './testing/planted';

const toml = (dependency: string, more = '') => ({ 'pyproject.toml': pyproject([dependency], more) });

describe('depends-on-project', () => {
  it.each([
    ['by name', 'bikes>=0.1'],
    ['by path', 'bikes @ ../bikes'],
    ['by path under another name', 'something @ file:../bikes'],
    ['by an absolute address', 'bikes @ file:///home/me/acme/projects/bikes'],
    [
      'from the repository by https',
      'bikes @ git+https://example.com/acme/science@main#subdirectory=projects/bikes',
    ],
    [
      'from the repository by ssh',
      'x @ git+ssh://git@example.com/acme/science.git#subdirectory=projects/bikes',
    ],
    ['from the repository, by its name alone', 'bikes @ git+https://example.com/acme/science'],
    ['however it is written', 'Bikes_Pricing'],
  ])('%s', (_name, dependency) => {
    expect(found(toml(dependency))).toEqual(['depends-on-project pyproject.toml:5']);
  });

  it('in an extra, in any group, in a source', () => {
    const extra = '[project.optional-dependencies]\nall = ["bikes"]\n';
    const group = '[dependency-groups]\nlint = ["bikes-pricing"]\n';
    const source = '[tool.uv.sources]\ncommon = { path = "../bikes" }\n';
    expect(found({ 'pyproject.toml': pyproject([], extra + group + source) })).toEqual([
      'depends-on-project pyproject.toml:7',
      'depends-on-project pyproject.toml:9',
      'depends-on-project pyproject.toml:11',
    ]);
  });

  it.each([
    ['by name', 'bikes==0.1.0 \\\n    --hash=sha256:00'],
    ['-e', '-e ../bikes'],
    ['--editable=', '--editable=../bikes'],
    ['a path', '../bikes'],
    ['file:', 'file:../bikes#egg=bikes'],
    ['another lock', '-r ../bikes/requirements.txt'],
    ['the repository', 'git+ssh://git@example.com/acme/science.git@main#egg=bikes'],
  ])('in a lock: %s', (_name, line) => {
    const text = `pandas==2.0 \\\n    --hash=sha256:00\n${line}\n`;
    expect(found({ 'requirements-dev.txt': text })).toEqual(['depends-on-project requirements-dev.txt:3']);
  });

  it('nor on the whole repository', () => {
    const line = 'x @ git+https://example.com/acme/science.git';
    expect(found(toml(line))).toEqual(['path pyproject.toml:5']);
    expect(found({ 'requirements.txt': `${line}\n` })).toEqual(['path requirements.txt:1']);
  });

  it('says the way out', () => {
    expect(check(toml('bikes')).findings[0]).toMatchObject({
      message: '"bikes" depends on projects/bikes, which is a project',
      hint: expect.stringContaining('npx nx g fabrica:graduate bikes.MODULE --to bikes-shared'),
    });
  });

  it.each([
    ['a distribution whose name begins like a project', 'bikes-of-mine==1'],
    ['another repository', 'x @ git+https://example.com/acme/other#subdirectory=projects/bikes'],
    ['an extra of its own', 'rides[fast]'],
    ['itself', 'rides @ git+https://example.com/acme/science#subdirectory=projects/rides'],
    ['a folder of its own', 'x @ file:vendor/x'],
  ])('is silent about %s', (_name, dependency) => {
    expect(found(toml(dependency), { paths: ['vendor/x/pyproject.toml'] })).toEqual([]);
  });

  it('is silent about the reasons in a lock', () => {
    const text =
      'pandas==2.0 \\\n    --hash=sha256:00\n    # via\n    #   bikes\n# bikes==1\n-r requirements.txt\n--no-binary bikes\n';
    expect(found({ 'requirements-dev.txt': text, 'requirements.txt': '' })).toEqual([]);
  });
});

describe('linked-package', () => {
  const PIN = 'fabrica-storage>=1';

  it.each([
    [
      'a source',
      toml(
        PIN,
        '[tool.uv.sources]\nfabrica-storage = { path = "../../packages/storage", editable = true }\n',
      ),
      8,
    ],
    [
      'a source from git',
      toml(
        PIN,
        '[tool.uv.sources]\nfabrica-storage = { git = "https://example.com/acme/science", subdirectory = "packages/storage" }\n',
      ),
      8,
    ],
    ['a requirement', toml('fabrica-storage @ file:../../packages/storage'), 5],
    ['a lock', { 'requirements.txt': '-e ../../packages/storage\n' }, 1],
  ])('%s', (_name, files: Record<string, string>, line) => {
    const use = { 'src/rides/a.py': 'import fabrica.storage' };
    const rules = found({ ...use, ...files }).filter((one) => !one.startsWith('undeclared'));
    expect(rules).toEqual([
      `linked-package ${'requirements.txt' in files ? 'requirements.txt' : 'pyproject.toml'}:${line}`,
    ]);
  });

  it('is silent about a release', () => {
    const files = toml(PIN, '[tool.uv.sources]\nfabrica-storage = { index = "fabrica" }\n');
    expect(
      found({
        ...files,
        'src/rides/a.py': 'from fabrica import storage',
        'requirements.txt': 'fabrica-storage==1.4.0\n',
      }),
    ).toEqual([]);
  });
});
