import { basename, resolve } from 'node:path';
import { CreateError } from './errors';
import type { Given } from './flags';

export const MANAGERS = ['npm', 'pnpm'] as const;
export type ManagerName = (typeof MANAGERS)[number];

/** What is to be made: read once, checked once. */
export interface Options {
  /** As it was said, for messages: `acme-science`, `../acme-science`. */
  readonly said: string;
  readonly folder: string;
  readonly name: string;
  readonly project: string;
  readonly owner: string;
  readonly manager: ManagerName;
  readonly npmRegistry?: string;
  readonly pypiIndex?: string;
  readonly fillIndex: boolean;
  readonly imageRegistry?: string;
  readonly git: boolean;
}

/** What holds where nothing was said. */
export interface Defaults {
  readonly project: string;
  /** The name in git's configuration. */
  readonly owner?: string;
  readonly manager: ManagerName;
}

/** The package manager that called this: `pnpm create fabrica` wants pnpm. */
export function callingManager({ npm_config_user_agent: agent = '' }: NodeJS.ProcessEnv): ManagerName {
  return MANAGERS.find((name) => agent.startsWith(`${name}/`)) ?? 'npm';
}

/** @throws CreateError that says what is wrong with an answer, and what to type */
export function readOptions(given: Given, defaults: Defaults): Options {
  const said = given.folder;
  if (!said) throw new CreateError('the workspace has no name', 'npx create-fabrica acme-science');
  const owner = given.owner?.trim() || defaults.owner;
  if (!owner)
    throw new CreateError(
      'no owner was given, and git knows no user.name',
      `npx create-fabrica ${said} --owner your-team`,
    );
  return {
    said,
    folder: resolve(said),
    name: checkName(said),
    project: checkProject(given.project || defaults.project),
    owner,
    manager: checkManager(given['package-manager'] || defaults.manager),
    npmRegistry: checkAddress(given['npm-registry'], 'npm-registry', NPM_LOGIN),
    pypiIndex: checkAddress(given['pypi-index'], 'pypi-index', PYPI_LOGIN),
    fillIndex: given['fill-index'] ?? false,
    imageRegistry: checkImages(given['image-registry']),
    git: !given['skip-git'],
  };
}

const NPM_LOGIN = (url: string) => `npm login --registry=${url}     # keeps them in your home folder`;
const PYPI_LOGIN = () => 'export FABRICA_PYPI_USERNAME=… FABRICA_PYPI_PASSWORD=…';

/** The last part of a path, which npm has to take as a name. */
export function checkName(said: string): string {
  const name = basename(resolve(said));
  if (/^[a-z0-9][a-z0-9._-]*$/.test(name) && name.length <= 100 && name !== 'node_modules') return name;
  throw new CreateError(
    `npm doesn't take "${name}" as a name: lower-case letters, digits, hyphens, dots and underscores are fine`,
    `npx create-fabrica ${simplified(name, 'acme-science')}`,
  );
}

export function checkProject(name: string): string {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return name;
  throw new CreateError(
    `"${name}" can't be the name of a project: it has lower-case letters, digits and single hyphens`,
    `--project ${simplified(name, 'bikes')}`,
  );
}

/** What a name should have been, as far as one can tell. */
function simplified(name: string, otherwise: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[-0-9]+|-+$/g, '') || otherwise
  );
}

export function checkManager(name: string): ManagerName {
  const found = MANAGERS.find((one) => one === name);
  if (found) return found;
  throw new CreateError(`"${name}" is no package manager that this knows`, '--package-manager npm, or pnpm');
}

/** An address without credentials: it is written into files that everybody reads. */
export function checkAddress(
  url: string | undefined,
  flag: string,
  login: (url: string) => string,
): string | undefined {
  if (!url?.trim()) return undefined;
  const parsed = URL.canParse(url.trim()) ? new URL(url.trim()) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new CreateError(
      `--${flag} is no address with https:// or http://`,
      `--${flag} https://packages.example.com/…`,
    );
  if (!parsed.username && !parsed.password) return parsed.href;
  parsed.username = parsed.password = '';
  throw new CreateError(`--${flag} holds a user or a password, which would be committed`, login(parsed.href));
}

export function checkImages(registry: string | undefined): string | undefined {
  if (!registry?.trim()) return undefined;
  if (/^[\w.-]+(:\d+)?(\/[a-z0-9._-]+)*$/.test(registry.trim())) return registry.trim();
  throw new CreateError(
    '--image-registry is a host and a path, without https://',
    '--image-registry registry.example.com/science',
  );
}

/** What to type to do the same again. */
export function commandOf(options: Options): string {
  const values = {
    project: options.project,
    owner: options.owner,
    'package-manager': options.manager,
    'npm-registry': options.npmRegistry,
    'pypi-index': options.pypiIndex,
    'image-registry': options.imageRegistry,
  };
  const flags = Object.entries(values).flatMap(([flag, value]) =>
    value ? [`--${flag} ${quoted(value)}`] : [],
  );
  const switches = [...(options.fillIndex ? ['--fill-index'] : []), ...(options.git ? [] : ['--skip-git'])];
  return ['npx create-fabrica', quoted(options.said), ...flags, ...switches, '--yes'].join(' ');
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
