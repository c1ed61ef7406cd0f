import { EPOCH } from '../support/epoch';
import { moduleOf, type Part } from '../workspace';

/** What images are made from when nx.json names nothing else. */
export const BASE_IMAGE = 'python:3.11-slim-bookworm';

/** Whoever runs in an image: no user of the host has this number. */
export const IMAGE_USER = 10001;

/** Where a service or an app listens in its container. A port in fabrica.yaml is for the machine it is developed on. */
export const IMAGE_PORT = 8000;

/** Stages that the toolkit's own builds go on from. */
export const STAGES = { wheels: 'wheels', dependencies: 'dependencies', runtime: 'runtime' } as const;

/** The secret that says where packages come from, as variables of pip and uv. */
export const INDEXES = 'indexes';

/** What installs the lock in a build: uv for Linux with glibc, by hash (x86_64, then arm64). */
export const UV_REQUIREMENT = [
  'uv==0.13.8',
  '--hash=sha256:e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984',
  '--hash=sha256:0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d',
  '--hash=sha256:5337c30bb893b4f9ce0ceb921ba2da0d13f649da644f40ad3bef84083bef0203',
];

/**
 * Gives what `find` finds a time that never changes: then two builds give the same layers, by any current builder, and
 * a new commit leaves those alone in which nothing changed.
 */
const AGED = `-exec touch --no-dereference --date=@${EPOCH} {} +`;

/** uv notes beside what it installs from a wheel when that file was written, which differs from build to build. */
const FORGET_TIMES = [
  'find /opt -name uv_cache.json -delete',
  "find /opt -name RECORD -exec sed -i '/uv_cache.json/d' {} +",
];

const BYTECODE = '/tmp/bytecode.py';

/**
 * Compiles what is installed in a folder, as `compileall` would. Of 160 packages that takes longer than to install
 * them, so what was compiled is kept beside what was downloaded, by path and source: a changed lock compiles what is new.
 */
const COMPILE = `
import hashlib, py_compile, shutil, sys
from importlib.util import cache_from_source
from multiprocessing import Pool
from pathlib import Path

KEPT = Path("/root/.cache/bytecode")
SEED = sys.version.encode() + Path(__file__).read_bytes()  # What it imports shows in the bytes.
UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH

def bytecode(path):
    key = hashlib.sha256(b"%s\\0%s\\0%s" % (SEED, str(path).encode(), path.read_bytes())).hexdigest()
    kept, target = KEPT / key[:2] / key, Path(cache_from_source(path))
    try:
        if not kept.exists():
            py_compile.compile(path, kept, str(path), doraise=True, invalidation_mode=UNCHECKED)
    except (py_compile.PyCompileError, ValueError):
        return  # A template, or for another Python.
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(kept, target)

with Pool() as pool:
    pool.map(bytecode, sorted(Path(sys.argv[1]).rglob("*.py")), chunksize=64)
`;

/** What decides a project's Dockerfile. */
export interface ImageFacts {
  /** The project's. */
  readonly name: string;
  readonly parts: readonly Part[];
  readonly base?: string;
}

/** Runs a command with what it needs to fetch packages; neither an address nor a password stays in a layer. */
export function fetching(mounts: readonly string[], ...commands: string[]): string[] {
  const cache = '--mount=type=cache,target=/root/.cache';
  const all = [cache, `--mount=type=secret,id=${INDEXES}`, ...mounts].map((mount) => `    ${mount} \\`);
  const source = `[ ! -f /run/secrets/${INDEXES} ] || { set -a; . /run/secrets/${INDEXES}; }`;
  const shell = [source, ...commands].map(
    (command, index, { length }) => `    ${index ? '&& ' : ''}${command}${index < length - 1 ? ' \\' : ''}`,
  );
  return ['RUN \\', ...all, ...shell];
}

/** A file in a stage, by its text. */
function file(path: string, text: string): string[] {
  return [`COPY <<'EOF' ${path}`, ...text.trim().split('\n'), 'EOF'];
}

/** The command, in a stage that goes on from the dependencies, that compiles what is installed in a folder. */
export function compiling(folder: string): string {
  return `python -W ignore ${BYTECODE} ${folder}`;
}

/** The mounts of a step that installs a lock of the project. */
export function lockMounts(lock: string): string[] {
  return [
    `--mount=type=bind,source=${lock},target=/tmp/${lock}`,
    `--mount=type=bind,from=${STAGES.wheels},target=/wheels`,
  ];
}

/** The environment of a project in its images. */
export const ENVIRONMENT = '/opt/venv';

