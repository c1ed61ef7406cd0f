// What the fast command (env.cjs) and the plugin share: plain JavaScript, so that a command costs no transpile.
// Typed by shared.d.cts; the TypeScript side imports it from support/ and python/.
'use strict';

const { createHash, randomUUID } = require('node:crypto');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { basename, delimiter, dirname, join, resolve } = require('node:path');

const WINDOWS = process.platform === 'win32';

/** The nearest folder at or above `start` that holds an nx.json. */
function findRoot(start) {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    if (fs.existsSync(join(folder, 'nx.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Where an environment keeps its programs. */
function programs(folder) {
  return join(folder, '.venv', WINDOWS ? 'Scripts' : 'bin');
}

function pythonOf(folder) {
  return join(programs(folder), WINDOWS ? 'python.exe' : 'python');
}

const STAMP = 'fabrica-stamp.json';

/** What an environment was made from: the lock and the pyproject, by content. Undefined where a file is missing. */
function environmentInputs(folder) {
  const hash = createHash('sha256').update('2\0');
  for (const name of ['pyproject.toml', 'requirements-dev.txt', 'requirements.txt']) {
    try {
      hash
        .update(name)
        .update(fs.readFileSync(join(folder, name)))
        .update('\0');
    } catch {
      // A package has no lock for production; whether a project lacks one is for the slow way to say.
      if (name !== 'requirements.txt') return undefined;
    }
  }
  return hash.digest('hex');
}

/** Whether the environment of a folder is in step with its lock: two small files are read, nothing is started. */
function inStep(folder) {
  try {
    const stamp = JSON.parse(fs.readFileSync(join(folder, '.venv', STAMP), 'utf8'));
    return stamp.inputs === environmentInputs(folder) && fs.statSync(pythonOf(folder)).isFile();
  } catch {
    return false;
  }
}

/** The options of the plugin in nx.json as they are; the graph has checked them. */
function pluginOptions(root) {
  const file = join(root, 'nx.json');
  if (!fs.existsSync(file)) return {};
  const { plugins = [] } = JSON.parse(withoutComments(fs.readFileSync(file, 'utf8')));
  return plugins.find((entry) => entry?.plugin === PLUGIN)?.options ?? {};
}

const PLUGIN = 'fabrica/plugin';

/** Nx allows comments in nx.json, JSON doesn't: blanks take their place, so that lines and columns stay. */
function withoutComments(text) {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('"') ? match : match.replaceAll(/[^\n]/g, ' '),
  );
}

function environmentName(env = process.env) {
  return env.FABRICA_ENVIRONMENT || 'local';
}

/**
 * What nx.json says of the environment that FABRICA_ENVIRONMENT names: `{ store, warehouse }`, each may be missing.
 * `local` is always there.
 */
function environmentSettings(root, env = process.env) {
  const environments = { local: {}, ...pluginOptions(root).environments };
  const name = environmentName(env);
  if (Object.hasOwn(environments, name)) return environments[name];
  throw new UnknownEnvironment(name, Object.keys(environments));
}

class UnknownEnvironment extends Error {
  constructor(name, known) {
    super(`FABRICA_ENVIRONMENT is ${name}, but nx.json has no environment of that name`);
    this.hint = `one of ${known.join(', ')}; or name it in nx.json, in the options of ${PLUGIN}: "environments": { "${name}": {} }`;
  }
}

/** Where the registries are, and their secrets: for uv and npm alone, never for the code of projects and packages. */
const REGISTRY_VARIABLES = /^(FABRICA_(PYPI|NPM)_|UV_INDEX_FABRICA_|UV_PUBLISH_)/i;

/** The variables that a command of a project or package gets: the caller's, less the registries', and these. */
function commandEnvironment(root, folder, env = process.env) {
  const { store, warehouse } = environmentSettings(root, env);
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !REGISTRY_VARIABLES.test(name)));
  // It would send the environment's Python to another's standard library.
  delete rest.PYTHONHOME;
  // Without bytecode every start of these environments would compile pandas and all else anew.
  delete rest.PYTHONDONTWRITEBYTECODE;
  const path = env.PATH ?? env.Path ?? '';
  return {
    ...rest,
    PATH: `${programs(folder)}${delimiter}${path}`,
    VIRTUAL_ENV: join(folder, '.venv'),
    FABRICA_STORE: env.FABRICA_STORE || store || join(root, '.fabrica', 'store'),
    ...(env.FABRICA_WAREHOUSE || !warehouse ? {} : { FABRICA_WAREHOUSE: warehouse }),
    FABRICA_PROJECT: basename(folder),
  };
}

/**
 * The variables of a run of a pipeline: the runner wants a fixed order of hashes and would start itself anew to get it
 * (12 ms). Only runs get it: tests keep Python's random order, which shows code that depends on it, and services keep
 * what protects them from requests whose keys collide.
 */
function runEnvironment(env) {
  const { PYTHONHASHSEED: seed } = env;
  return seed && seed !== 'random' ? env : { ...env, PYTHONHASHSEED: '0' };
}

/**
 * What tells a process from a later one with the same number: when it started, in this boot of the machine.
 * Undefined when no such process runs (one that ended and waits for its parent counts as ended).
 */
function processIdentity(pid) {
  if (process.platform === 'linux') return linuxIdentity(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return undefined;
  }
  if (WINDOWS) return String(pid);
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

let boot;

function linuxIdentity(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in parentheses, may itself hold spaces and parentheses: read from the last one on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    boot ??= fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

function processFolder(root) {
  return join(root, '.fabrica', 'processes');
}

/** Writes a file so that a reader sees the old content or the new, never a part. */
function writeAtomically(file, text, mode = 0o644) {
  const temporary = `${file}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`;
  fs.mkdirSync(dirname(file), { recursive: true });
  try {
    fs.writeFileSync(temporary, text, { mode });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Notes a started process under .fabrica/processes, where `status` and `stop` find it. */
function registerProcess(
  root,
  { id = randomUUID(), pid, kind, project = null, command, address = null, log = null },
) {
  const identity = processIdentity(pid);
  if (identity === undefined) return undefined;
  const record = {
    schema: 1,
    id,
    pid,
    identity,
    kind,
    project,
    command,
    address,
    log,
    startedAt: new Date().toISOString(),
  };
  writeAtomically(join(processFolder(root), `${id}.json`), JSON.stringify(record, null, 2) + '\n');
  return record;
}

function forgetProcess(root, id) {
  fs.rmSync(join(processFolder(root), `${id}.json`), { force: true });
}

module.exports = {
  STAMP,
  UnknownEnvironment,
  commandEnvironment,
  environmentInputs,
  environmentName,
  findRoot,
  forgetProcess,
  inStep,
  processFolder,
  processIdentity,
  programs,
  pythonOf,
  registerProcess,
  runEnvironment,
  withoutComments,
  writeAtomically,
};
