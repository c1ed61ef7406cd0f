#!/usr/bin/env node
// What git starts for notebooks; `setup` tells it to:
//
//   node notebook.cjs setup               (npm's `prepare` runs it, so npm ci is enough)
//   node notebook.cjs clean <workspace>   stdin → stdout, without outputs: a filter, so the file keeps them on disk
//   node notebook.cjs diff <workspace> <path> <old> <hex> <mode> <new> <hex> <mode>
//
// Git goes on whatever happens here: where a tool can't be had, a notebook passes as it is, and stderr says what to type.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { resolve } = require('node:path');
const { findRoot, pythonOf } = require('./shared.cjs');
const { isStripped } = require('./notebook-outputs.cjs');
const { load } = require('./load.cjs');
const { toolHome } = require('./tools.cjs');

const DRIVER = 'fabrica-notebook';
const SELF = 'node_modules/fabrica/bin/notebook.cjs';

/** What nbstripout takes out beside outputs: the version of Python differs between laptops. Ids of cells stay. */
const STRIP = [
  '--textconv',
  '--keep-id',
  '--unix-newlines',
  '--extra-keys',
  'metadata.language_info.version',
];

/** A review reads the code: outputs aren't in git, and the rest changes with each run. */
const DIFF = ['--ignore-outputs', '--ignore-metadata', '--ignore-id', '--ignore-details'];

const commands = { setup, clean, diff };

async function main([name, ...args]) {
  const command = commands[name];
  if (!command) throw new Error('usage: notebook.cjs setup | clean <workspace> | diff <workspace> …');
  return command(...args);
}

/** Tells git what the attributes in .gitattributes mean: its configuration is no part of a clone. */
function setup() {
  const root = findRoot(process.cwd());
  const prefix = root && git(root, 'rev-parse', '--show-prefix');
  if (prefix === undefined) return;
  git(root, 'config', `filter.${DRIVER}.clean`, call(prefix, 'clean', 'cat'));
  git(
    root,
    'config',
    `diff.${DRIVER}.command`,
    call(prefix, 'diff', 'git diff --no-ext-diff --no-index -- "$2" "$5"', ' || :'),
  );
}

/**
 * For the shell that git starts, also on Windows. Before npm ci there is no plugin: git then goes on without. `after`
 * is what follows: a diff that fails would end all of `git diff`.
 */
function call(prefix, command, otherwise, after = '') {
  const here = prefix.replaceAll("'", "'\\''");
  const node = `node '${here}${SELF}' ${command} '${here}.' "$@"`;
  return `f() { if [ -f '${here}${SELF}' ]; then ${node}; else ${otherwise}; fi${after}; }; f`;
}

function git(cwd, ...args) {
  try {
    return execFileSync('git', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

async function clean(workspace) {
  const input = fs.readFileSync(0);
  process.stdout.write(
    isStripped(input.toString('utf8')) ? input : ((await strip(workspace, input)) ?? input),
  );
}

async function strip(workspace, input) {
  const root = findRoot(resolve(workspace));
  const python =
    installed(root, 'nbstripout') ?? (await load('notebooks/install').installForGit(root, 'nbstripout'));
  if (!python) return warn('outputs are not taken out of a notebook that you add');
  const { status, stdout, stderr } = spawnSync(python, ['-I', '-m', 'nbstripout', ...STRIP], {
    input,
    maxBuffer: 1 << 30,
  });
  return status === 0 ? stdout : warn(`outputs are not taken out of a notebook: ${lastLine(stderr)}`);
}

/** The Python of a tool's environment; undefined when it isn't there. */
function installed(root, name) {
  const python = pythonOf(toolHome(root, name));
  return fs.existsSync(python) ? python : undefined;
}

function lastLine(text) {
  return String(text ?? '')
    .trim()
    .split('\n')
    .at(-1);
}

function warn(text) {
  process.stderr.write(`warning: ${text}\n`);
}

/** nbdime colours what it writes, also into a file; git says when it is on its way to a person's pager. */
function colour() {
  const { GIT_PAGER_IN_USE: paged, NO_COLOR: plain } = process.env;
  return (process.stdout.isTTY || paged) && !plain ? [] : ['--no-color'];
}

/** nbdime is large: it isn't installed while git waits. Git tells of a file in the middle of a merge by its path alone. */
function diff(workspace, ...files) {
  const [path, before, , , after] = files;
  if (after === undefined)
    return void process.stdout.write(`${path} needs a decision: a merge stopped in it\n`);
  const python = installed(findRoot(resolve(workspace)), 'nbdime');
  if (!python)
    warn(`${path} is compared as text, since nbdime is not installed\n  try npx nx run workspace:notebooks`);
  const [program, ...args] = python
    ? [python, '-I', '-m', 'nbdime.vcs.git.diffdriver', 'diff', ...DIFF, ...colour(), ...files.slice(0, 7)]
    : ['git', 'diff', '--no-ext-diff', '--no-index', '--', before, after];
  spawnSync(program, args, { stdio: 'inherit' });
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
