import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import lock from '../src/executors/lock/executor';
import publish from '../src/executors/publish/executor';
import rollout from '../src/executors/rollout/executor';
import testCandidate from '../src/executors/test-candidate/executor';
import { listProcesses } from '../src/support/processes';
import { ended, printed, Workspace, type Answer } from './support/workspace';

jest.setTimeout(180_000);
process.env.NO_COLOR = '1';

const PACKAGE = 'packages/tools';
const FILES = ['pyproject.toml', 'requirements-dev.txt', 'requirements.txt'];

/** Projects that use one shared package, from the private index, each in its own way. */
describe('a package that projects use', () => {
  const workspace = new Workspace();

  const code = (number: string) =>
    workspace.write('packages/tools/src/acme/tools/__init__.py', `CODE = ${number}\n`);
  const project = (name: string, owner: string, wanted: string, test: string) => {
    workspace.project(name, [wanted]);
    workspace.write(`projects/${name}/fabrica.yaml`, `owner: ${owner}\n`);
    const manifest = workspace.read(`projects/${name}/pyproject.toml`).replace('"iniconfig"', '"pytest"');
    workspace.write(
      `projects/${name}/pyproject.toml`,
      `${manifest}\n[tool.uv.sources]\nacme-tools = { index = "fabrica" }\n`,
    );
    workspace.write(`projects/${name}/tests/test_${name}.py`, `from acme.tools import CODE\n\n\n${test}`);
  };
  const filesOf = (name: string) => FILES.map((file) => workspace.read(`projects/${name}/${file}`));
  const documentOf = ({ stdout }: Answer) =>
    JSON.parse(stdout) as {
      projects: { project: string; outcome: string; failed: object[]; branch?: string }[];
    };
  const outcomes = (answer: Answer) =>
    Object.fromEntries(documentOf(answer).projects.map((one) => [one.project, one.outcome]));
  const test = (options: object = {}) => workspace.run(testCandidate, PACKAGE, options);
  const roll = (options: object = {}) => workspace.run(rollout, PACKAGE, options);
  const subjects = (range: string) => workspace.git('log', '--reverse', '--format=%s', range).split('\n');
  /** Copies, environments, processes. */
  const leftovers = () => {
    const home = workspace.path('.fabrica/trials/tools');
    const copies = existsSync(home) ? readdirSync(home).filter((name) => !name.endsWith('.log')) : [];
    const tests = listProcesses(workspace.root).filter(({ kind }) => kind === 'task');
    const drafts = workspace.path('.fabrica/tmp');
    return [...copies, ...tests, ...(existsSync(drafts) ? readdirSync(drafts) : [])];
  };

  beforeAll(async () => {
    workspace.package('tools');
    project('alpha', 'anna', 'acme-tools==0.1.0', 'def test_code():\n    assert CODE == 1\n');
    project('beta', 'ben', 'acme-tools==0.1.0', 'def test_code():\n    assert CODE\n');
    project('gamma', 'anna', 'acme-tools>=0.1,<1', 'def test_code():\n    assert CODE in (1, 2)\n');
    project('narrow', 'ben', 'acme-tools>=0.1,<0.2', 'def test_code():\n    assert CODE\n');
    project('wrong', 'ben', 'acme-tools==0.1.0', 'def test_sum():\n    assert 1 + CODE == CODE\n');
    workspace.start();
    // Roll-out commits as whoever calls it.
    workspace.git('config', 'user.name', 'anna');
    workspace.git('config', 'user.email', 'anna@example.com');
    expect(await workspace.run(publish, PACKAGE, {})).toMatchObject({ success: true });
    for (const name of ['alpha', 'beta', 'gamma', 'narrow', 'wrong'])
      expect(await workspace.run(lock, `projects/${name}`, {})).toMatchObject({ success: true });
    workspace.commit('locked');
  });
  afterAll(() => workspace.remove());

  it('is tested with all of them before its release: who breaks is named, and on which test', async () => {
    workspace.package('tools', { version: '0.2.0', code: '2' });
    // One whose lock is out of step can't be tested.
    const manifest = workspace.read('projects/beta/pyproject.toml');
    workspace.write('projects/beta/pyproject.toml', manifest.replace('"pytest"', '"pytest", "packaging<1"'));
    const status = workspace.git('status', '--porcelain');
    const answer = await test({ json: true });
    expect(answer.success).toBe(false);
    expect(outcomes(answer)).toEqual({
      alpha: 'breaks',
      beta: 'untested',
      gamma: 'passes',
      narrow: 'not-allowed',
      wrong: 'failed-before',
    });
    expect(documentOf(answer).projects[0]).toMatchObject({
      owner: 'anna',
      failed: [{ test: 'tests/test_alpha.py::test_code', message: expect.stringContaining('assert 2 == 1') }],
    });
    expect(answer.stderr).toContain('✗ alpha breaks (1 of 1 test)\n    tests/test_alpha.py::test_code: ');
    expect(answer.stderr).toContain('- wrong fails without it, too (1 of 1 test)');
    expect(answer.stderr).toContain(
      'projects/narrow/pyproject.toml:6: acme-tools>=0.1,<0.2 does not allow 0.2.0',
    );
    expect(answer.stderr).toContain('acme-tools breaks alpha (anna)');
    expect(answer.stderr).toMatch(/projects\/beta\/pyproject\.toml:\d+: [\s\S]*try npx nx run beta:lock/);
    expect(answer.stderr).not.toMatch(/\n\s+at /);
    // No project has an environment, or a file, that it hadn't.
    expect(workspace.git('status', '--porcelain')).toBe(status);
    expect(existsSync(workspace.path('projects/alpha/.venv'))).toBe(false);
    expect(leftovers()).toEqual([]);
    workspace.git('checkout', '--', 'projects');
  });

  it('may be released when none breaks; what it newly needs comes with it', async () => {
    // A release raises the version; until then it is that of the release before.
    workspace.package('tools');
    const manifest = workspace.read('packages/tools/pyproject.toml');
    workspace.write(
      'packages/tools/pyproject.toml',
      manifest.replace('dependencies = []', 'dependencies = ["idna>=3"]'),
    );
    code('1\nimport idna');
    const answer = await test();
    expect(answer).toMatchObject({
      success: true,
      stdout: expect.stringContaining('Next: npx nx release --projects=tools'),
    });
    expect(answer.stderr).toMatch(/✓ beta passes \(1 test\), with idna 3/);
  });

  it('interrupted, leaves nothing', async () => {
    workspace.write(
      'projects/beta/tests/test_beta.py',
      'import time\n\n\ndef test():\n    time.sleep(600)\n',
    );
    const child = workspace.spawn('test-candidate', PACKAGE, { jobs: 5 });
    const end = ended(child);
    await printed(child, 'gamma passes');
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130 });
    expect(leftovers()).toEqual([]);
    workspace.git('checkout', '--', '.');
  });

  describe('and was released', () => {
    beforeAll(async () => {
      workspace.package('tools', { version: '0.2.0', code: '2' });
      workspace.commit('feat(tools): another code');
      expect(await workspace.run(publish, PACKAGE, {})).toMatchObject({ success: true });
      workspace.commit('release');
    });

    it('is not rolled out over work that is not committed', async () => {
      workspace.write('notes.txt', 'mine');
      expect(await roll()).toMatchObject({
        success: false,
        stderr: expect.stringContaining("and this isn't: notes.txt"),
      });
      workspace.git('clean', '-fdq', 'notes.txt');
    });

    it('moves only who uses it, to what was released', async () => {
      const unknown = await roll({ to: 'beta,gama' });
      expect(unknown.stderr).toMatch(/no project "gama" has acme-tools in its lock; did you mean "gamma"\?/);
      expect((await roll({ release: '0.3.0' })).stderr).toContain('there is no release 0.3.0 of acme-tools');
    });

    it('leaves a commit for each project that passes, on a branch for each owner', async () => {
      const head = workspace.git('rev-parse', 'HEAD');
      const answer = await roll({ to: 'alpha,beta,gamma', branchPerOwner: true });
      expect(answer.success).toBe(false);
      expect(answer.stdout).toContain(
        'Next: git push origin rollout/tools-0.2.0/anna rollout/tools-0.2.0/ben',
      );
      expect(subjects('HEAD..rollout/tools-0.2.0/anna')).toEqual(['chore(gamma): acme-tools 0.2.0']);
      expect(subjects('HEAD..rollout/tools-0.2.0/ben')).toEqual(['chore(beta): acme-tools 0.2.0']);
      expect(workspace.git('rev-parse', 'HEAD')).toBe(head);
      expect(workspace.git('status', '--porcelain')).toBe('');
      expect((await roll({ to: 'beta', branchPerOwner: true })).stderr).toContain(
        'there is a branch rollout/',
      );
    });

    it('leaves a commit for each project that passes, and the others exactly as they were', async () => {
      const before = [filesOf('alpha'), filesOf('wrong')];
      const answer = await roll({ to: 'projects' });
      expect(answer.success).toBe(false);
      expect(answer.stderr).toContain('tests/test_alpha.py::test_code: ');
      expect(answer.stderr).toContain('exactly as before: alpha (anna), wrong (ben)');
      expect(answer.stdout).toMatch(/beta \(ben\): main\n[\s\S]*Next: git push\n/);
      expect(subjects('HEAD~3..')).toEqual([
        'chore(beta): acme-tools 0.2.0',
        'chore(gamma): acme-tools 0.2.0',
        'chore(narrow): acme-tools 0.2.0',
      ]);
      expect(workspace.git('status', '--porcelain')).toBe('');
      expect(workspace.git('show', '--name-only', '--format=', 'HEAD~2').split('\n')).toEqual(
        FILES.map((file) => `projects/beta/${file}`),
      );
      expect(workspace.read('projects/beta/pyproject.toml')).toContain('"acme-tools==0.2.0"');
      expect(workspace.read('projects/gamma/pyproject.toml')).toContain('"acme-tools>=0.2.0,<1"');
      for (const name of ['beta', 'gamma', 'narrow'])
        expect(workspace.read(`projects/${name}/requirements.txt`)).toContain('acme-tools==0.2.0');
      expect([filesOf('alpha'), filesOf('wrong')]).toEqual(before);
      expect(leftovers()).toEqual([]);
    });

    it('is done once', async () => {
      expect(await roll({ to: 'beta,gamma' })).toMatchObject({
        success: true,
        stdout: expect.stringContaining('nothing to move'),
      });
      expect(existsSync(join(workspace.root, 'projects/beta/.venv'))).toBe(false);
    });
  });
});
