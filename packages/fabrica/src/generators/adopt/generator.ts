import type { GeneratorCallback, Tree } from '@nx/devkit';
import { FabricaError } from '../../support/errors';
import { inTemporaryFolder } from '../../support/files';
import { checkName, HOMES, nameProblem, suggestName } from '../../workspace';
import { prepareWorkspace, setUpNotebooks } from '../init/generator';
import { asCallback, asGenerator } from '../shared/outcome';
import { ownerFor } from '../shared/owner';
import { takenNames } from '../shared/taken';
import { syncFolders } from '../sync/generator';
import { analyse, relaxed, type Analysis } from './analysis';
import { finish } from './finish';
import { fetchHistory, historyProblem, mergeHistory } from './history';
import { readIncoming } from './incoming';
import { readOptions, type AdoptGeneratorSchema, type AdoptOptions } from './options';
import { planOf, type Plan } from './plan';
import { printedReport, REPORT, reportTitle } from './report';
import { findSource, isAddress, labelOf, type Source } from './source';

/**
 * Takes in an existing project: `npx nx g fabrica:adopt ../churn`, or the address of a git repository. Its code moves
 * into the standard layout, its dependencies into pyproject.toml; what a person must still do is in ADOPTED.md.
 */
export default async function adoptGenerator(
  tree: Tree,
  given: AdoptGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const options = readOptions(given);
    const present = adoptedAs(tree, options);
    if (present) return say(`${labelOf(options.path, tree.root)} is ${present} already: nothing to do.\n`);
    if (!isAddress(options.path)) return adopt(tree, options, '');
    return inTemporaryFolder(tree.root, (draft) => adopt(tree, options, draft));
  });
}

function say(text: string): void {
  process.stdout.write(text);
}

/** The project that was made of this very source, by its ADOPTED.md. */
function adoptedAs(tree: Tree, { path, name }: AdoptOptions): string | undefined {
  const title = reportTitle(labelOf(path, tree.root));
  return tree
    .children(HOMES.project)
    .filter((found) => name === undefined || name === found)
    .map((found) => `${HOMES.project}/${found}`)
    .find((folder) => tree.read(`${folder}/${REPORT}`, 'utf8')?.split(/\r?\n/, 1)[0] === title);
}

async function adopt(tree: Tree, options: AdoptOptions, draft: string): Promise<GeneratorCallback | void> {
  const { root } = tree;
  const source = await findSource(options.path, root, draft, options.history);
  const problem = options.history ? await historyProblem(root, source) : undefined;
  const analysis = await analyse(source, readIncoming(source), { ...options, historyMissing: problem });
  const folder = `${HOMES.project}/${analysis.name}`;
  checkFree(tree, folder, analysis.name, options);
  const about = {
    owner: ownerFor(tree, options.owner, commandOf(options)),
    description: options.description,
  };
  const plan = await planOf(analysis, about);
  prepareWorkspace(tree);
  write(tree, folder, plan);
  syncFolders(tree, [folder]);
  // Nx says so by its environment alone.
  if (process.env.NX_DRY_RUN === 'true') return say(printedReport(plan.report, folder));
  const withHistory = options.history && problem === undefined && source.inside === undefined;
  if (withHistory) await fetchHistory(root, source);
  const looser =
    options.relax === undefined && !analysis.relax ? await planOf(relaxed(analysis), about) : undefined;
  return asCallback(root, async () => {
    setUpNotebooks(root);
    if (withHistory) await bringHistory(root, source, folder, analysis);
    await finish(root, folder, plan, options.skipLock ? undefined : looser, options);
  });
}

function commandOf({ path }: AdoptOptions): string {
  return `npx nx g fabrica:adopt ${path}`;
}

/** A name that is free, and right. */
function checkFree(tree: Tree, folder: string, name: string, options: AdoptOptions): void {
  try {
    checkName(name, 'project', takenNames(tree, folder));
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    const better = suggestName(name);
    const other = nameProblem(name) === undefined || better === name ? `${better}-2` : better;
    throw new FabricaError(error.code, error.message, { hint: `${commandOf(options)} --name ${other}` });
  }
  if (!tree.children(folder).length) return;
  throw new FabricaError(
    'name-taken',
    `${folder} exists, and was not made of ${labelOf(options.path, tree.root)}`,
    {
      hint: `${commandOf(options)} --name ${name}-2`,
    },
  );
}

function write(tree: Tree, folder: string, { analysis, files }: Plan): void {
  for (const [path, { content, mode }] of files) tree.write(`${folder}/${path}`, content, { mode });
  const { inside } = analysis.source;
  if (inside === undefined) return;
  for (const path of [...analysis.moves.keys(), ...analysis.dropped]) tree.delete(`${inside}/${path}`);
}

async function bringHistory(
  root: string,
  source: Source,
  folder: string,
  { moves }: Analysis,
): Promise<void> {
  const commits = await mergeHistory(root, { ...source, commit: source.commit as string }, folder, moves);
  const what = commits === 1 ? '1 commit' : `${commits} commits`;
  say(`\nMerged the history: ${what}. What was changed since is staged, and not committed yet.\n`);
}
