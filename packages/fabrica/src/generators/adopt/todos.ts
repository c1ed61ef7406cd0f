import type { Place } from '../../support/errors';
import { isSecretFile } from '../../layout/secret-files';
import { ignoredIn } from '../../registries/git';
import { HOMES } from '../../workspace';
import type { Analysis } from './analysis';
import { TEST } from './folders';
import { LARGE } from './incoming';
import { stalePaths } from './named-paths';
import { outputsTodo } from './published';
import { code, leftText, placed, type Todo } from './report';
import { secretTodos } from './secrets';

/** All that a person must still do, the weightiest first. */
export async function todosOf(analysis: Analysis): Promise<Todo[]> {
  const { name, incoming, moves, pastSecrets } = analysis;
  return [
    ...secretTodos(moves, pastSecrets),
    ...dependencyTodos(analysis),
    ...codeTodos(analysis),
    ...fileTodos(analysis),
    ...outputsTodo(`${HOMES.project}/${name}`, incoming, moves),
    ...(await ignoredTodo(analysis)),
    ...houseTodos(analysis),
  ];
}

/** A thing to do, when there is something that it is about. */
function about(what: string, details: readonly string[]): Todo[] {
  return details.length ? [{ what, details }] : [];
}

function dependencyTodos({ name, dependencies, python, relax, manifests, moves }: Analysis): Todo[] {
  const { left, missing, unused, stated } = dependencies;
  const guessed = manifests.length ? [] : stated.filter(({ was }) => was !== undefined);
  const lock = code(`npx nx run ${name}:lock`);
  const now = ({ file, line }: Place) => placed({ file: moves.get(file) ?? file, line });
  return [
    ...(python.older
      ? [
          {
            what: `It was made for an older Python, and runs on ${python.requires.replace('>=', '')} or newer here: see that its tests still hold.`,
          },
        ]
      : []),
    ...(relax
      ? [
          {
            what: 'Exact pins are lower limits now; the lock pins what is installed. Narrow those that matter.',
          },
        ]
      : []),
    ...about(`What \`pyproject.toml\` can't say: see to each, then ${lock}.`, left.map(leftText)),
    ...about(
      `Imported, and stated nowhere: add to \`pyproject.toml\` what is needed, then ${lock}.`,
      missing.map(({ module, file, line }) => `${code(module)} (${now({ file, line })})`),
    ),
    ...about(
      'No manifest states dependencies: these are guessed from imports, in their newest versions. Check each.',
      guessed.map(({ text, was = '', place }) => `${code(text)}, for ${code(was)} (${now(place)})`),
    ),
    ...about(
      'Stated beside the main dependencies, or installed with them, and imported by no code, so not taken: add what is needed all the same.',
      unused.length ? [unused.map(({ text }) => code(text)).join(', ')] : [],
    ),
  ];
}

function codeTodos({ rewriting, moves, incoming, facts, shape, module, metadataUses }: Analysis): Todo[] {
  const old = shape.primary?.split('/').at(-1) ?? module;
  const to = (path: string) => moves.get(path) ?? path;
  return [
    ...about(
      'Not Python 3: nothing can import these, nor check them.',
      facts.broken
        .filter(({ file }) => moves.has(file))
        .map(({ file, line, message }) => `${placed({ file: to(file), line })}: ${message}`),
    ),
    ...about('Imports that could not be rewritten.', rewriting.left),
    ...renamedTodo(old, module),
    ...about('Texts that look like the old name of a module.', rewriting.strings),
    ...about(
      'Files that code names by a path which leads elsewhere now.',
      stalePaths(moves, (path) => incoming.read(path) ?? '').map(
        ({ file, line, path, now }) => `${placed({ file, line })}: ${code(path)} is ${code(now)}`,
      ),
    ),
    ...about(
      'Code asks for the version of the installed project, and a project is not installed: a `.dist-info` in `src/` answers. State the version in the code, and delete that folder.',
      metadataUses,
    ),
  ];
}

