import type { Packages } from './manager';
import type { Options } from './options';

/** The files that a package manager and Nx need before the plugin, once installed, writes the rest. */
export function firstFiles(
  options: Options,
  packages: Packages,
  managerVersion: string,
): Readonly<Record<string, string>> {
  const { manager } = options;
  return {
    'package.json': json({
      name: `@${options.name}/source`,
      version: '0.0.0',
      private: true,
      engines: { node: '>=20.19' },
      ...(manager === 'pnpm' && { packageManager: `pnpm@${managerVersion}` }),
      ...(manager === 'npm' && { workspaces: [PACKAGES] }),
      scripts: {
        test: 'nx sync:check && nx run-many -t layout lint typecheck test && nx run-many -t boundaries',
      },
      devDependencies: packages,
    }),
    'nx.json': json({
      $schema: './node_modules/nx/schemas/nx-schema.json',
      defaultBase: 'main',
      analytics: false,
      neverConnectToCloud: true,
      tui: { enabled: false },
    }),
    ...npmrc(options),
    ...(manager === 'pnpm' && { 'pnpm-workspace.yaml': PNPM }),
    '.gitignore': 'node_modules/\ndist/\n.nx/\n*.log\n.env\n.DS_Store\n',
    'README.md': readme(options),
  };
}

const PACKAGES = 'packages/*';

const PNPM = `packages:
  - ${PACKAGES}

# Nx alone may run a script when it is installed.
allowBuilds:
  nx: true
onlyBuiltDependencies:
  - nx
`;

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function npmrc({ manager, npmRegistry }: Options): Readonly<Record<string, string>> {
  const lines = [
    ...(npmRegistry ? [`registry=${npmRegistry}`] : []),
    ...(manager === 'npm' ? [LOCK_COMMENT, 'omit-lockfile-registry-resolved=true'] : []),
  ];
  return lines.length ? { '.npmrc': `${lines.join('\n')}\n` } : {};
}

const LOCK_COMMENT = '# The lock works with any registry: it holds no download addresses.';

function readme({ name, project, manager, pypiIndex }: Options): string {
  return `# ${name}

The data science of this company, in one repository: standalone Python projects in \`projects/\`, what they share in \`packages/\`. It is an [Nx](https://nx.dev) workspace with the Fabrica plugin.

You need Node 20.19 or newer, Python 3.11 or newer, and git.

\`\`\`
${manager} install
npx nx test ${project}
npx nx run ${project}:run         # its pipeline
npx nx run ${project}:deploy      # and what it promoted, on this machine
\`\`\`

| command                                | what it does                                    |
| -------------------------------------- | ----------------------------------------------- |
| \`npx nx g fabrica:project NAME\`        | a new project, green from the first minute      |
| \`npx nx g fabrica:adopt PATH\`          | takes in a project that exists                  |
| \`npx nx g fabrica:package NAME\`        | a shared package, in Python or TypeScript       |
| \`npx nx affected -t test\`              | the tests of what a change touches              |
| \`npx nx sync\`                          | mends what the toolkit keeps                    |
| \`npx nx run workspace:uses\`            | who uses what                                   |
| \`npx nx release\`                       | versions and publishes the shared packages      |
| \`npx nx migrate fabrica\`               | the next version of the toolkit                 |

## Settings

\`nx.json\`, under \`fabrica/plugin\`: the environments (where each has its \`store\` and \`warehouse\`), the registries, what images are made from, and the owners. Passwords come from the environment: \`FABRICA_PYPI_USERNAME\`, \`FABRICA_PYPI_PASSWORD\`, \`FABRICA_NPM_TOKEN\`.
${pypiIndex ? '' : '\nShared packages are published to an index that runs on your machine, until `registries` names one of the company.\n'}
\`.github/workflows/ci.yml\` checks what a change touches; the lines between its markers are kept by \`npx nx sync\`.
`;
}
