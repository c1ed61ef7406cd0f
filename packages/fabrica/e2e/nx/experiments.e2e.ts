import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listProcesses, stopProcess } from '../../src/support/processes';
import { ended, printed, serverThatSays } from '../support/workspace';
import {
  append,
  cleanEnvironment,
  commit,
  git,
  HERE,
  nx,
  nxOk,
  workspaceWithPlugin,
  write,
} from './workspace';

jest.setTimeout(600_000);

const pyproject = (name: string, dependencies: readonly string[], dev: readonly string[]) =>
  `[project]\nname = "${name}"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = ${JSON.stringify(dependencies)}\n\n` +
  `[dependency-groups]\ndev = ${JSON.stringify(dev)}\n\n[tool.uv]\nmanaged = false\n\n` +
  `[tool.ruff]\nline-length = 100\n\n[tool.ruff.lint]\nselect = ["E", "F", "I", "B", "UP", "SIM", "RUF", "D1"]\n\n` +
  `[tool.ruff.lint.per-file-ignores]\n"tests/**" = ["D1"]\n"**/*.ipynb" = ["D1", "B018"]\n\n` +
  `[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["src"]\n`;

const NOTEBOOK = 'experiments/rain/rain.ipynb';

/** Two projects, one of which experiments with the other: real Nx, environments, Jupyter and kernels. */
describe('an experiment that uses another project', () => {
  const root = workspaceWithPlugin({
    'projects/bikes/fabrica.yaml': 'owner: me # for now\n',
    'projects/bikes/pyproject.toml': pyproject(
      'bikes',
      ['packaging==23.2', 'six>=1.16'],
      ['ipykernel', 'pytest', 'ruff'],
    ),
    'projects/bikes/src/bikes/__init__.py': '"""Bikes."""\n',
    'projects/bikes/tests/test_alone.py':
      'import importlib.util\n\n\ndef test_no_other_project_is_there():\n' +
      '    assert importlib.util.find_spec("bikes")\n' +
      '    assert not importlib.util.find_spec("weather")\n' +
      '    assert not importlib.util.find_spec("humanize")\n',
    'projects/weather/fabrica.yaml': 'owner: me\n',
    'projects/weather/pyproject.toml': pyproject(
      'weather',
      ['humanize>=4,<5', 'six<1.17', 'wheel>=0.46'],
      [],
    ),
    'projects/weather/src/weather/__init__.py': '"""Weather."""\n',
    'projects/weather/src/weather/words.py':
      'import humanize\n\n\ndef told(number):\n    return humanize.intcomma(number)\n',
  });
  const tools = join(HERE, 'node_modules', '.cache', 'fabrica-e2e', 'tools');

  beforeAll(() => {
    mkdirSync(tools, { recursive: true });
    mkdirSync(join(root, '.fabrica'), { recursive: true });
    symlinkSync(tools, join(root, '.fabrica', 'tools'));
    for (const name of ['weather', 'bikes']) nxOk(root, ['run', `${name}:lock`]);
    commit(root, 'Locked');
  });
  afterAll(() => Promise.all(listProcesses(root).map((record) => stopProcess(root, record))));

  it('is shown by --dry-run, and refused where it names what is not there', () => {
    const { text } = nxOk(root, ['g', 'fabrica:experiment', 'bikes', 'rain', '--uses=weather', '--dry-run']);
    expect(text).toContain(`CREATE projects/bikes/${NOTEBOOK}`);
    const wrong = nx(root, ['g', 'fabrica:experiment', 'bikes', 'rain', '--uses=wether']);
    expect(wrong.code).toBe(1);
    expect(wrong.text).toContain('did you mean "weather"?');
    expect(wrong.text).not.toMatch(/^\s+at /m);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('starts with a notebook whose first cell works; the versions that differ are told', () => {
    const { text } = nxOk(root, ['g', 'fabrica:experiment', 'bikes', 'rain', '--uses=weather']);
    expect(text).toMatch(/six +1\.17\.0 of bikes +1\.16\.0 in weather, which wants <1\.17 and may fail/);
    expect(text).toContain(`npx nx run bikes:notebook --execute=${NOTEBOOK}`);
    expect(readFileSync(join(root, 'projects/bikes/fabrica.yaml'), 'utf8')).toBe(
      'owner: me # for now\nexperiments:\n  uses: [weather]\n',
    );
    const ran = nxOk(root, ['run', 'bikes:notebook', `--execute=${NOTEBOOK}`]);
    expect(ran.text).toContain('weather has words');
    expect(ran.text).toMatch(/six +1\.17\.0 of bikes/);
    expect(ran.text).toMatch(/The package `wheel` requires `packaging>=.*`, but `23\.2` is installed/);
    nxOk(root, ['run', 'bikes:lint']);
  });

  it("runs with the other project's own dependencies, also as a script; a notebook stays as it is", () => {
    write(root, {
      'projects/bikes/experiments/rain/tell.py':
        'import bikes  # noqa: F401\nfrom weather.words import told\n\nprint(told(12345))\n',
    });
    const before = readFileSync(join(root, 'projects/bikes', NOTEBOOK), 'utf8');
    const args = [`--execute=${NOTEBOOK}`, '--execute=experiments/rain/tell.py'];
    expect(nxOk(root, ['run', 'bikes:notebook', ...args]).text).toContain('12,345');
    expect(readFileSync(join(root, 'projects/bikes', NOTEBOOK), 'utf8')).toBe(before);
    git(root, 'add', '--all');
    expect(git(root, 'diff', '--cached', '--name-only')).not.toContain('.venv');
  });

  it('what a notebook printed stays out of git, as the generator set it up; a review shows its cells', () => {
    const file = `projects/bikes/${NOTEBOOK}`;
    commit(root, 'An experiment');
    const notebook = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
      cells: { source: string[]; outputs?: object[] }[];
    };
    notebook.cells[1]?.source.push('\nprint(42)');
    notebook.cells[1]?.outputs?.push({ name: 'stdout', output_type: 'stream', text: ['not for git'] });
    write(root, { [file]: JSON.stringify(notebook) });
    commit(root, 'Another cell');
    expect(readFileSync(join(root, file), 'utf8')).toContain('not for git');
    expect(git(root, 'show', `HEAD:${file}`)).toContain('print(42)');
    expect(git(root, 'show', `HEAD:${file}`)).not.toContain('not for git');
    const summary = join(root, '.nx', 'summary.md');
    const args = ['--base=HEAD~1', `--summary=${summary}`];
    expect(nxOk(root, ['run', 'workspace:notebooks', ...args]).text).toContain('+print(42)');
    expect(readFileSync(summary, 'utf8')).toContain(`### ${file}\n\n\`\`\`diff\n`);
  });

  it('is nothing that tests see', () => {
    nxOk(root, ['run', 'bikes:test']);
  });

  it('a cell that fails is told with its notebook and its number', () => {
    const path = 'experiments/rain/wrong.ipynb';
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [] };
    const cells = ['print("before")', '1 / 0', 'print("after")'].map((source, index) => ({
      ...cell,
      id: `c${index}`,
      source: [source],
    }));
    write(root, {
      [`projects/bikes/${path}`]: JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }),
    });
    const { code, text } = nx(root, ['run', 'bikes:notebook', `--execute=${path}`]);
    expect(code).toBe(1);
    expect(text).toContain('before');
    expect(text).not.toContain('after');
    expect(text).toContain(`projects/bikes/${path}, cell 2: ZeroDivisionError: division by zero`);
    expect(text).not.toContain('nbclient');
    const missing = nx(root, ['run', 'bikes:notebook', '--execute=experiments/rain/wrng.ipynb']);
    expect([missing.code, missing.text]).toEqual([1, expect.stringContaining(`try --execute=${path}`)]);
  });

  it('a project without a kernel says what to write', () => {
    const { code, text } = nx(root, ['run', 'weather:notebook']);
    expect(code).toBe(1);
    expect(text).toContain('projects/weather/pyproject.toml: notebooks run on ipykernel');
    expect(text).toContain('npx nx run weather:lock');
  });

  it('JupyterLab serves on a free port with a token; Ctrl-C ends it with its kernels', async () => {
    const { port, server } = await serverThatSays(404);
    const { jupyter, address, token } = await start(root, `--port=${port}`);
    server.close();
    expect(new URL(address).port).not.toBe(String(port));
    expect((await fetch(`${address}/api/kernels`)).status).toBe(403);
    const kernel = await fetch(`${address}/api/kernels?token=${token}`, { method: 'POST' });
    expect(kernel.status).toBe(201);
    expect(nxOk(root, ['run', 'bikes:status']).text).toMatch(new RegExp(`notebook +\\d+ .*${address}/lab`));
    expect(running(root)).toHaveLength(2);
    const done = ended(jupyter);
    process.kill(-(jupyter.pid as number), 'SIGINT');
    // Nx itself says by 130 that it was interrupted.
    expect(await done).toMatchObject({ output: expect.not.stringMatching(/error|failed/i) as string });
    expect(running(root)).toEqual([]);
  });

  it('`stop` ends it', async () => {
    const { jupyter, address } = await start(root);
    const done = ended(jupyter);
    expect(nxOk(root, ['run', 'bikes:stop']).text).toContain(`${address}/lab`);
    await done;
    expect(running(root)).toEqual([]);
  });

  it('follows the locks: what changes there is installed at the next start', () => {
    write(root, {
      'projects/weather/pyproject.toml': pyproject('weather', ['humanize>=4,<5', 'iniconfig'], []),
    });
    const stale = nx(root, ['run', 'bikes:notebook', `--execute=${NOTEBOOK}`]);
    expect([stale.code, stale.text]).toEqual([1, expect.stringContaining('npx nx run weather:lock')]);
    nxOk(root, ['run', 'weather:lock']);
    append(root, 'projects/weather/src/weather/words.py', '\n\nimport iniconfig  # noqa: E402, F401\n');
    expect(nxOk(root, ['run', 'bikes:install']).text).toContain('Environment of experiments');
    expect(nxOk(root, ['run', 'bikes:notebook', '--execute=experiments/rain/tell.py']).text).not.toContain(
      'differ',
    );
    expect(existsSync(join(root, 'projects/weather/.venv'))).toBe(false);
  });
});

/** Starts JupyterLab by Nx, in a process group of its own as a terminal has one, and waits for its address. */
async function start(root: string, ...args: string[]) {
  const program = join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  const jupyter: ChildProcess = spawn(process.execPath, [program, 'run', 'bikes:notebook', ...args], {
    cwd: root,
    env: cleanEnvironment({ NX_ISOLATE_PLUGINS: 'false' }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  jupyter.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await printed(jupyter, 'Ctrl-C ends it');
  const [, address = '', token = ''] = /(http:\S+)\/lab\?token=(\w+)/.exec(said) ?? [];
  return { jupyter, address, token };
}

/** What runs of Jupyter in a workspace: servers and kernels. */
function running(root: string): string[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(root) && /jupyterlab|ipykernel/.test(line));
}
