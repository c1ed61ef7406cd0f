import { parseArgs } from 'node:util';
import { CreateError } from './errors';

/** What may be said on the command line, and asked on a terminal. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  /** How the help calls its value. */
  readonly value?: string;
  readonly short?: string;
  readonly about: string;
}

/** All flags, in the order of the help. */
export const FLAGS = {
  project: { type: 'string', value: 'NAME', about: 'the first project (bikes)' },
  owner: { type: 'string', value: 'TEAM', about: 'who answers for it (your name in git)' },
  'package-manager': {
    type: 'string',
    value: 'npm|pnpm',
    about: 'what installs the workspace (npm, or the one that called this)',
  },
  'npm-registry': {
    type: 'string',
    value: 'URL',
    about: 'where npm packages come from, and yours go to (what npm is configured for)',
  },
  'pypi-index': {
    type: 'string',
    value: 'URL',
    about: 'your private Python index (one that runs on this machine)',
  },
  'fill-index': {
    type: 'boolean',
    about: "publish Fabrica's own Python packages there: FABRICA_PYPI_USERNAME, FABRICA_PYPI_PASSWORD",
  },
  'image-registry': { type: 'string', value: 'HOST/PATH', about: 'where images are pushed to (none yet)' },
  'skip-git': { type: 'boolean', about: 'no git repository, no commit' },
  yes: { type: 'boolean', short: 'y', about: 'ask nothing, take what stands in brackets' },
  'no-interactive': { type: 'boolean', about: 'the same' },
  version: { type: 'boolean', short: 'v', about: 'the version, which is that of the plugin too' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies Record<string, Flag>;

type Name = keyof typeof FLAGS;
type ValueOf<F> = F extends { type: 'string' } ? string : boolean;

/** What the command line says; what it doesn't say is undefined. */
export type Given = { readonly folder?: string } & {
  readonly [N in Name]?: ValueOf<(typeof FLAGS)[N]>;
};

/**
 * Reads the command line.
 *
 * @throws CreateError for a flag that doesn't exist, one without its value, a second name
 */
export function readFlags(args: readonly string[]): Given {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true });
    const [folder, more] = positionals;
    if (more !== undefined) throw new Error(`one name is enough: what is "${more}"?`);
    return { ...(values as Given), folder };
  } catch (error) {
    // Node's own words have a second sentence, about options of its own.
    const [first] = (error as Error).message.split(/\. |\n/);
    throw new CreateError(first as string, 'npx create-fabrica --help');
  }
}

/** The text of `--help`. */
export function help(): string {
  const rows = Object.entries<Flag>(FLAGS).map(([name, { short, value, about }]) => [
    `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`,
    about,
  ]);
  const width = Math.max(...rows.map(([flag]) => (flag as string).length));
  return [
    'npx create-fabrica NAME [flags]',
    '',
    "Makes a folder NAME with a company's own Fabrica workspace: an Nx workspace with the plugin, its registries,",
    'CI, and a first project that is green. On a terminal it asks for what the flags leave open.',
    '',
    ...rows.map(([flag, about]) => `  ${(flag as string).padEnd(width)}  ${about}`),
    '',
    'For example:',
    '  npx create-fabrica acme-science',
    '  npx create-fabrica acme-science --project churn --owner growth --package-manager pnpm --yes',
    '',
  ].join('\n');
}
