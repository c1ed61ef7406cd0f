#!/usr/bin/env node
// Runs commands in the environment of a project or package:
//
//   node env.cjs <folder> -- <command…> [-- <command…>]
//
// When the environment is in step with its lock (two files are read), this takes a few milliseconds; otherwise it is
// brought in step first, as `install` does. Commands run one after the other, in the folder, with .venv first on the
// PATH; the first that fails ends it, with its exit code. Signals reach the command, and nothing is left behind.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { constants } = require('node:os');
const { basename, join, resolve } = require('node:path');
const {
  commandEnvironment,
  findRoot,
  Mistake,
  forgetProcess,
  hideSecrets,
  inStep,
  programs,
  registerProcess,
  runEnvironment,
} = require('./shared.cjs');
const { load } = require('./load.cjs');
const { elsewhere, pipelineArguments } = require('./pipeline-arguments.cjs');
const { stopGroup, stopTree } = require('./process-tree.cjs');

async function main(args) {
  const { folder, commands } = read(args);
  const root = findRoot(folder);
  if (!root) throw new Usage(`${folder} is in no Nx workspace: no folder above it holds an nx.json`);
  const env = commandEnvironment(root, folder);
  // Tests in a cluster have their environment there.
  const here = commands.some((command) => elsewhere(command)?.verb !== 'test');
  if (here && !inStep(folder)) {
    const code = await synchronise(folder);
    if (code !== 0) return code;
  }
  for (const command of commands) {
    const away = elsewhere(command);
    const completed = pipelineArguments(command, folder);
    const code = away
      ? await inCluster(folder, away)
      : await execute(root, folder, completed.command, { ...env, ...completed.env });
    if (code !== 0) return code;
  }
  return 0;
}

class Usage extends Error {}

function read(args) {
  const [name, separator, ...rest] = args;
  if (name === undefined || separator !== '--' || rest.length === 0)
    throw new Usage('usage: env.cjs <folder> -- <command…> [-- <command…>]');
  const folder = [resolve(name), join(findRoot(process.cwd()) ?? '', name)].find((path) =>
    fs.existsSync(join(path, 'pyproject.toml')),
  );
  if (!folder) throw new Usage(`${name} holds no pyproject.toml`);
  const commands = [[]];
  for (const word of rest) {
    if (word === '--') commands.push([]);
    else commands.at(-1).push(word);
  }
  return { folder, commands: commands.filter((command) => command.length > 0) };
}

function inCluster(folder, { verb, words }) {
  if (verb === 'test') return load('cluster/tests/command').testsCommandLine(folder, words);
  return load('cluster/runs/command').runsCommandLine(folder, verb, words);
}

/** The slow path is TypeScript. */
async function synchronise(folder) {
  return load('python/sync-command').syncCommand(folder);
}

function execute(root, folder, [program, ...args], env) {
  return new Promise((done) => {
    const kind = kindOf(args);
    const ownGroup = hasOwnGroup();
    const { child, handled } = handingOver(ownGroup, () =>
      spawn(find(program, folder), args, {
        cwd: folder,
        env: kind === 'run' ? runEnvironment(env) : env,
        stdio: 'inherit',
        detached: ownGroup,
      }),
    );
    const record =
      child.pid &&
      registerProcess(root, {
        pid: child.pid,
        kind,
        project: basename(folder),
        command: [program, ...args].map(hideSecrets),
      });
    child.once('error', (error) => {
      process.stderr.write(`error: ${program} does not start: ${error.message}\n`);
      finish(127);
    });
    child.once('close', (code, signal) => finish(code ?? 128 + constants.signals[signal]));

    async function finish(code) {
      await handled();
      if (record) forgetProcess(root, record);
      done(code);
    }
  });
}

/** A program of the environment by its path; any other by its name. */
function find(program, folder) {
  const own = join(programs(folder), process.platform === 'win32' ? `${program}.exe` : program);
  return fs.existsSync(own) ? own : program;
}

function kindOf(args) {
  if (args[0] !== '-m') return 'task';
  return { 'fabrica.pipelines': 'run', 'fabrica.serving': 'serve' }[args[1]] ?? 'task';
}

/**
 * A command that reads from a terminal stays in the group that the terminal talks to: it can read there, and Ctrl-C
 * reaches it by itself. Any other gets a group of its own, so that all that it starts is ended with it.
 */
function hasOwnGroup() {
  return process.platform !== 'win32' && !process.stdin.isTTY;
}

/**
 * Hands signals over to what is started, and ends what it leaves behind then, or doesn't end itself. They are listened
 * to from before its start: one that came in between would end this command alone.
 */
function handingOver(ownGroup, start) {
  let stopping;
  const onSignal = (signal) => {
    // On a terminal Ctrl-C has reached the command, and what it means is for that to say: a debugger goes on.
    if (signal === 'SIGINT' && !ownGroup) return;
    if (stopping) child.kill(signal);
    else stopping = stop(signal);
  };
  const stop = async (signal) => {
    await stopTree(child.pid, signal);
    if (ownGroup) await stopGroup(child.pid);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, onSignal);
  const child = start();
  return {
    child,
    async handled() {
      await stopping;
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    const expected = error instanceof Usage || error instanceof Mistake;
    const hint = error.hint ? `\n  try ${error.hint}` : '';
    process.stderr.write(expected ? `error: ${error.message}${hint}\n` : `${error.stack}\n`);
    process.exitCode = expected ? 2 : 1;
  },
);
