import { buildFailure } from './failure';

const BIKES = { name: 'bikes', folder: 'projects/bikes' };
const said = (stderr: string) => buildFailure({ code: 1, stdout: '', stderr }, BIKES);

/** As BuildKit 0.22 and the engine's older ones say it; `e2e/images/faults.e2e.ts` makes it happen. */
describe('a build that fails', () => {
  it.each([
    [
      'disk-full',
      '#9 ERROR: process "/bin/sh -c dd" did not complete\n------\n > [runtime 7/7] RUN dd:\n0.101 dd: error writing: No space left on device\n------\nDockerfile:61\n',
    ],
    [
      'no-base-image',
      'ERROR: failed to solve: acme.example/x:1: failed to resolve source metadata for acme.example/x:1: failed to do request: Head "https://acme.example/v2/x/manifests/1": dial tcp: lookup acme.example: no such host\n',
    ],
    [
      'no-base-image',
      'ERROR: failed to solve: failed to load metadata: pull access denied for acme/x, repository does not exist\n',
    ],
    [
      'docker-lost',
      'ERROR: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF\n',
    ],
    ['docker-lost', 'ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n'],
    ['no-builder', 'ERROR: no builder "acme" found\n'],
    ['build-failed', 'ERROR: failed to solve: something else\n'],
  ])('is told as %s', (code, stderr) => {
    expect(said(stderr)).toMatchObject({ code, hint: expect.any(String) });
  });

  it('shows what the step said last, and the line that it stands in', () => {
    const error = said(
      '#12 ERROR: process "/bin/sh -c pytest" did not complete successfully: exit code: 7\n------\n > [runtime 7/7] RUN echo "no such model" >&2 && exit 7:\n0.123 no such model\n------\nDockerfile:61\n--------------------\n  61 | >>> RUN echo\n--------------------\nERROR: failed to solve: process "/bin/sh -c echo" did not complete successfully: exit code: 7\n',
    );
    expect(error).toMatchObject({
      code: 'build-failed',
      place: { file: 'projects/bikes/Dockerfile', line: 61 },
    });
    expect(error.message).toContain(
      '\n  no such model\n  process "/bin/sh -c echo" did not complete successfully: exit code: 7',
    );
    expect(error.message).not.toContain('----');
  });

  it('says what helps when a dependency has no wheel and can not be built', () => {
    const { hint } = said(
      '------\n > [runtime 4/7] RUN uv pip sync --require-hashes:\n1.0 error: Failed to build `pandas==1.1.5`\n------\nDockerfile:31\n',
    );
    expect(hint).toContain('npx nx run bikes:lock --upgrade=pandas');
  });

  it('says where dependencies belong to who installs them by a line of their own', () => {
    const lines =
      '------\n > [runtime 9/9] RUN pip install requests:\n0.1 /bin/sh: 1: pip: not found\n------\n';
    const shown =
      'Dockerfile:84\n  80 |     && uv pip sync --require-hashes requirements.txt\n  84 | >>> RUN pip install\n';
    expect(said(`${lines}${shown}`).hint).toBe(
      'an image has no pip: write what is missing into dependencies in projects/bikes/pyproject.toml, then: npx nx run bikes:lock',
    );
  });

  it('names the image that can not be had, and why', () => {
    const { message, hint } = said(
      'ERROR: failed to solve: python:9: failed to resolve source metadata for docker.io/library/python:9: docker.io/library/python:9: not found\n',
    );
    expect(message).toBe(
      "the image python:9, from which this one is made, can't be had: its registry has none of that name",
    );
    expect(hint).toContain('docker pull python:9');
  });

  it('has no line of the Dockerfile for a step that the toolkit adds to it, and names the command that builds', () => {
    const plan = { ...BIKES, command: 'develop', ownLines: 60 };
    const stderr = '------\n > [develop 2/3] RUN uv:\n1.0 no answer\n------\nDockerfile:61\n';
    const error = buildFailure({ code: 1, stdout: '', stderr }, plan);
    expect(error.place).toBeUndefined();
    expect(error.hint).toContain('npx nx run bikes:develop');
  });

  it('asks for a new lock when a file has another hash', () => {
    expect(
      said(
        '------\n > [dependencies 3/3] RUN uv:\n1.0 Hash mismatch for `pandas==2`\n------\nDockerfile:20\n',
      ).hint,
    ).toContain('npx nx run bikes:lock');
  });
});
