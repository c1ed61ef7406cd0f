import { buildHint, unbuildable } from '../python/build-failure';
import { FabricaError } from '../support/errors';
import { failed, type RunResult } from '../support/processes';

/** What a build is for a person: which project, and where its Dockerfile is. */
interface Build {
  readonly name: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** The target that builds, when it isn't `image`. */
  readonly command?: string;
  /** How many lines of what is built are the project's own Dockerfile; by default all. */
  readonly ownLines?: number;
}

const LOST =
  /Cannot connect to the Docker daemon|error reading from server|transport is closing|connection (refused|reset)|closing transport|unexpected EOF|broken pipe|no such host|code = Unavailable/i;
const NO_BUILDER = /no builder "?[^"\s]*"? found/i;
const FULL = /no space left on device/i;
const BASE =
  /(?:failed to resolve source metadata for|failed to (?:load|solve).*?|pull access denied for|failed to copy:.*?) (?:docker\.io\/(?:library\/)?)?([\w./:-]+(?:@sha256:[0-9a-f]+)?): /;
const NOT_HAD =
  /failed to resolve source metadata|pull access denied|not found: manifest unknown|manifest unknown|failed to fetch (anonymous )?token|failed to do request/i;

/** The error for a build that failed: what is wrong, where, and what to type. */
export function buildFailure(result: RunResult, plan: Build): FabricaError {
  const { name, folder, command = 'image', ownLines = Infinity } = plan;
  const { stderr } = result;
  if (NO_BUILDER.test(stderr)) return noBuilder(result);
  if (FULL.test(stderr)) return diskFull(result);
  if (NOT_HAD.test(stderr)) return noBase(stderr, folder);
  const stopped = lineIn(stderr);
  const line = stopped !== undefined && stopped <= ownLines ? stopped : undefined;
  if (stopped === undefined && LOST.test(stderr)) return lost(result, `${name}:${command}`);
  const error = failed(result, {
    code: 'build-failed',
    message: `the image of ${name} can't be built${line === undefined ? '' : `: this step fails`}`,
    edit: essence,
    hint: wayOut(stderr, plan, stopped !== undefined && line === undefined),
  });
  if (line === undefined) return error;
  return new FabricaError(error.code, error.message, {
    hint: error.hint,
    place: { file: `${folder}/Dockerfile`, line },
  });
}

function wayOut(said: string, { name, folder, command = 'image' }: Build, isAdded: boolean): string {
  const source = unbuildable(said);
  if (source) return buildHint(source, name);
  const installer = /\b(pip3?|uv|conda|poetry): (?:command )?not found/.exec(said)?.[1];
  if (installer)
    return `an image has no ${installer}: write what is missing into dependencies in ${folder}/pyproject.toml, then: npx nx run ${name}:lock`;
  if (/hash mismatch|in [`']?--require-hashes/i.test(said))
    return `npx nx run ${name}:lock writes the lock anew, with the hashes of the index`;
  if (isAdded)
    return `the step is the toolkit's own: check the index that uv uses (UV_DEFAULT_INDEX), then npx nx run ${name}:${command}`;
  return `correct ${folder}/Dockerfile there, or npx nx sync when the line is the toolkit's`;
}

/** Where BuildKit says that it stopped: `Dockerfile:12`, before it shows the lines. */
function lineIn(said: string): number | undefined {
  const line = /^(?:Dockerfile|-):(\d+)$/m.exec(said)?.[1] ?? /parse error on line (\d+)/.exec(said)?.[1];
  return line === undefined ? undefined : Number(line);
}

/** The last words of the step that failed, without BuildKit's own frame around them. */
function essence(said: string): string {
  const [, words] = /\n-{6}\n > [^\n]*\n([\s\S]*?)\n-{6}\n/.exec(said) ?? [];
  const error = said.split('\n').findLast((line) => line.startsWith('ERROR: ')) ?? '';
  return [words?.replaceAll(/^\d+\.\d+ /gm, ''), error.replace('ERROR: failed to solve: ', '')]
    .filter(Boolean)
    .join('\n');
}

function noBase(said: string, folder: string): FabricaError {
  const reference = BASE.exec(said)?.[1];
  const line = lineIn(said);
  return new FabricaError(
    'no-base-image',
    `${reference ? `the image ${reference}` : 'an image'}, from which this one is made, can't be had${reasonIn(said)}`,
    {
      place: { file: `${folder}/Dockerfile`, ...(line === undefined ? {} : { line }) },
      hint: `docker pull ${reference ?? 'IMAGE'} says more; docker login when its registry wants a password\nanother base for all: "images": { "base": "…" } in nx.json, then npx nx sync`,
    },
  );
}

function reasonIn(said: string): string {
  if (/not found|manifest unknown/i.test(said)) return ': its registry has none of that name';
  if (/denied|unauthorized|401|403/i.test(said)) return ': its registry refuses us';
  return ': its registry does not answer';
}

function diskFull(result: RunResult): FabricaError {
  return failed(result, {
    code: 'disk-full',
    message: 'no space is left on the disk that Docker builds on; what was there before is as it was',
    edit: essence,
    hint: 'docker system df shows what takes it; docker builder prune and docker image prune give some back',
  });
}

function noBuilder(result: RunResult): FabricaError {
  return failed(result, {
    code: 'no-builder',
    message: 'the builder that is chosen is not there',
    hint: 'docker buildx ls lists them; docker buildx use default, or unset BUILDX_BUILDER',
  });
}

function lost(result: RunResult, target: string): FabricaError {
  return failed(result, {
    code: 'docker-lost',
    message: 'the builder went away in the middle of the build; nothing was tagged',
    edit: essence,
    hint: `docker version shows whether it is back; then again: npx nx run ${target}`,
  });
}
