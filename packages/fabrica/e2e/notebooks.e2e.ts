import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checkProject } from '../src/layout/check';
import { changedNotebooks, toMarkdown } from '../src/notebooks/review';
import { pinnedTool } from '../src/python/tools';
import { HOUSE, Workspace } from './support/workspace';

const FILE = 'projects/bikes/notebooks/explore.ipynb';
const ATTRIBUTES = '*.ipynb filter=fabrica-notebook diff=fabrica-notebook\n';

jest.setTimeout(180_000);

/** A notebook as Jupyter saves it after it was run. */
function notebook(source: string, output: string): string {
  const cell = {
    cell_type: 'code',
    execution_count: 3,
    id: 'first',
    metadata: {},
    outputs: [{ name: 'stdout', output_type: 'stream', text: [output] }],
    source: [source],
  };
  const metadata = {
    kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
    language_info: { name: 'python', version: '3.11.7' },
  };
  return JSON.stringify({ cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 });
}

/** Real git, real nbstripout and nbdime: a workspace below the top of its repository, with spaces in its path. */
describe('notebooks in git', () => {
  const house = new Workspace();
  const git = (...args: string[]) => spawnSync('git', args, { cwd: house.root, encoding: 'utf8' });

  beforeAll(() => {
    installPlugin(house);
    execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: join(house.root, '..') });
    house.commit('start');
    setUp(house);
  });
  afterAll(() => house.remove());

  /** What `npm ci` leaves there, of this plugin alone. */
  function installPlugin(workspace: Workspace): void {
    rmSync(workspace.path('node_modules'));
    mkdirSync(workspace.path('node_modules'));
    symlinkSync(join(HOUSE, 'packages', 'fabrica'), workspace.path('node_modules/fabrica'));
    workspace.write('.gitattributes', ATTRIBUTES);
  }

  /** What npm's `prepare` does. */
  function setUp(workspace: Workspace): void {
    execFileSync('node', ['node_modules/fabrica/bin/notebook.cjs', 'setup'], { cwd: workspace.root });
  }

  const nbdime = () => pinnedTool(house.root, 'nbdime');
  const inGit = (at = '') => git('show', `${at}:./${FILE}`).stdout;
  const outputsFound = ({ root } = house) =>
    checkProject(root, 'projects/bikes').filter(({ rule }) => rule === 'outputs');

  it('are added without their outputs, which stay on disk', () => {
    house.write(FILE, notebook('print("tap")', 'tap'));
    house.write('projects/bikes/fabrica.yaml', 'owner: me\n');
    house.commit('A notebook');
    expect(JSON.parse(inGit('HEAD'))).toMatchObject({
      cells: [{ id: 'first', outputs: [], execution_count: null, source: ['print("tap")'] }],
      metadata: { language_info: { name: 'python' } },
    });
    expect(inGit('HEAD')).not.toContain('3.11.7');
    expect(house.read(FILE)).toContain('"text":["tap"]');
    expect(house.git('status', '--porcelain')).toBe('');
    expect(outputsFound()).toEqual([]);
  });

  it('are no change when only their outputs are others', () => {
    house.write(FILE, notebook('print("tap")', 'another output'));
    expect(house.git('diff')).toBe('');
  });

  it('show a diff of cells, in git and in a review', async () => {
    await nbdime();
    house.write(FILE, notebook('print("top")', 'top'));
    const { stdout } = git('diff');
    expect(stdout).toContain('## modified /cells/0/source:\n-  print("tap")\n+  print("top")');
    expect(stdout).not.toContain('"cell_type"');

    const changes = await changedNotebooks(house.root, { nbdime, base: 'main' });
    expect(changes).toEqual([
      { path: FILE, text: '## modified /cells/0/source:\n-  print("tap")\n+  print("top")' },
    ]);
    expect(toMarkdown(changes)).toContain(`### ${FILE}\n\n\`\`\`diff\n## modified`);
  });

  it('a notebook that is new is shown too', async () => {
    house.write('new.ipynb', notebook('print("new")', 'new'));
    house.git('add', 'new.ipynb');
    const changes = await changedNotebooks(house.root, { nbdime, base: 'main' });
    expect(changes.map(({ path }) => path)).toEqual(['new.ipynb', FILE]);
    expect(changes[0]?.text).toContain('print("new")');
  });

  it('what is no notebook passes as it is', () => {
    house.write(FILE, 'half a noteb');
    house.git('add', FILE);
    expect(inGit()).toBe('half a noteb');
  });

  it("git goes on where nbstripout can't be had, and says what to do; the layout check refuses what came of it", () => {
    const other = new Workspace({ sharedTools: false });
    const offline = {
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: '',
      UV_OFFLINE: '1',
      UV_NO_CACHE: '1',
      UV_FIND_LINKS: '',
    };
    installPlugin(other);
    other.start();
    setUp(other);
    other.write(FILE, notebook('print("tap")', 'tap'));
    other.write('projects/bikes/fabrica.yaml', 'owner: me\n');
    const { status, stderr } = spawnSync('git', ['add', '--all'], {
      cwd: other.root,
      encoding: 'utf8',
      env: { ...process.env, ...offline },
    });
    expect(status).toBe(0);
    expect(stderr).toContain('could not be installed');
    expect(stderr).toContain('outputs are not taken out');
    expect(outputsFound(other)).toMatchObject([
      { file: FILE, hint: `npx nx g fabrica:init, then git add --renormalize ${FILE}` },
    ]);

    // A notebook that a person wants to keep with its outputs.
    other.write('.gitattributes', `${ATTRIBUTES}${FILE} !filter\n`);
    expect(outputsFound(other)).toEqual([]);

    // Before npm ci there is no plugin.
    rmSync(other.path('node_modules/fabrica'));
    other.write('.gitattributes', ATTRIBUTES);
    other.write(FILE, notebook('print("top")', 'top'));
    other.git('add', FILE);
    expect(other.git('diff', '--cached')).toContain('print(\\"top\\")');
    return other.remove();
  });
});
