import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INDEXES, STAGES } from '../layout/dockerfile';
import { EPOCH } from '../support/epoch';
import type { Work } from '../support/progress';
import { quoted } from '../support/shell';
import type { Contexts } from './contexts';
import { docker, type Builder } from './docker';
import { buildFailure } from './failure';
import type { ImageRecord } from './record';

/** One build. */
export interface BuildPlan {
  readonly name: string;
  /** Relative to the workspace. */
  readonly folder: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** False builds everything anew. */
  readonly cache: boolean;
  /** The text of the Dockerfile, when it isn't the project's own. */
  readonly dockerfile?: string;
  readonly target?: string;
  /** The target of Nx that builds, for the way out; `image` by default. */
  readonly command?: string;
  /** Images that take the place of stages, by the names of these. */
  readonly stages?: Readonly<Record<string, string>>;
  /** How many lines of `dockerfile` are the project's own. */
  readonly ownLines?: number;
}

/** What a build may say of where packages come from; it reads them as a secret, so no layer has them. */
const INDEX_VARIABLES =
  /^(UV_(DEFAULT_INDEX|INDEX|EXTRA_INDEX_URL|INDEX_\w+)|PIP_(INDEX_URL|EXTRA_INDEX_URL))$/;
const SECRET = 'FABRICA_IMAGE_INDEXES';

/** The arguments of Docker for a build. */
export function buildArguments(
  plan: BuildPlan,
  contexts: Contexts,
  builder: Builder,
  metadata: string,
): string[] {
  const option = (name: string, values: readonly string[]) => values.flatMap((value) => [`--${name}`, value]);
  const labels = Object.entries(plan.labels).map(([key, value]) => `${key}=${value}`);
  const stages = Object.entries(plan.stages ?? {}).map(([name, image]) => `${name}=docker-image://${image}`);
  // A constant: layers have times of their own, and with the commit's time here every commit would make all anew.
  const args = [
    `SOURCE_DATE_EPOCH=${EPOCH}`,
    ...(builder.current ? [] : ['BUILDKIT_SYNTAX=docker/dockerfile:1']),
  ];
  return [
    ...['buildx', 'build', '--progress', 'plain', '--load', '--metadata-file', metadata],
    // What BuildKit attests holds the time of the build.
    ...(builder.current ? ['--provenance', 'false'] : []),
    ...option('build-context', [`${STAGES.wheels}=${contexts.wheels}`, ...stages]),
    ...option('secret', [`id=${INDEXES},env=${SECRET}`]),
    ...option('build-arg', args),
    ...option('label', labels),
    ...option('tag', plan.tags),
    ...(plan.cache ? [] : ['--no-cache']),
    ...option('target', plan.target ? [plan.target] : []),
    ...option('file', plan.dockerfile === undefined ? [] : ['-']),
    contexts.project,
  ];
}

/**
 * Builds an image and brings it to the engine. Answers the images that it was made from, each with the digest that the
 * builder found.
 *
 * @throws FabricaError `build-failed` with the line of the Dockerfile, `no-base-image`, `disk-full`, `docker-lost`
 */
export async function build(
  plan: BuildPlan,
  contexts: Contexts,
  builder: Builder,
  work: Work,
  signal: AbortSignal,
): Promise<ImageRecord['bases']> {
  const metadata = join(contexts.wheels, '..', 'metadata.json');
  const result = await docker(buildArguments(plan, contexts, builder, metadata), {
    signal,
    input: plan.dockerfile,
    env: { ...process.env, [SECRET]: indexVariables(process.env), DOCKER_CLI_HINTS: 'false' },
    onLine: (line) => {
      const step = /^#\d+ (\[[^\]]+\] .{0,80}|exporting .*|importing .*)/.exec(line)?.[1];
      if (step) work.detail(step);
    },
  });
  if (result.code !== 0) throw buildFailure(result, plan);
  return basesIn(readFileSync(metadata, 'utf8'));
}

/** Lines that a shell reads. */
export function indexVariables(env: NodeJS.ProcessEnv): string {
  const found = Object.entries(env).filter(([name]) => INDEX_VARIABLES.test(name));
  const mirrored =
    env.UV_DEFAULT_INDEX && !env.PIP_INDEX_URL ? [['PIP_INDEX_URL', env.UV_DEFAULT_INDEX]] : [];
  const lines = [...found, ...mirrored].map(([name, value = '']) => `${name}=${quoted(value)}\n`);
  return lines.join('');
}

function basesIn(metadata: string): ImageRecord['bases'] {
  const { 'buildx.build.provenance': provenance } = JSON.parse(metadata) as {
    'buildx.build.provenance'?: { materials?: { uri: string; digest?: { sha256?: string } }[] };
  };
  return (provenance?.materials ?? []).flatMap(({ uri, digest }) => {
    const name = /^pkg:docker\/([^?]+)/.exec(uri)?.[1];
    if (!name || !digest?.sha256) return [];
    return [{ name: decodeURIComponent(name).replace('@', ':'), digest: `sha256:${digest.sha256}` }];
  });
}
