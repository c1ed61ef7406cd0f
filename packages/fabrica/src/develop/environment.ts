import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { commandEnvironment } from '../../bin/shared.cjs';
import { WORKSPACE } from './dockerfile';

/** What of the caller's variables a container gets: the toolkit's own, and those by which libraries sign in. */
const PASSED =
  /^(FABRICA_|AWS_|AZURE_|CLOUDSDK_|DATABRICKS_|GCLOUD_|GOOGLE_|MLFLOW_|OPENLINEAGE_|OTEL_|PG|SNOWFLAKE_)/;

/** These are about the host. */
const HOST_ONLY = /^FABRICA_(PYTHON|IMAGE_|MACHINE_|PROJECT$|STORE$|WAREHOUSE$)/;

/** Variables that name a file with a secret: it is mounted, read-only. */
const FILES = [
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'GOOGLE_APPLICATION_CREDENTIALS',
];

const CREDENTIALS = '/run/credentials';

/** What a container is told and given of the host. */
export interface Passed {
  /** Written down: no secrets. */
  readonly stated: Readonly<Record<string, string>>;
  /** Passed on when the container starts, by name alone: their values are the second part. */
  readonly secret: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
}

/** Something of the host, as a container has it. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface PassOptions {
  readonly root: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** Names of more variables, as fabrica.yaml lists them. */
  readonly more: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Decides what of the caller's environment reaches a container. */
export function passedOn({ root, folder, more, env }: PassOptions): Passed {
  const all = commandEnvironment(root, join(root, folder), env);
  const names = Object.keys(all).filter(
    (name) => all[name] && (more.includes(name) || (PASSED.test(name) && !HOST_ONLY.test(name))),
  );
  const files = FILES.filter((name) => names.includes(name) && existsSync(all[name] as string));
  const entries = (of: readonly string[], value: (name: string) => string) =>
    Object.fromEntries(of.map((name) => [name, value(name)]));
  const where = ['FABRICA_STORE', 'FABRICA_WAREHOUSE'].filter((name) => all[name]);
  const place = (name: string) => inContainer(root, all[name] as string);
  return {
    stated: {
      FABRICA_PROJECT: all.FABRICA_PROJECT as string,
      ...entries(
        where.filter((name) => !env[name]),
        place,
      ),
      ...entries(files, (name) => `${CREDENTIALS}/${name}`),
    },
    secret: {
      ...entries(
        where.filter((name) => env[name]),
        place,
      ),
      ...entries(
        names.filter((name) => !files.includes(name)),
        (name) => all[name] as string,
      ),
    },
    mounts: [
      ...files.map((name) => ({
        source: all[name] as string,
        target: `${CREDENTIALS}/${name}`,
        readOnly: true,
      })),
      ...storeOutside(root, all.FABRICA_STORE as string),
    ],
  };
}

/** A path, or an address with one, as it is in a container. What is outside of the workspace is the same there. */
function inContainer(root: string, text: string): string {
  const { scheme, path } = pathIn(text);
  return path && isInside(root, path)
    ? `${scheme}${WORKSPACE}/${relative(root, path).replaceAll('\\', '/')}`
    : text;
}

/** A store on this machine's disk that isn't in the workspace is where it is. */
function storeOutside(root: string, store: string): Mount[] {
  const { scheme, path } = pathIn(store);
  const isLocal = path && (scheme === '' || scheme === 'file://');
  return isLocal && !isInside(root, path) && existsSync(path)
    ? [{ source: path, target: path, readOnly: false }]
    : [];
}

function pathIn(text: string): { readonly scheme: string; readonly path: string } {
  const [, scheme = '', path = ''] = /^([a-z]+:\/\/)?(\/.*)$/.exec(text) ?? [];
  return { scheme, path };
}

function isInside(root: string, path: string): boolean {
  return !relative(root, path).startsWith('..');
}
