import { spawn } from 'node:child_process';
import image from '../../src/executors/image/executor';
import testImage from '../../src/executors/test-image/executor';
import type { ImageRecord } from '../../src/images/record';
import { describeWithDocker, docker } from '../support/docker';
import { printed, Workspace } from '../support/workspace';

jest.setTimeout(1_200_000);
process.env.NO_COLOR = '1';

const PROJECT = 'projects/trip-duration';
const NAME = `fabrica-test-${process.pid}`;

/** From a clone of this repository to a service in a container, fed by a pipeline in a container. */
describeWithDocker('the image of trip-duration', () => {
  const workspace = new Workspace();
  let built: ImageRecord;
  const store = ['--volume', `${NAME}:/store`, '--env', 'FABRICA_STORE=file:///store'];
  const isolated = ['--read-only', '--tmpfs', '/tmp', ...store];

  beforeAll(async () => {
    workspace.clone();
    const answer = await workspace.run(image, PROJECT, { json: true });
    if (!answer.success) throw new Error(answer.stderr);
    built = JSON.parse(answer.stdout) as ImageRecord;
  });
  afterAll(async () => {
    docker('rm', '--force', NAME);
    docker('volume', 'rm', '--force', NAME);
    await workspace.remove();
  });

  it('runs the pipeline, read-only and as a user who is not root', () => {
    docker('volume', 'create', NAME);
    // A new volume is root's.
    docker('run', '--rm', '--user', 'root', ...store, built.image, 'chown', '10001', '/store');
    const said = docker(
      'run',
      '--rm',
      ...isolated,
      built.image,
      'python',
      '-m',
      'fabrica.pipelines',
      'run',
      'train',
      '--json',
    );
    expect(said).toContain('"outcome"');
  });

  it('serves what the pipeline promoted', async () => {
    docker('run', '--detach', '--name', NAME, ...isolated, built.image);
    const logs = spawn('docker', ['logs', '--follow', NAME], { env: process.env });
    await printed(logs, 'is served at');
    const ask =
      'import urllib.request as u; print(u.urlopen("http://127.0.0.1:8000/health").read().decode())';
    const health = docker('exec', NAME, 'python', '-c', ask);
    expect(JSON.parse(health)).toMatchObject({ status: 'ok' });
    expect(docker('exec', NAME, 'id', '-u')).toBe('10001');
  });

  it('has the bytecode that compiling anew gives, though builds keep it from the one before', () => {
    const compare = [
      'import importlib.util as u, marshal, pandas, pathlib, py_compile',
      'mode = py_compile.PycInvalidationMode.UNCHECKED_HASH',
      'anew = lambda path: py_compile.compile(str(path), "/tmp/anew.pyc", invalidation_mode=mode)',
      'code = lambda path: marshal.loads(pathlib.Path(path).read_bytes()[16:])',
      'files = sorted(pathlib.Path(pandas.__file__).parent.rglob("*.py"))',
      'same = [code(u.cache_from_source(one)) == code(anew(one)) for one in files]',
      'print(len(same) > 100, all(same))',
    ].join('\n');
    expect(docker('run', '--rm', ...isolated, built.image, 'python', '-c', compare)).toBe('True True');
  });

  it('is what its tests pass in', async () => {
    const answer = await workspace.run(testImage, PROJECT, {});
    expect([answer.success, answer.success ? '' : answer.stdout + answer.stderr]).toEqual([true, '']);
  });
});
