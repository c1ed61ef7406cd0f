import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { DEVCONTAINER } from '../layout/devcontainer';
import type { ServiceName } from '../workspace/settings-schema';
import { LAB, LAB_PORT, WORKSPACE, type Owner } from './dockerfile';
import type { Passed } from './environment';
import { PROJECT_LABEL } from './image';
import { SERVICE_TABLE } from './services';

/** The service of a project's own container, for compose.yaml and devcontainer.json. */
export const SERVICE = 'develop';

/** On a container: the shared packages that it takes from the working tree. */
export const WITH_LABEL = 'fabrica.with';

/** A port of a container, and where it is on this machine. */
export interface Port {
  readonly inside: number;
  readonly outside: number;
}

/** What decides a project's containers. */
export interface Wish {
  readonly root: string;
  readonly project: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** The image's tag. */
  readonly image: string;
  readonly owner: Owner;
  /** Without a kernel there is nothing for JupyterLab to do. */
  readonly lab: boolean;
  readonly ports: readonly Port[];
  readonly passed: Passed;
  readonly services: readonly ServiceName[];
  /** What nx.json says that services are made from. */
  readonly serviceImages: Readonly<Partial<Record<ServiceName, string>>>;
  /** Shared packages from the working tree. */
  readonly packages: readonly string[];
}

/** What Docker calls a project's containers: two clones of a workspace are two. */
export function composeName(root: string, project: string): string {
  return `${project}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
}

/** The folder of a project in a container, and below it a path. */
export function placeIn(folder: string, ...parts: string[]): string {
  return [WORKSPACE, folder, ...parts].join('/');
}

/** Where Python finds the code of a project before anything that is installed. */
export function pythonPath(folder: string, packages: readonly string[]): string {
  return [...packages.map((name) => placeIn(`packages/${name}`, 'src')), placeIn(folder, 'src')].join(':');
}

/** The text of the compose file. It holds names of secrets and no values. */
export function composeFile(wish: Wish): string {
  const { root, project, services, serviceImages } = wish;
  const others = services.map((name) => [name, serviceOf(name, serviceImages[name])] as const);
  const document = {
    name: composeName(root, project),
    services: { [SERVICE]: ownService(wish), ...Object.fromEntries(others) },
    volumes: Object.fromEntries(services.map((name) => [name, {}])),
  };
  const head = `# npx nx develop ${project} writes this file.\n`;
  return (
    head + stringify(document, (_key, value: unknown) => (typeof value === 'string' ? literal(value) : value))
  );
}

/** A dollar is no variable. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function ownService(wish: Wish): object {
  const { root, project, folder, image, owner, lab, ports, passed, services, packages } = wish;
  const given = Object.assign({}, ...services.map((name) => SERVICE_TABLE[name].gives)) as Record<
    string,
    string
  >;
  return {
    image,
    pull_policy: 'never',
    container_name: composeName(root, project),
    hostname: project,
    init: true,
    user: `${owner.uid}:${owner.gid}`,
    command: lab ? LAB : ['sleep', 'infinity'],
    working_dir: placeIn(folder),
    environment: {
      ...given,
      ...passed.stated,
      HOME: placeIn(stateOf(project), 'home'),
      USER: owner.uid === 0 ? 'root' : 'dev',
      PYTHONPATH: pythonPath(folder, packages),
      ...Object.fromEntries(
        [...Object.keys(passed.secret), ...(lab ? ['JUPYTER_TOKEN'] : [])].map((name) => [name, null]),
      ),
    },
    volumes: [
      { type: 'bind', source: root, target: WORKSPACE },
      ...passed.mounts.map(({ source, target, readOnly }) => ({
        type: 'bind',
        source,
        target,
        read_only: readOnly,
      })),
    ],
    ports: ports.map(({ inside, outside }) => `127.0.0.1:${outside}:${inside}`),
    labels: {
      [PROJECT_LABEL]: project,
      [WITH_LABEL]: packages.join(','),
      // By these editors find a container that runs.
      'devcontainer.local_folder': `${root}/${folder}`,
      'devcontainer.config_file': `${root}/${folder}/${DEVCONTAINER}`,
    },
    depends_on: Object.fromEntries(services.map((name) => [name, { condition: 'service_healthy' }])),
  };
}

/** Where the state of a project's containers is, relative to the workspace. */
export function stateOf(project: string): string {
  return `.fabrica/develop/${project}`;
}

function serviceOf(name: ServiceName, image?: string): object {
  const { image: usual, environment, data, healthcheck } = SERVICE_TABLE[name];
  return { image: image ?? usual, environment, healthcheck, volumes: [`${name}:${data}`] };
}

/** Ports that a container listens on: JupyterLab, and what a service or an app takes. */
export function portsInside(lab: boolean, listens: boolean, port: number): number[] {
  return [...(lab ? [LAB_PORT] : []), ...(listens ? [port] : [])];
}
