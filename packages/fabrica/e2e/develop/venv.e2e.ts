import stop from '../../src/executors/stop/executor';
import { ended, Workspace } from '../support/workspace';
import { answered, develop, prepareBikes, PROJECT } from './bikes';

jest.setTimeout(600_000);

/** What somebody has who has no Docker. */
const NO_DOCKER = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };

describe('develop, without Docker', () => {
  const workspace = new Workspace();
  beforeAll(() => prepareBikes(workspace));
  afterAll(() => workspace.remove());

  it('says so, and how to go on', async () => {
    const { code, output } = await develop(workspace, { command: 'true' }, NO_DOCKER);
    expect([code, output]).toEqual([1, expect.stringContaining('npx nx develop bikes --in=venv')]);
    expect(output).toMatch(/error: Docker (does not answer|is not installed)/);
    expect(output).not.toMatch(/^\s+at /m);
    expect((await workspace.run(stop, PROJECT, {})).stdout).toContain('Nothing of bikes is running.');
  });

  it('gives the same in the .venv: commands, a package from the working tree, how they fail', async () => {
    const venv = (options: object) => develop(workspace, { in: 'venv', ...options }, NO_DOCKER);
    const program = 'import sys, acme.routes; print(sys.prefix, acme.routes.CODE)';
    const { code, output } = await venv({ command: `pytest -q && python -c "${program}"`, with: ['routes'] });
    expect([code, output]).toEqual([0, expect.stringContaining('1 passed')]);
    expect(output).toContain(`${workspace.path(PROJECT)}/.venv 42`);
    expect((await venv({ command: 'exit 3' })).output).toContain('exit 3 ended with exit code 3');
    expect((await venv({ detach: true })).output).toContain('--detach is about a container');
  });

  it('JupyterLab answers with its token until Ctrl-C', async () => {
    const child = workspace.spawn('develop', PROJECT, { in: 'venv', notebook: true, json: true }, NO_DOCKER);
    const done = ended(child);
    const { origin, searchParams } = new URL((await answered(child)).notebook);
    expect((await fetch(`${origin}/api/kernels`)).status).toBe(403);
    expect((await fetch(`${origin}/api/kernels?token=${searchParams.get('token')}`)).status).toBe(200);
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
  });
});
