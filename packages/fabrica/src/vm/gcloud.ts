import { userInfo } from 'node:os';
import { slug } from '../cluster/release';
import { UV_REQUIREMENT } from '../layout/dockerfile';
import { FabricaError } from '../support/errors';
import { failed, run, type RunOptions, type RunResult } from '../support/processes';

/** What is asked for. */
export interface Machine {
  readonly name: string;
  readonly zone: string;
  /** Of Google's: `n1-standard-8`. */
  readonly machine: string;
  /** `nvidia-tesla-t4`, and how many. */
  readonly gpu?: { readonly type: string; readonly count: number };
  readonly hours: number;
  readonly image: readonly [project: string, option: string];
}

/** With a GPU only machines of these take one that is named; others (g2, a2) have their own. */
export const MACHINES = { usual: 'e2-standard-8', gpu: 'n1-standard-8' };
export const DEBIAN = ['debian-cloud', '--image-family=debian-12'] as const;
/** Where Google keeps images with drivers. */
export const WITH_DRIVERS = 'deeplearning-platform-release';

/** Of a person and a project there is one. */
export function machineName(project: string): string {
  return slug(`${project}-${userInfo().username}`, new Set(), 60);
}

/** `nvidia-tesla-t4`, or a number of those. */
export function gpuOf(asked: string | number | undefined): Machine['gpu'] {
  if (asked === undefined) return undefined;
  const count = Number(asked);
  return count > 0 ? { type: 'nvidia-tesla-t4', count } : { type: String(asked), count: 1 };
}

/** Makes a machine that Google deletes when its time is over. */
export function createArguments(wish: Machine): string[] {
  const { name, zone, machine, gpu, hours, image } = wish;
  const [project, option] = image;
  return [
    ...['compute', 'instances', 'create', name, `--zone=${zone}`, `--machine-type=${machine}`],
    ...[`--max-run-duration=${Math.ceil(hours * 3600)}s`, '--instance-termination-action=DELETE'],
    ...[`--image-project=${project}`, option, `--boot-disk-size=100GB`, '--scopes=cloud-platform'],
    ...(gpu ? [`--accelerator=type=${gpu.type},count=${gpu.count}`] : []),
    ...(project === WITH_DRIVERS ? ['--metadata=install-nvidia-driver=True'] : []),
    // Machines with a GPU can't move while their host is maintained.
    ...(gpu || project === WITH_DRIVERS ? ['--maintenance-policy=TERMINATE'] : []),
    ...['--labels=managed-by=fabrica', '--quiet'],
  ];
}

/**
 * Lays out the project and its environment, by hash: what `fabrica.tgz` holds, and what its lock pins.
 *
 * @param packed what the project's folder is called in there
 */
export function setUpScript(project: string, packed: string, python: string): string {
  return [
    'set -e',
    'tar -xzf fabrica.tgz',
    ...(packed === project ? [] : [`mv ${packed} ${project}`]),
    'sudo apt-get update -qq && sudo apt-get install -y -qq python3-venv > /dev/null',
    'python3 -m venv .uv',
    `echo "${UV_REQUIREMENT.join(' ')}" > .uv/uv.txt`,
    '.uv/bin/pip install -q --no-deps --require-hashes -r .uv/uv.txt',
    `cd ${project}`,
    `../.uv/bin/uv venv -q --clear --python '${python}' .venv`,
    '../.uv/bin/uv pip sync -q --python .venv/bin/python --require-hashes --find-links ../wheels requirements-dev.txt',
    `echo 'cd ~/${project} && . .venv/bin/activate && export PYTHONPATH=$PWD/src' >> ~/.bashrc`,
  ].join('\n');
}

/** @throws FabricaError `no-gcloud` */
export async function gcloud(args: readonly string[], options: RunOptions): Promise<RunResult> {
  try {
    return await run('gcloud', args, options);
  } catch (error) {
    if (!(error instanceof FabricaError) || error.code !== 'program-missing') throw error;
    throw new FabricaError('no-gcloud', 'gcloud, the command line of Google Cloud, is not installed', {
      hint: 'install it: https://cloud.google.com/sdk/docs/install (macOS: brew install --cask google-cloud-sdk); then gcloud init',
      cause: error,
    });
  }
}

/** What gcloud prints. @throws FabricaError `gcloud-failed` with what it said */
export async function ask(args: readonly string[], options: RunOptions): Promise<string> {
  const result = await gcloud(args, options);
  if (result.code === 0) return result.stdout.trim();
  throw gcloudFailure(result, args);
}

export function gcloudFailure(result: RunResult, args: readonly string[]): FabricaError {
  const login = /auth login|credentials|not have.*active account/i.test(result.stderr);
  return failed(result, {
    code: 'gcloud-failed',
    message: `gcloud ${args.slice(0, 3).join(' ')} failed`,
    hint: login ? 'gcloud auth login' : 'gcloud config list shows which project and zone it works in',
  });
}