/** What installs and compiles: uv, and the environment that it fills. The same layers for all projects. */
export function installerLines(): string[] {
  return [
    'ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never',
    ...fetching(
      [],
      `echo "${UV_REQUIREMENT.join(' ')}" > /tmp/uv.txt`,
      'pip install --quiet --root-user-action=ignore --no-deps --require-hashes -r /tmp/uv.txt',
      `uv venv --quiet --python "$(command -v python)" ${ENVIRONMENT}`,
    ),
    ...file(BYTECODE, COMPILE),
  ];
}

/**
 * The lines that the toolkit owns in a project's Dockerfile. The context is the project's folder alone. What a person
 * writes below them adds to the image.
 */
export function dockerfileLines({ name, parts, base = BASE_IMAGE }: ImageFacts): string[] {
  return [
    `# The image of ${name}: npx nx run ${name}:image, or docker build here.`,
    `ARG BASE=${base}`,
    '',
    "# The wheels of the company's own packages; nx run brings them, so that no build asks the private index.",
    `FROM scratch AS ${STAGES.wheels}`,
    '',
    '# What the lock says, compiled, in a layer of its own.',
    `FROM \${BASE} AS ${STAGES.dependencies}`,
    ...installerLines(),
    ...fetching(
      lockMounts('requirements.txt'),
      'uv pip sync --quiet --python /opt/venv/bin/python --require-hashes --find-links /wheels /tmp/requirements.txt',
      compiling('/opt/venv/lib'),
      ...FORGET_TIMES,
      `find /opt ${AGED}`,
    ),
    '',
    "# The project's own files: production alone. Modes are the same, whatever the clone's are.",
    'FROM ${BASE} AS source',
    'WORKDIR /app',
    'COPY pyproject.toml requirements.txt ./',
    'COPY dat[a] data/',
    'COPY src src/',
    'RUN python -m compileall -q --invalidation-mode unchecked-hash src \\',
    '    && chmod -R u=rwX,go=rX . \\',
    // Where pipelines keep what they need for a moment.
    '    && ln -s /tmp .fabrica \\',
    `    && find . ${AGED}`,
    '',
    '# What ships: nothing in it installs or compiles, and nothing in it can be changed by who runs in it.',
    `FROM \${BASE} AS ${STAGES.runtime}`,
    'ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1',
    'RUN touch /dev/shm/start \\',
    '    && python -m pip uninstall --yes --quiet --root-user-action=ignore pip setuptools wheel \\',
    `    && rm -rf "$(python -c 'import ensurepip; print(*ensurepip.__path__)')" \\`,
    `    && python -m compileall -q -x '/tests?/' --invalidation-mode unchecked-hash "$(python -c 'import os; print(os.path.dirname(os.__file__))')" \\`,
    `    && echo 'app:x:${IMAGE_USER}:${IMAGE_USER}::/tmp:/usr/sbin/nologin' >> /etc/passwd \\`,
    `    && find / -xdev -newer /dev/shm/start ${AGED}`,
    'ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app/src HOME=/tmp',
    `COPY --from=${STAGES.dependencies} /opt /opt`,
    'COPY --from=source /app /app',
    'WORKDIR /app',
    `USER ${IMAGE_USER}:${IMAGE_USER}`,
    ...startLines(moduleOf(name), parts),
  ];
}

/** What a container starts by itself; every other program of the project is started by its name. */
function startLines(module: string, parts: readonly Part[]): string[] {
  const command = commandOf(module, parts).split(' ');
  const listens = parts.includes('service') || parts.includes('app');
  return [...(listens ? [`EXPOSE ${IMAGE_PORT}`] : []), `CMD ${JSON.stringify(command)}`];
}

function commandOf(module: string, parts: readonly Part[]): string {
  if (parts.includes('service')) return `python -m fabrica.serving serve --host 0.0.0.0 --port ${IMAGE_PORT}`;
  if (parts.includes('app'))
    return `streamlit run src/${module}/app.py --server.address=0.0.0.0 --server.port=${IMAGE_PORT} --server.headless=true`;
  return parts.includes('pipeline') ? 'python -m fabrica.pipelines list' : 'python';
}

/**
 * The lines of .dockerignore: only production and what builds it goes to Docker, and the tests, for the stage that
 * runs them.
 */
export function dockerignoreLines(): string[] {
  const needed = ['pyproject.toml', 'requirements*.txt', 'src', 'data', 'tests'];
  return ['*', ...needed.map((path) => `!${path}`), '**/__pycache__', '**/.env*', '**/.ipynb_checkpoints'];
}
