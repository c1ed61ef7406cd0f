import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { composeName } from '../../src/develop/compose';
import lock from '../../src/executors/lock/executor';
import stop from '../../src/executors/stop/executor';
import rename from '../../src/generators/rename/generator';
import remove from '../../src/generators/remove/generator';
import { generate } from '../../src/generators/testing/workspace';
import { describeWithDocker, docker, engineSocket, lineTo } from '../support/docker';
import { ended, printed, Workspace } from '../support/workspace';
import { answered, BUILDER, containersOf, develop, OWNER, prepareBikes, PROJECT } from './bikes';

jest.setTimeout(900_000);

const SECRET = 'a-secret-of-the-cloud';

describeWithDocker('develop, in a container', () => {
  const workspace = new Workspace();

  beforeAll(() => prepareBikes(workspace));
  afterAll(async () => {
    await workspace.run(stop, PROJECT, {});
    // Those that another test has in use stay.
    const made = docker('images', '--quiet', '--filter', 'label=fabrica.project=bikes').split('\n');
    spawnSync('docker', ['rmi', ...made.filter(Boolean)]);
    await workspace.remove();
  });

  it('runs a command with the lock of development, as the owner of the files, and leaves nothing running', async () => {
    const program =
      "import sys, os, pytest, bikes; open('made', 'w').close(); print(sys.prefix, os.getuid(), bikes.__file__)";
    const { code, output } = await develop(workspace, { command: `pytest -q && python -c "${program}"` });
    expect([code, output]).toEqual([0, expect.stringContaining('1 passed')]);
    const owner = statSync(workspace.path(PROJECT)).uid;
    expect(output).toContain(`/opt/venv ${owner} /workspace/${PROJECT}/src/bikes/__init__.py`);
    expect(statSync(workspace.path(`${PROJECT}/made`)).uid).toBe(owner);
    expect(process.getuid?.() === 0 ? OWNER : owner).toBe(owner);
    expect(containersOf(workspace)).toEqual([]);
  });

  it('says how a command fails, and takes its image again', async () => {
    const { code, output } = await develop(workspace, { command: 'exit 3' });
    expect([code, output]).toEqual([1, expect.stringContaining('exit 3 ended with exit code 3')]);
    expect(output).not.toContain('Development image');
    expect(output).not.toMatch(/^\s+at /m);
  });

  it("passes on what signs in, and writes it nowhere; a file of credentials is mounted; the project's services answer", async () => {
    const file = join(workspace.root, '..', 'google.json');
    writeFileSync(file, '{"type": "test"}\n', { mode: 0o644 });
    const env = {
      AWS_SECRET_ACCESS_KEY: SECRET,
      UV_PUBLISH_TOKEN: SECRET,
      GOOGLE_APPLICATION_CREDENTIALS: file,
    };
    const reads = "import urllib.request as r; print(r.urlopen('http://days:9000/test_bikes.py').status)";
    const command = `env; cat $GOOGLE_APPLICATION_CREDENTIALS; echo no > $GOOGLE_APPLICATION_CREDENTIALS; python -c "${reads}"`;
    const { code, output } = await develop(workspace, { command }, env);
    expect(output).toContain(`AWS_SECRET_ACCESS_KEY=${SECRET}`);
    expect(output).not.toContain('UV_PUBLISH_TOKEN');
    expect(output).toContain('{"type": "test"}');
    expect(output).toContain('Read-only file system');
    expect([code, output]).toEqual([0, expect.stringMatching(/^200$/m)]);
    const compose = workspace.read('.fabrica/develop/bikes/compose.yaml');
    expect(compose).not.toContain(SECRET);
    expect(docker('history', '--no-trunc', /bikes:develop-\w+/.exec(compose)?.[0] ?? '')).not.toContain(
      SECRET,
    );
  });

  it('--with reads a shared package from the working tree, and says what it lacks', async () => {
    workspace.write('packages/routes/src/acme/routes/__init__.py', 'CODE = "unreleased"\n');
    const command = 'python -c "from acme.routes import CODE; print(CODE)"';
    expect(await develop(workspace, { command, with: ['routes'] })).toMatchObject({
      code: 0,
      output: expect.stringContaining('unreleased') as string,
    });
    expect((await develop(workspace, { command })).output).toContain("No module named 'acme'");
    const wrong = await develop(workspace, { command, with: ['roots'] });
    expect(wrong.output).toContain('did you mean "routes"?');
  });

  it('JupyterLab answers with its token on a free port; a second session joins; the last one ends it', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.once('listening', done));
    const { port } = taken.address() as { port: number };
    const first = workspace.spawn('develop', PROJECT, { notebook: true, json: true, port });
    const firstEnded = ended(first);
    const { notebook } = await answered(first);
    taken.close();
    const { origin, searchParams } = new URL(notebook);
    expect(origin).not.toContain(`:${port}`);
    expect((await fetch(`${origin}/api/kernels`)).status).toBe(403);
    const token = searchParams.get('token');
    const kernel = await fetch(`${origin}/api/kernels?token=${token}`, { method: 'POST' });
    expect(kernel.status).toBe(201);

    const joined = workspace.spawn('develop', PROJECT, { json: true });
    const joinedEnded = ended(joined);
    expect(await answered(joined)).toMatchObject({ outcome: 'joined', notebook });
    first.kill('SIGINT');
    expect((await firstEnded).code).toBe(130);
    expect(containersOf(workspace)).toContain(composeName(workspace.root, 'bikes'));
    joined.kill('SIGINT');
    await joinedEnded;
    expect(containersOf(workspace)).toEqual([]);
  });

  it('says when Docker goes away under a command, and how to go on; no file is lost', async () => {
    expect((await develop(workspace, { detach: true })).code).toBe(0);
    const line = await lineTo(engineSocket());
    const env = { DOCKER_HOST: `tcp://127.0.0.1:${line.port}` };
    const command = 'echo kept > kept && echo begun && exec sleep 2000';
    const child = workspace.spawn('develop', PROJECT, { command }, env);
    const done = ended(child);
    await printed(child, 'begun');
    line.cut();
    const { code, output } = await done;
    expect([code, output]).toEqual([1, expect.stringMatching(/error: .*Docker/)]);
    expect(output).toContain('npx nx develop bikes');
    expect(output).not.toMatch(/^\s+at /m);
    expect(workspace.read(`${PROJECT}/kept`)).toBe('kept\n');
  });

  it('is neither removed nor renamed while its container stays', async () => {
    const name = composeName(workspace.root, 'bikes');
    expect(containersOf(workspace)).toContain(name);
    const refusal = `something of bikes is running: the container ${name}`;
    await expect(generate(workspace.root, remove, { name: 'bikes' })).rejects.toThrow(refusal);
    await expect(generate(workspace.root, rename, { name: 'bikes', to: 'wheels' })).rejects.toThrow(refusal);
  });

  it('Ctrl-C ends what a command runs, at once, also where the container stays', async () => {
    expect((await develop(workspace, { detach: true })).code).toBe(0);
    const child = workspace.spawn('develop', PROJECT, { command: 'echo begun; exec sleep 1000' });
    const done = ended(child);
    await new Promise<void>((seen) =>
      child.stdout?.on('data', (chunk: Buffer) => chunk.includes('begun') && seen()),
    );
    child.kill('SIGINT');
    expect((await done).code).toBe(130);
    const name = composeName(workspace.root, 'bikes');
    expect(docker('top', name, '-o', 'pid,args')).not.toContain('sleep 1000');
    expect(docker('top', name, '-o', 'pid,args')).toContain('jupyterlab');
  });

  it('a changed lock is told where the container runs, and --fresh makes it anew; stop ends it', async () => {
    const manifest = `${PROJECT}/pyproject.toml`;
    workspace.write(manifest, workspace.read(manifest).replace('"iniconfig"', '"iniconfig", "six"'));
    const stale = await develop(workspace, { command: 'true' });
    expect([stale.code, stale.output]).toEqual([1, expect.stringContaining('npx nx run bikes:lock')]);
    await workspace.run(lock, PROJECT, {});
    const old = await develop(workspace, { command: 'python -c "import six"' });
    expect(old.output).toContain(
      'older than its lock or Dockerfile; to make it anew: npx nx develop bikes --fresh',
    );
    expect(old.output).toContain("No module named 'six'");
    const asked = workspace.spawnOnTerminal(['y'], 'develop', PROJECT, { command: 'python -c "import six"' });
    const { code, output } = await ended(asked);
    expect([code, output]).toEqual([0, expect.stringContaining('Make it anew?')]);
    const fresh = await develop(workspace, { command: 'python -c "import six"', fresh: true });
    expect([fresh.code, fresh.output]).toEqual([0, expect.stringContaining('Container')]);
    await develop(workspace, { detach: true });
    const { stdout } = await workspace.run(stop, PROJECT, {});
    expect(stdout).toContain(`Stopped the container that bikes was developed in`);
    expect(containersOf(workspace)).toEqual([]);
    expect(readFileSync(workspace.path(`${PROJECT}/made`), 'utf8')).toBe('');
  });

  it('notebooks see the projects that experiments use; nothing else of the project does', async () => {
    workspace.project('rides', ['wcwidth']);
    workspace.write('projects/rides/src/rides/__init__.py', 'from wcwidth import wcswidth\n');
    await workspace.run(lock, 'projects/rides', {});
    const settings = `${PROJECT}/fabrica.yaml`;
    const before = workspace.read(settings);
    workspace.write(settings, `${before}experiments:\n  uses: [rides]\n`);
    workspace.write(
      `${PROJECT}/experiments/ask.py`,
      "from jupyter_client.manager import run_kernel\nwith run_kernel(kernel_name='python3') as kernel:\n    kernel.execute_interactive('import rides, bikes; print(rides.wcswidth(\"four\"), bikes.__name__)')\n",
    );
    const command = '/opt/jupyter/bin/python experiments/ask.py; python -c "import rides"';
    const { code, output } = await develop(workspace, { command });
    expect(output).toMatch(/^4 bikes$/m);
    expect([code, output]).toEqual([1, expect.stringContaining("No module named 'rides'")]);
    workspace.write(settings, before);
  });

  it("lines of a person's own in the Dockerfile are in it, and the oldest image goes; a Dockerfile that is all their own says what to add", async () => {
    const file = `${PROJECT}/Dockerfile`;
    const own = workspace.read(file);
    workspace.write(file, `${own}\nENV BIKES_MODE=tandem\n`);
    const older = ['oldest', 'older', 'old'].map((age) => `bikes:develop-${age}`);
    for (const tag of older) docker('tag', 'python:3.11-slim-bookworm', tag);
    workspace.write('.fabrica/develop/bikes/images', older.join('\n'));
    expect((await develop(workspace, { command: 'echo mode $BIKES_MODE' })).output).toContain('mode tandem');
    expect(docker('images', '--format', '{{.Tag}}', 'bikes').split('\n')).toEqual(
      expect.not.arrayContaining(['develop-oldest']),
    );
    docker('rmi', ...older.slice(1));
    workspace.write(file, `${own}\nRUN exit 7\n`);
    const line = own.split('\n').length + 1;
    const broken = await develop(workspace, { command: 'true' }, { BUILDX_BUILDER: BUILDER });
    expect([broken.code, broken.output]).toEqual([1, expect.stringContaining(`${file}:${line}: `)]);
    workspace.write(file, 'FROM python:3.11-slim-bookworm\n');
    expect((await develop(workspace, { command: 'true' })).output).toContain('add a stage for it');
    workspace.write(file, own);
  });
});
