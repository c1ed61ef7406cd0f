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

/**
 * What an environment was made from: the lock and the pyproject, by content, and the pyprojects of the `siblings` that
 * are installed into it as they are on disk (folders relative to this one). Undefined where a file is missing.
 */
function environmentInputs(folder, siblings) {
  const hash = createHash('sha256').update('2\0');
  const manifests = siblings.map((sibling) => `${sibling}/pyproject.toml`);
  for (const name of ['pyproject.toml', 'requirements-dev.txt', 'requirements.txt', ...manifests]) {
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

/**
 * What is written into an environment when it is whole. It knows its folder, since its programs do: in a workspace that
 * was moved or copied they would start those of the old place.
 */
function environmentStamp(folder, { siblings = [], env = process.env } = {}) {
  return {
    schema: 2,
    folder: fs.realpathSync(folder),
    siblings,
    inputs: environmentInputs(folder, siblings),
    requested: env.FABRICA_PYTHON || null,
  };
}

/** What the environment of a folder says of itself; undefined when it is none, or not from here. */
function readStamp(folder) {
  try {
    return JSON.parse(fs.readFileSync(join(folder, '.venv', STAMP), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether the environment of a folder is in step with its lock: a few small files are read, nothing is started. */
function inStep(folder, env = process.env) {
  try {
    const stamp = readStamp(folder);
    const { inputs, folder: here } = environmentStamp(folder, { siblings: stamp.siblings, env });
    return (
      inputs !== undefined &&
      stamp.inputs === inputs &&
      stamp.folder === here &&
      (!env.FABRICA_PYTHON || stamp.requested === env.FABRICA_PYTHON) &&
      fs.statSync(pythonOf(folder)).isFile()
    );
  } catch {
    return false;
  }
}

/** The options of the plugin in nx.json as they are; the graph has checked them. */
function pluginOptions(root) {
  const file = join(root, 'nx.json');
  if (!fs.existsSync(file)) return {};
  const { plugins = [] } = parseJson(fs.readFileSync(file, 'utf8'), 'nx.json');
  return plugins.find((entry) => entry?.plugin === PLUGIN)?.options ?? {};
}

/** A mistake of the person's, not of the toolkit: it is shown without a stack. */
class Mistake extends Error {
  constructor(code, message, hint) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

function parseJson(text, file) {
  const json = withoutTrailingCommas(withoutComments(text));
  try {
    return JSON.parse(json);
  } catch (error) {
    const reason = error.message.replace(/( in JSON)? at position.*|, (\.\.\.)?".* is not valid JSON$/s, '');
    const line = lineOfError(json);
    throw new Mistake('bad-json', `${file}:${line}: this is not JSON: ${reason}`, `correct ${file} there`);
  }
}

/** Not all messages of Node say where: it is the first line with which the text can't be the beginning of a document. */
function lineOfError(json) {
  const lines = json.trimEnd().split('\n');
  const wrong = lines.findIndex((_line, index) => {
    const part = lines.slice(0, index + 1).join('\n');
    try {
      JSON.parse(part);
      return false;
    } catch ({ message }) {
      const at = /at position (\d+)/.exec(message)?.[1];
      return at === undefined ? !/end of JSON input/.test(message) : Number(at) < part.length;
    }
  });
  return wrong < 0 ? lines.length : wrong + 1;
}

const PLUGIN = 'fabrica/plugin';

/** Nx allows comments in nx.json, JSON doesn't: blanks take their place, so that lines and columns stay. */
function withoutComments(text) {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('"') ? match : match.replaceAll(/[^\n]/g, ' '),
  );
}

/** Nx allows a comma after the last entry, too. */
function withoutTrailingCommas(text) {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (match) => (match === ',' ? ' ' : match));
}

function environmentName(env = process.env) {
  return env.FABRICA_ENVIRONMENT || 'local';
}

/**
 * What nx.json, or environments/<name>.yaml, says of the environment that FABRICA_ENVIRONMENT names:
 * `{ store, warehouse }`, each may be missing. `local` is always there.
 */
function environmentSettings(root, env = process.env) {
  const environments = { local: {}, ...pluginOptions(root).environments };
  const name = environmentName(env);
  const cluster = clusterSettings(root, name);
  if (cluster || Object.hasOwn(environments, name)) return { ...cluster, ...environments[name] };
  throw new UnknownEnvironment(name, Object.keys(environments));
}

/** Of a cluster's environment: a run on this machine may share its store, and go on with what a run there has done. */
function clusterSettings(root, name) {
  const file = join(root, 'environments', `${name}.yaml`);
  if (!/^[a-z][a-z0-9-]*$/.test(name) || !fs.existsSync(file)) return undefined;
  const { parse } = require('yaml');
  try {
    const { store, warehouse } = parse(fs.readFileSync(file, 'utf8'));
    return { store, warehouse };
  } catch (error) {
    const reason = error.message.split('\n')[0];
    throw new Mistake('bad-yaml', `environments/${name}.yaml is not right: ${reason}`, 'correct it there');
  }
}

class UnknownEnvironment extends Mistake {
  constructor(name, known) {
    super(
      'unknown-environment',
      `FABRICA_ENVIRONMENT is ${name}, but there is no environment of that name`,
      `one of ${known.join(', ')}; or name it in nx.json, in the options of ${PLUGIN}: "environments": { "${name}": {} }; a cluster: npx nx g fabrica:environment ${name}`,
    );
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
    if (fields[0] === 'X' || (fields[0] === 'Z' && !hasOtherThreads(pid))) return undefined;
    boot ??= fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** A process that was killed holds its ports until the last of its threads is gone; the first may be gone before. */
function hasOtherThreads(pid) {
  return fs.readdirSync(`/proc/${pid}/task`).length > 1;
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
  writeAtomically(noteOf(root, record), JSON.stringify(record, null, 2) + '\n', 0o600);
  return record;
}

/** Each process has a note of its own, so that whoever removes one never removes that of a successor. */
function noteOf(root, { id, pid, identity }) {
  const started = createHash('sha256').update(identity).digest('hex').slice(0, 8);
  return join(processFolder(root), `${id}.${pid}-${started}.json`);
}

/** Removes the note of this very process. */
function forgetProcess(root, record) {
  fs.rmSync(noteOf(root, record), { force: true });
}

/** Hides what is a secret by its shape: passwords in URLs, the values of authorization headers. */
function hideSecrets(text) {
  return text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, '$1:***@')
    .replace(/\b(basic|bearer)\s+[a-z0-9+/=._~-]{8,}/gi, '$1 ***');
}

module.exports = {
  Mistake,
  STAMP,
  UnknownEnvironment,
  commandEnvironment,
  environmentName,
  environmentStamp,
  findRoot,
  forgetProcess,
  hideSecrets,
  inStep,
  processFolder,
  processIdentity,
  programs,
  pythonOf,
  readStamp,
  registerProcess,
  runEnvironment,
  withoutComments,
  writeAtomically,
};
