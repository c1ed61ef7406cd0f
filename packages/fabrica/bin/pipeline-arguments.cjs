// What Nx passes on for a pipeline, in the order that `python -m fabrica.pipelines run` wants.
'use strict';

const fs = require('node:fs');
const { join } = require('node:path');
const { environmentName } = require('./shared.cjs');

/**
 * Names of the pipelines of a project, sorted. The layout says what one is: src/<module>/pipelines/<name>.py, where the
 * name can be imported and is not private (_name.py). fabrica.pipelines (find_pipelines) has the same rule.
 */
function pipelinesOf(folder) {
  const found = names(join(folder, 'src')).flatMap((module) =>
    names(join(folder, 'src', module, 'pipelines'))
      .filter((file) => /^\p{XID_Start}\p{XID_Continue}*\.py$/u.test(file))
      .map((file) => file.slice(0, -'.py'.length)),
  );
  return [...new Set(found)].sort();
}

function names(folder) {
  try {
    return fs.readdirSync(folder).sort();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(error.code)) return [];
    throw error;
  }
}

/**
 * Completes a `python -m fabrica.pipelines run …` command; any other stays as it is.
 *
 * - The name of the pipeline: the first word that belongs to no option, or `--pipeline=NAME`; by default the only
 *   pipeline there is, or `train`. The word after an option is its value.
 * - `resume` is a run with `--resume`; `--run=ID` says which one.
 * - `--overrides=JSON`, `{"<pipeline>": {"<environment>": [{"option": "--each", …}], "*": […]}}`: arguments that
 *   fabrica.yaml adds for one pipeline in one environment; those of `*` in environments that it doesn't name.
 *
 * `env` is what the command's environment needs for it, too.
 */
function pipelineArguments(command, folder) {
  const [program, flag, module, asked, ...rest] = command;
  if (flag !== '-m' || module !== 'fabrica.pipelines' || !['run', 'resume', 'plan'].includes(asked))
    return { command, env: {} };
  const verb = asked === 'resume' ? 'run' : asked;
  const { name, overrides, others, run } = take(rest);
  if (asked === 'resume') others.push(run === undefined ? '--resume' : `--resume=${run}`);
  const pipeline = name ?? byDefault(pipelinesOf(folder));
  const own = overrides[pipeline]?.[environmentName()] ?? overrides[pipeline]?.['*'] ?? [];
  const words = [...(pipeline === undefined ? [] : [pipeline]), ...overrideWords(own), ...others];
  return { command: [program, flag, module, verb, ...words], env: placesEnvironment(own) };
}

/**
 * What of a command is not for this machine: a run, or pytest, in the cluster of an environment
 * (`--environment=staging`), and runs for many dates. Undefined for any other command.
 */
function elsewhere([program, ...rest]) {
  if (program === 'pytest') return isAway(rest) ? { verb: 'test', words: rest } : undefined;
  const [flag, module, verb, ...words] = rest;
  if (flag !== '-m' || module !== 'fabrica.pipelines') return undefined;
  const away = verb === 'backfill' || (['run', 'resume'].includes(verb) && isAway(words));
  return away ? { verb, words } : undefined;
}

function isAway(words) {
  const index = words.findIndex((word) => /^--environment(=|$)/.test(word));
  const named = index < 0 ? undefined : (words[index].split('=')[1] ?? words[index + 1]);
  return named !== undefined && named !== 'local';
}

/** Overrides of fabrica.yaml as arguments of the runner. */
function overrideWords(overrides) {
  return overrides.flatMap(({ option, value }) => [option, value]);
}

/**
 * Tells the runner where fabrica.yaml says the arguments that it gets, so that an error of one names the line. A
 * variable and no option: a project's runner may be older than this plugin.
 */
function placesEnvironment(overrides) {
  return {
    FABRICA_PLACES: JSON.stringify(Object.fromEntries(overrides.map(({ value, place }) => [value, place]))),
  };
}

function byDefault(pipelines) {
  return pipelines.length === 1 ? pipelines[0] : pipelines.find((name) => name === 'train');
}

/** Options of the runner that stand alone; any other takes the next word, also one that names a parameter. */
const FLAGS = ['--isolate', '--no-cache', '--json'];

function take(words) {
  let name;
  let run;
  let overrides = {};
  const others = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const [key, ...value] = word.split('=');
    const next = () => (value.length ? value.join('=') : words[++i]);
    if (key === '--pipeline') name = next();
    else if (key === '--overrides') overrides = JSON.parse(next());
    else if (key === '--run') run = next();
    else if (key === '--environment')
      next(); // this machine: see elsewhere
    else if (name === undefined && !word.startsWith('-') && standsAlone(words[i - 1])) name = word;
    else others.push(word);
  }
  return { name, run, overrides, others };
}

/** Whether the word after this one is no value of it. */
function standsAlone(word) {
  return word === undefined || !word.startsWith('-') || word.includes('=') || FLAGS.includes(word);
}

module.exports = { elsewhere, overrideWords, pipelineArguments, pipelinesOf, placesEnvironment };
