import { compareVersions } from '../python/versions';
import { FabricaError } from '../support/errors';
import { failed, run, type RunOptions, type RunResult } from '../support/processes';

export type DockerOptions = Pick<RunOptions, 'signal' | 'env'>;

/** What builds: Docker's own builder, or the one that `docker buildx use` or BUILDX_BUILDER chose. */
export interface Builder {
  readonly name: string;
  /** `docker`: the engine itself; else it stands alone, and the image is brought to the engine. */
  readonly driver: string;
  /** Of BuildKit: `0.22.0`. */
  readonly version: string;
  /**
   * Whether two builds of one commit give the same layers, and whether it knows builds from several contexts by itself;
   * else the Dockerfile frontend is fetched.
   */
  readonly current: boolean;
}

/** Docker 23 came with it. The one before writes the time of the build into layers. */
const CURRENT = '0.11';

/** Runs Docker; a program that fails is no error here. */
export async function docker(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  try {
    return await run('docker', args, options);
  } catch (error) {
    if (error instanceof FabricaError && error.code === 'program-missing') throw noDocker(error);
    throw error;
  }
}

/**
 * Asks Docker whether it is there, and with what it builds.
 *
 * @throws FabricaError `no-docker`, `docker-down`, `no-buildx`
 */
export async function findBuilder(options: DockerOptions = {}): Promise<Builder> {
  const [engine, builder] = await Promise.all([
    docker(['version', '--format', '{{.Server.Version}}'], options),
    docker(['buildx', 'inspect'], options),
  ]);
  if (engine.code !== 0) throw dockerDown(engine);
  if (builder.code !== 0) throw noBuilder(builder);
  return builderOf(builder.stdout);
}

/** What `docker buildx inspect` says. */
export function builderOf(text: string): Builder {
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const version = /\d+(\.\d+)+/.exec(field('BuildKit version'))?.[0] ?? '0';
  const current = compareVersions(version, CURRENT) >= 0;
  return { name: field('Name'), driver: field('Driver'), version, current };
}

function noDocker(cause: unknown): FabricaError {
  return new FabricaError('no-docker', 'Docker is not installed, or not on the PATH', {
    hint: 'install Docker Engine or Docker Desktop; without it: npx nx run <project>:deploy runs the project on this machine',
    cause,
  });
}

/** The error for an engine that isn't there, or doesn't answer. */
export function dockerDown(said: RunResult): FabricaError {
  return failed(said, {
    code: 'docker-down',
    message: 'Docker does not answer',
    hint: 'start it (Linux: sudo systemctl start docker; else open Docker Desktop), then docker version shows whether it does',
  });
}

function noBuilder(said: RunResult): FabricaError {
  const missing = /not a docker command|unknown command/.test(said.stderr);
  return failed(said, {
    code: missing ? 'no-buildx' : 'no-builder',
    message: missing ? 'this Docker has no buildx, which builds images' : "Docker's builder does not answer",
    hint: missing
      ? 'install the package docker-buildx-plugin (Debian: docker-buildx)'
      : 'docker buildx ls shows them, docker buildx use default chooses the engine itself',
  });
}
