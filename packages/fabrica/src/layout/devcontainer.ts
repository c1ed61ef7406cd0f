import { basename, dirname } from 'node:path';
import type { Key } from './editor';
import type { Facts } from './facts';

/** What editors open a project with: VS Code, and whatever reads devcontainer.json. */
export const DEVCONTAINER = '.devcontainer/devcontainer.json';

/** Where `nx develop` describes the containers, as seen from devcontainer.json. */
const STATE = '../../../.fabrica/develop';

const EXTENSIONS = ['ms-python.python', 'ms-toolsai.jupyter', 'charliermarsh.ruff'];

/** Whether a devcontainer.json opens the container of `nx develop`; any other is a person's own. */
export function isOwnDevcontainer(text: string): boolean {
  return text.includes(`${STATE}/`);
}

/** What the toolkit keeps in a project's devcontainer.json; features and settings beside it are a person's own. */
export function devcontainerKeys(file: string): readonly Key[] {
  const name = basename(dirname(dirname(file)));
  const always = (path: readonly string[], value: unknown): Key => ({ path, value: () => value });
  return [
    always(['name'], name),
    // On the machine itself, before the container: builds the image, and writes the compose file.
    always(['initializeCommand'], `npx nx run ${name}:develop --prepare`),
    {
      path: ['dockerComposeFile'],
      value: (_present, facts) => [`${STATE}/${name}/compose.yaml`, ...ownCompose(facts, name)],
    },
    always(['service'], 'develop'),
    always(['workspaceFolder'], `/workspace/projects/${name}`),
    // Who works in it is the owner of the files already.
    always(['updateRemoteUserUID'], false),
    always(['customizations', 'vscode', 'settings', 'python.defaultInterpreterPath'], '/opt/venv/bin/python'),
    {
      path: ['customizations', 'vscode', 'extensions'],
      value: (present) => [
        ...new Set([...(Array.isArray(present) ? (present as string[]) : []), ...EXTENSIONS]),
      ],
    },
  ];
}

function ownCompose({ units }: Facts, name: string): string[] {
  const compose = units.find(({ folder }) => basename(folder) === name)?.compose;
  return compose ? [`../${compose}`] : [];
}
