import { execFileSync } from 'node:child_process';
import type { Tree } from '@nx/devkit';
import { filesInTree } from '../../layout/files';
import { listedOwners } from '../../layout/owners';
import { FabricaError } from '../../support/errors';
import { didYouMean, isHandle, nearest } from '../../workspace';

/**
 * Who answers for a new project: what was said, else the name in git's configuration. It is one of those that nx.json
 * lists, when it does.
 *
 * @param command what to type again, with `--owner` added: `npx nx g fabrica:project bikes`
 * @throws FabricaError `no-owner`, `unknown-owner`
 */
export function ownerFor(tree: Tree, given: string | undefined, command: string): string {
  const owner = given ?? gitUser(tree.root);
  if (!owner)
    throw new FabricaError('no-owner', 'no owner was given, and git knows no user.name', {
      hint: `${command} --owner your-team`,
    });
  const known = listedOwners(filesInTree(tree));
  if (!known || isHandle(owner) || known.includes(owner)) return owner;
  const better = nearest(owner, known) ?? known[0] ?? '@your-org/your-team';
  throw new FabricaError(
    'unknown-owner',
    `the owner "${owner}" is not among those of nx.json (${known.join(', ') || 'none'})${didYouMean(owner, known)}`,
    { hint: `${command} --owner ${better}` },
  );
}

function gitUser(root: string): string | undefined {
  try {
    return (
      execFileSync('git', ['config', 'user.name'], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
