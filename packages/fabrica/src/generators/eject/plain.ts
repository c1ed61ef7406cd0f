import { pipelinesInOrder } from '../../executors/project';
import { overridesFor, type Project } from '../../workspace';
import { overrideWords } from '../../../bin/pipeline-arguments.cjs';
import { floorOf, OLDEST } from '../../python/versions';
import { shellWord } from '../../support/shell';

/** The commands of a project that has only its own tools. */
export interface Plain {
  readonly name: string;
  readonly module: string;
  /** The oldest Python that it runs on: the locks are made for it. */
  readonly python: string;
  /** In the order in which they are run. */
  readonly pipelines: readonly string[];
  /** What runs each of them, with what fabrica.yaml overrides. */
  readonly runs: readonly string[];
  readonly service: boolean;
  readonly app: boolean;
  readonly vendored: boolean;
  readonly checks: readonly string[];
  /** What a container starts. */
  readonly start: readonly string[];
  /** What writes the locks anew. */
  readonly lock: readonly string[];
  /** How targets of Nx go without it. */
  readonly commands: Readonly<Record<string, string>>;
  /** Environments of which there are manifests. */
  readonly clusters?: readonly string[];
}

const LOCK = 'uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate';

/** What to type in the project's folder. */
export function plainCommands(project: Project, vendored: boolean): Plain {
  const { name, module, service, app, requiresPython } = project;
  const python = floorOf(requiresPython) ?? OLDEST;
  const pipelines = pipelinesInOrder(project);
  const runs = pipelines.map((pipeline) => runCommand(project, pipeline));
  const serve = ['python', '-m', 'fabrica.serving', 'serve'];
  const show = ['streamlit', 'run', `src/${module}/app.py`];
  const checks = ['ruff check .', 'ruff format --check .', 'basedpyright', 'pytest'];
  const start = service
    ? [...serve, '--host', '0.0.0.0', '--port', '8000']
    : app
      ? show
      : (runs[0] ?? ['python', '-c', `import ${module}`]);
  const lock = `${LOCK} --python-version ${python}${vendored ? ' --emit-find-links' : ''}`;
  return {
    ...{ name, module, python, pipelines, service, app, vendored, checks, start },
    runs: runs.map((words) => words.map(shellWord).join(' ')),
    lock: [`${lock} -o requirements.txt`, `${lock} --group dev -c requirements.txt -o requirements-dev.txt`],
    commands: {
      install: 'pip install --require-hashes -r requirements-dev.txt',
      test: 'pytest',
      lint: 'ruff check . && ruff format --check .',
      format: 'ruff check --fix . && ruff format .',
      typecheck: 'basedpyright',
      ...(runs.length && { run: 'python -m fabrica.pipelines run', tracking: 'python -m fabrica.tracking' }),
      ...(service && { serve: serve.join(' ') }),
      ...(app && { app: show.join(' ') }),
      deploy: `docker build -t ${name} . && docker run --rm${service ? ' -p 8000:8000' : app ? ' -p 8501:8501' : ''} ${name}`,
    },
  };
}

/** What fabrica.yaml overrides are arguments now. */
function runCommand({ overrides }: Project, pipeline: string): string[] {
  const words = overrideWords(overridesFor(overrides, pipeline, 'local'));
  return ['python', '-m', 'fabrica.pipelines', 'run', pipeline, ...words];
}

/**
 * A text whose commands of Nx are those of the tools; commands that only the toolkit has stay. They stand in strings and
 * notebooks, too: none has a quote.
 */
export function withPlainCommands(text: string, { name, pipelines, commands }: Plain): string {
  const before = new RegExp(
    `(?:npx )?\\bnx (?:run ${name}:([a-z]+)|(?:run )?([a-z]+) ${name}(?![\\w-]))(?: (${pipelines.join('|') || '$.'})(?![\\w-]))?`,
    'g',
  );
  return text.replace(before, (all, one?: string, other?: string, pipeline?: string) => {
    const target = one ?? other ?? '';
    const command = commands[target];
    if (command === undefined) return all;
    const named = target === 'run' ? (pipeline ?? pipelines[0]) : pipeline;
    return named === undefined ? command : `${command} ${named}`;
  });
}
