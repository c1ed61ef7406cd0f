import { compiling, ENVIRONMENT, fetching, IMAGE_USER, installerLines, STAGES } from '../layout/dockerfile';
import { withStage, type AddedStage } from '../images/dockerfile';
import { labSettings } from '../experiments/jupyter';
import { DEV_LOCK } from '../python/requirements';

/** Where the workspace is in a container. */
export const WORKSPACE = '/workspace';

const JUPYTER = '/opt/jupyter';

/** Where JupyterLab listens in its container. */
export const LAB_PORT = 8888;

/** What starts JupyterLab in its container. */
export const LAB = [`${JUPYTER}/bin/python`, '-I', '-m', 'jupyterlab', `--config=${JUPYTER}/fabrica.json`];

/** Where the environment of experiments is, in which notebooks run that use other projects. */
export const EXPERIMENTS = '/opt/experiments';

/** The pins of that environment, beside the wheels that a build reads. */
export const EXPERIMENTS_LOCK = 'requirements-experiments.txt';

/** The pins of JupyterLab, beside the wheels that a build reads. */
export const LAB_LOCK = 'requirements-jupyterlab.txt';

/** Who works in a container, as the host numbers them: so that what they write is theirs there, too. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const DEVELOP: AddedStage = {
  name: 'develop',
  code: 'no-develop-stage',
  message: 'this Dockerfile is all your own, so what one develops in is, too',
  hint: `add a stage for it: FROM … AS develop, with the environment of ${DEV_LOCK} in ${ENVIRONMENT}\nor develop on this machine: --in=venv`,
};

/** What decides what a project is developed in, beside its Dockerfile. */
export interface DevelopFacts {
  /** Relative to the workspace. */
  readonly folder: string;
  readonly owner: Owner;
  /** Without a kernel there is nothing for JupyterLab to do. */
  readonly lab: boolean;
  /** The folders of the projects that experiments use, itself first; none when they use no other. */
  readonly layers: readonly string[];
  /** Whether the code comes and goes by a tool, as into a cluster; else it is mounted. */
  readonly synced?: boolean;
}

/**
 * A Dockerfile with a last stage to develop in: what ships, with the rest of the lock of development in the same
 * environment, and JupyterLab in one of its own, in a layer that all projects share. The code is not in it: it is
 * mounted, or synced.
 */
export function withDevelopment(
  dockerfile: string,
  { folder, owner, lab, layers, synced }: DevelopFacts,
): string {
  return withStage(dockerfile, folder, DEVELOP, (last) => [
    ...(synced ? SYNC_LINES : []),
    `FROM \${BASE} AS ${TOOLS}`,
    ...installerLines(),
    ...(lab ? labLines() : []),
    '',
    `FROM ${last} AS ${DEVELOP.name}`,
    'USER root',
    ...(synced ? [`COPY --from=${SYNC} /usr/local/bin/unison /usr/local/bin/`] : []),
    ...(lab ? [`COPY --from=${TOOLS} ${JUPYTER} ${JUPYTER}`, `RUN ${settings(folder, layers)}`] : []),
    'ENV PYTHONDONTWRITEBYTECODE= UV_LINK_MODE=copy',
    ...fetching(
      [
        wheelsMount('target=/wheels'),
        `--mount=type=bind,from=${TOOLS},source=/usr/local/bin,target=/tools`,
        `--mount=type=bind,source=${DEV_LOCK},target=/tmp/${DEV_LOCK}`,
      ],
      'touch /dev/shm/start',
      `/tools/uv pip sync --quiet --python ${ENVIRONMENT}/bin/python --require-hashes --find-links /wheels /tmp/${DEV_LOCK}`,
      // What is new alone: uv would compile all of it again, and so double the image. Some have tests that are no Python.
      `{ find ${ENVIRONMENT} -name '*.py' -cnewer /dev/shm/start | ${ENVIRONMENT}/bin/python -m compileall -q -i - > /dev/null || true; }`,
      ...(layers.length ? experimentCommands(layers) : []),
      'rm -rf /app/*',
      ...userCommands(owner),
    ),
    `ENV VIRTUAL_ENV=${ENVIRONMENT} PYTHONPATH=${WORKSPACE}/${folder}/src JUPYTER_PATH=${JUPYTER}/fabrica`,
    `WORKDIR ${WORKSPACE}/${folder}`,
    `USER ${owner.uid}:${owner.gid}`,
  ]);
}

/** As on the host: the code of all projects comes after what is installed. */
function experimentCommands(layers: readonly string[]): string[] {
  const python = `${EXPERIMENTS}/bin/python`;
  const sources = layers.map((folder) => `${WORKSPACE}/${folder}/src`).join(' ');
  return [
    `/tools/uv venv --quiet --python ${ENVIRONMENT}/bin/python ${EXPERIMENTS}`,
    `/tools/uv pip sync --quiet --python ${python} --require-hashes --find-links /wheels /wheels/${EXPERIMENTS_LOCK}`,
    `(cd ${EXPERIMENTS}/lib/python3*/site-packages && printf '%s\\n' ${sources} > fabrica-project.pth)`,
    `{ ${python} -m compileall -q ${EXPERIMENTS}/lib > /dev/null || true; }`,
  ];
}

function labLines(): string[] {
  return fetching(
    [wheelsMount(`source=${LAB_LOCK},target=/tmp/${LAB_LOCK}`)],
    `uv venv --quiet --python "$(command -v python)" ${JUPYTER}`,
    `uv pip sync --quiet --python ${JUPYTER}/bin/python --require-hashes /tmp/${LAB_LOCK}`,
    compiling(`${JUPYTER}/lib`),
  );
}

const TOOLS = 'develop-tools';
const SYNC = 'develop-sync';

/** Of the distribution that the base image is of, whose package manager checks what it fetches. */
const SYNC_LINES = [
  `FROM \${BASE} AS ${SYNC}`,
  'RUN apt-get update && apt-get install --yes --no-install-recommends unison \\',
  '    && cp --dereference /usr/bin/unison /usr/local/bin/unison',
  '',
];

function wheelsMount(more: string): string {
  return `--mount=type=bind,from=${STAGES.wheels},${more}`;
}

/** Programs ask who they run as; root is there. */
function userCommands({ uid, gid }: Owner): string[] {
  const unnamed = uid === IMAGE_USER ? [`sed -i '/^[^:]*:x:${uid}:/d' /etc/passwd`] : [];
  return uid === 0 ? [] : [...unnamed, `echo 'dev:x:${uid}:${gid}::${WORKSPACE}:/bin/bash' >> /etc/passwd`];
}

/** Notebooks name their kernel `python3`: here it is the project's environment, or that of its experiments. */
function settings(folder: string, layers: readonly string[]): string {
  const kernel = {
    argv: [
      `${layers.length ? EXPERIMENTS : ENVIRONMENT}/bin/python`,
      '-m',
      'ipykernel_launcher',
      '--log-level=ERROR',
      '-f',
      '{connection_file}',
    ],
    display_name: folder.split('/').at(-1),
    language: 'python',
  };
  const lab = labSettings({ ip: '0.0.0.0', port: LAB_PORT, root: `${WORKSPACE}/${folder}` });
  const home = `${JUPYTER}/fabrica/kernels/python3`;
  return [
    `mkdir -p ${home}`,
    `printf '%s' '${JSON.stringify(kernel)}' > ${home}/kernel.json`,
    `printf '%s' '${JSON.stringify(lab)}' > ${JUPYTER}/fabrica.json`,
  ].join(' && ');
}
