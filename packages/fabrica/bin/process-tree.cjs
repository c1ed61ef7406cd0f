// Processes and what they started: finds and ends them. Shared by the fast command (env.cjs) and the plugin.
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { setTimeout: wait } = require('node:timers/promises');
const { processIdentity } = require('./shared.cjs');

/** How long a process may take to end itself before it is ended, in milliseconds. */
const GRACE = 10_000;

/**
 * Ends a process and its descendants: asks first, and ends what is still there after the grace period. The tree
 * is taken down before asking: once a parent is gone, nobody can say whose its children were.
 */
async function stopTree(pid, first = 'SIGTERM', grace = GRACE) {
  if (pid === undefined) return;
  if (process.platform === 'win32') {
    await new Promise((done) => require('tree-kill')(pid, 'SIGTERM', done));
    return;
  }
  const members = treeOf(pid);
  // Ctrl-C goes to the root of the tree alone: it knows how to end its children in order.
  if (!signalTo(members[0], first)) return;
  if (await allEnded(members, grace)) return;
  const rest = [...members.filter(alive), ...members.filter(alive).flatMap((member) => treeOf(member.pid))];
  for (const member of rest) signalTo(member, 'SIGKILL');
  await allEnded(rest, GRACE);
}

/** Ends what is left of a process group: what was started while its leader ended, or had lost its parent before. */
async function stopGroup(group, grace = GRACE) {
  const members = membersOf(groups().flatMap(([pid, of]) => (of === group ? [pid] : [])));
  for (const member of members) signalTo(member, 'SIGTERM');
  if (await allEnded(members, grace)) return;
  for (const member of members) signalTo(member, 'SIGKILL');
}

async function allEnded(members, within) {
  const limit = Date.now() + within;
  for (let pause = 5; members.some(alive); pause = Math.min(pause * 2, 100)) {
    if (Date.now() >= limit) return false;
    // A child that its parent left behind when asked won't end by itself: don't wait for it the whole time.
    if (!alive(members[0])) for (const orphan of members) signalTo(orphan, 'SIGTERM');
    await wait(pause);
  }
  return true;
}

function alive(member) {
  return processIdentity(member.pid) === member.identity;
}

function signalTo(member, signal) {
  if (!member || !alive(member)) return false;
  try {
    process.kill(member.pid, signal);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

/** A process and all below it, the process first. */
function treeOf(root) {
  const children = groupByParent(parents());
  const queue = [root];
  for (const pid of queue) queue.push(...(children.get(pid) ?? []));
  return membersOf(queue);
}

/** Those of them that run. */
function membersOf(pids) {
  return pids
    .map((pid) => ({ pid, identity: processIdentity(pid) }))
    .filter(({ identity }) => identity !== undefined);
}

function groupByParent(pairs) {
  const groups = new Map();
  for (const [pid, parent] of pairs) groups.set(parent, [...(groups.get(parent) ?? []), pid]);
  return groups;
}

/** Every process with its parent. */
function parents() {
  return numbers('ppid', 1);
}

/** Every process with its group. */
function groups() {
  return numbers('pgid', 2);
}

/** Read from /proc on Linux, since slim systems have no `ps`. */
function numbers(column, field) {
  if (process.platform !== 'linux') return ps(`${column}=`).map(([pid, text]) => [pid, Number(text)]);
  return inProc('stat', (stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[field]));
}

/**
 * The processes whose command line holds these arguments, one after the other. For those that nobody noted: a
 * command line is no proof of who started a process, but one with a folder of ours in it says whom it works for.
 */
function findProcesses(words) {
  if (process.platform === 'win32') return [];
  const [lines, blank] =
    process.platform === 'linux' ? [inProc('cmdline', (text) => text), '\0'] : [ps('command='), ' '];
  const wanted = ['', ...words, ''].join(blank);
  return lines.filter(([, line]) => `${line}${blank}`.includes(wanted)).map(([pid]) => pid);
}

function inProc(name, read) {
  return fs
    .readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        return [[Number(pid), read(fs.readFileSync(`/proc/${pid}/${name}`, 'utf8'))]];
      } catch {
        return [];
      }
    });
}

function ps(column) {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=', '-o', column], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return lines
    .trim()
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) => (match ? [[Number(match[1]), match[2]]] : []));
}

module.exports = { GRACE, findProcesses, stopGroup, stopTree };
