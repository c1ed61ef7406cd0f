import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import treeKill from 'tree-kill';
import { processIdentity } from '../../bin/shared.cjs';

/** How long a process may take to end itself before it is ended, in milliseconds. */
export const GRACE = 10_000;

interface Member {
  readonly pid: number;
  readonly identity: string;
}

/**
 * Ends a process and its descendants: asks first, and ends what is still there after the grace period. The tree
 * is taken down before asking: once a parent is gone, nobody can say whose its children were.
 */
export async function stopTree(
  pid: number | undefined,
  first: NodeJS.Signals = 'SIGTERM',
  grace = GRACE,
): Promise<void> {
  if (pid === undefined) return;
  if (process.platform === 'win32') return new Promise((done) => treeKill(pid, 'SIGTERM', () => done()));
  const members = treeOf(pid);
  // Ctrl-C goes to the root of the tree alone: it knows how to end its children in order.
  if (!signalTo(members[0], first)) return;
  if (await allEnded(members, grace)) return;
  const rest = [...members.filter(alive), ...members.filter(alive).flatMap((member) => treeOf(member.pid))];
  for (const member of rest) signalTo(member, 'SIGKILL');
  await allEnded(rest, GRACE);
}

async function allEnded(members: readonly Member[], within: number): Promise<boolean> {
  const limit = Date.now() + within;
  for (let pause = 5; members.some(alive); pause = Math.min(pause * 2, 100)) {
    if (Date.now() >= limit) return false;
    // A child that its parent left behind when asked won't end by itself: don't wait for it the whole time.
    if (!alive(members[0] as Member)) for (const orphan of members) signalTo(orphan, 'SIGTERM');
    await wait(pause);
  }
  return true;
}

function alive(member: Member): boolean {
  return processIdentity(member.pid) === member.identity;
}

function signalTo(member: Member | undefined, signal: NodeJS.Signals): boolean {
  if (!member || !alive(member)) return false;
  try {
    process.kill(member.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** A process and all below it, the process first. */
function treeOf(root: number): Member[] {
  const children = groupByParent(parents());
  const found: Member[] = [];
  const queue = [root];
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const identity = processIdentity(pid);
    if (identity !== undefined) found.push({ pid, identity });
    queue.push(...(children.get(pid) ?? []).map(([child]) => child));
  }
  return found;
}

type Parentage = readonly [pid: number, parent: number];

function groupByParent(pairs: readonly Parentage[]): Map<number, Parentage[]> {
  const groups = new Map<number, Parentage[]>();
  for (const pair of pairs) groups.set(pair[1], [...(groups.get(pair[1]) ?? []), pair]);
  return groups;
}

/** Every process with its parent. Read from /proc on Linux, since slim systems have no `ps`. */
function parents(): Parentage[] {
  if (process.platform !== 'linux') return parentsFromPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const];
      } catch {
        return [];
      }
    });
}

function parentsFromPs(): Parentage[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/).map(Number) as unknown as Parentage);
}
