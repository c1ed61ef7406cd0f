import type { Tree } from '@nx/devkit';
import { readFacts, type Facts } from '../../layout/facts';
import { filesInTree } from '../../layout/files';
import { driftOf, ownedByProject, ownedByWorkspace, type Drift } from '../../layout/owned';
import { unknownOwners } from '../../layout/owners';
import { throwAll } from '../../support/errors';
import { forNx } from '../shared/outcome';

/** What Nx shows when files aren't in step. */
interface Outcome {
  readonly outOfSyncMessage?: string;
  readonly outOfSyncDetails?: string[];
}

/**
 * Mends what the toolkit owns in the files of the workspace: `nx sync`. `nx sync:check` says what it would mend. What
 * is outside of the toolkit's sections is never touched.
 */
export default async function syncGenerator(tree: Tree): Promise<Outcome> {
  try {
    const facts = readFacts(filesInTree(tree));
    throwAll(unknownOwners(facts));
    return outcomeOf(
      mend(
        tree,
        facts,
        facts.units.map(({ folder }) => folder),
      ),
    );
  } catch (error) {
    throw forNx(error, tree.root);
  }
}

/** Mends the workspace's own files, and those of the projects that a generator wrote; answers whether it had to. */
export function syncFolders(tree: Tree, folders: readonly string[] = []): boolean {
  return mend(tree, readFacts(filesInTree(tree)), folders).length > 0;
}

function mend(tree: Tree, facts: Facts, folders: readonly string[]): Drift[] {
  const files = filesInTree(tree);
  const projects = facts.units.filter(({ kind, folder }) => kind === 'project' && folders.includes(folder));
  const owned = projects.flatMap(({ folder }) => ownedByProject(folder, facts));
  const drifts = driftOf(files, [...ownedByWorkspace(files, facts), ...owned]);
  for (const { file, text } of drifts) tree.write(file, text);
  return drifts;
}

function outcomeOf(drifts: readonly Drift[]): Outcome {
  if (!drifts.length) return {};
  const [first] = drifts;
  const count = drifts.length === 1 ? `${first?.file} is` : `${drifts.length} files are`;
  return {
    outOfSyncMessage: `${count} not as the toolkit keeps ${drifts.length === 1 ? 'it' : 'them'}.`,
    outOfSyncDetails: drifts.map(({ file, line, what }) => `- ${line ? `${file}:${line}` : file} ${what}`),
  };
}