function renamedTodo(old: string, module: string): Todo[] {
  if (old === module) return [];
  const what = `The package ${code(old)} is ${code(module)} now, and imports say so. Look for the old name in commands and configuration.`;
  return [{ what }];
}

/** Files that say how the project was built, tested and started before. */
const BEFORE =
  /^(Makefile|Dockerfile[\w.-]*|docker-compose[\w.-]*|compose\.ya?ml|tox\.ini|noxfile\.py|Procfile|runtime\.txt|\.travis\.yml|\.gitlab-ci\.yml|\.circleci\/.*|\.github\/.*|azure-pipelines\.yml|\.pre-commit-config\.yaml|\.readthedocs\.ya?ml|codecov\.yml|\.coveragerc|\.flake8)$/;

function fileTodos({ incoming, moves }: Analysis): Todo[] {
  const taken = incoming.files.filter(({ path }) => moves.has(path));
  const megabytes = (size: number) => `${Math.round(size / 1024 / 1024)} MB`;
  return [
    ...about(
      'Large files: git keeps each version for ever. Data belongs into the warehouse or the store.',
      taken
        .filter(({ size }) => size > LARGE)
        .map(({ path, size }) => `${code(moves.get(path) as string)}: ${megabytes(size)}`),
    ),
    ...about(
      'Not taken along.',
      incoming.skipped.map(({ path, why }) => `${code(path)}: ${why}`),
    ),
    ...about(
      'These say how it was built, tested and started before: take what you need of them, and delete them.',
      taken.flatMap(({ path }) => (BEFORE.test(path) ? [code(moves.get(path) as string)] : [])),
    ),
  ];
}

/** What a .gitignore kept out of git is not taken: data, mostly, without which nothing runs. */
async function ignoredTodo({ source }: Analysis): Promise<Todo[]> {
  const state =
    /(^|\/)(\.?venv|env|__pycache__|node_modules|\.[\w.-]+|dist|build|[^/]+\.egg-info|[^/]+\.pyc)\/?$/;
  const ignored = await ignoredIn(source.folder, '.').catch(() => []);
  const told = ignored.filter((path) => isSecretFile(path) || !state.test(path));
  const shown = told.slice(0, 20).map(code);
  return about('Ignored by git, so not taken along: copy what the project needs.', [
    ...shown,
    ...(told.length > shown.length ? [`and ${told.length - shown.length} more`] : []),
  ]);
}

function houseTodos({ name, moves, module, hasTests, historyMissing }: Analysis): Todo[] {
  const places = [...moves.values()];
  const has = (file: string) => places.includes(`src/${module}/${file}`);
  const pipelines = places.filter((path) => path.startsWith(`src/${module}/pipelines/`) && !TEST.test(path));
  return [
    ...(hasTests
      ? []
      : [
          {
            what: 'It has no tests that pytest finds: `tests/test_imports.py` checks that what the code imports is there, and is a beginning.',
          },
        ]),
    ...(has('app.py')
      ? [
          {
            what: `\`src/${module}/app.py\` is what ${code(`npx nx run ${name}:app`)} starts with Streamlit: give it another name if it is no Streamlit app.`,
          },
        ]
      : []),
    ...(has('service.py')
      ? [
          {
            what: `\`src/${module}/service.py\` is what ${code(`npx nx serve ${name}`)} starts as the prediction service: give it another name if it is none.`,
          },
        ]
      : []),
    ...about(
      'Modules in `pipelines/` are pipelines to Fabrica: give the folder another name if they are none.',
      pipelines.map(code),
    ),
    ...(historyMissing ? [{ what: `Its history isn't here: ${historyMissing}.` }] : []),
    {
      what: `Come to the rules of the house: so far ruff looks for errors of syntax alone, and \`format\` changes nothing. In \`pyproject.toml\` take \`exclude\` of \`[tool.ruff.format]\` away (and \`extend-exclude\`, where it is there) and widen \`select\`, then ${code(`npx nx run ${name}:format`)}; when types are ready, \`typeCheckingMode = "standard"\`.`,
    },
  ];
}
