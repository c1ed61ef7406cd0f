import type { GeneratorCallback, Tree } from '@nx/devkit';
import { isRepository } from '../../registries/git';
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
import { fetchHistory, historyProblem, mergeHistory, unchanged } from './history';
import { readIncoming } from './incoming';
import { readOptions, type AdoptGeneratorSchema, type AdoptOptions } from './options';
import { planOf, type Plan } from './plan';
import { printedReport, REPORT, reportTitle } from './report';
import { secretsInHistory } from './secrets';
import { findSource, isAddress, labelOf, type Source } from './source';
import { noteUnfinished, readUnfinished, wayBack } from './unfinished';

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
    if (present) return goOn(tree, present, options);
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

/** What is there already: an earlier command may have been interrupted before its lock was written. */
function goOn({ root }: Tree, folder: string, options: AdoptOptions): GeneratorCallback | void {
  const label = labelOf(options.path, root);
  const unfinished = readUnfinished(root, folder);
  if (!unfinished) return say(`${label} is ${folder} already: nothing to do.\n`);
  say(`${label} is ${folder} already: what is missing is its lock.\n`);
  if (isDryRun()) return;
  return asCallback(root, () =>
    finish(root, folder, unfinished, options, () => say(`\nWhat is left to do is in ${folder}/${REPORT}.\n`)),
  );
}

/** Nx says so by its environment alone. */
function isDryRun(): boolean {
  return process.env.NX_DRY_RUN === 'true';
}

async function adopt(tree: Tree, options: AdoptOptions, draft: string): Promise<GeneratorCallback | void> {
  const { root } = tree;
  const source = await findSource(options.path, root, draft, options.history);
  const problem = options.history ? await historyProblem(root, source) : undefined;
  const withHistory = options.history && problem === undefined && source.inside === undefined;
  const analysis = await analyse(source, readIncoming(source), {
    ...options,
    historyMissing: problem,
    pastSecrets: withHistory || (await movesInGit(root, source)) ? await secretsInHistory(source) : [],
  });
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
  if (isDryRun()) return say(printedReport(plan.report, folder, { dry: true }));
  if (withHistory) await fetchHistory(root, source);
  const looser =
    options.relax === undefined && !analysis.relax ? await planOf(relaxed(analysis), about) : undefined;
  const stage = withHistory ? [folder, ...(await unchanged(root, changedBeside(tree, folder)))] : [];
  return asCallback(root, async () => {
    const back = wayBack(folder, source, withHistory);
    const unfinished = noteUnfinished(root, folder, { plan, looser, stage, back });
    setUpNotebooks(root);
    if (withHistory) await bringHistory(root, source, folder, analysis);
    await finish(root, folder, unfinished, options, (relaxes) =>
      say(printedReport((relaxes && looser ? looser : plan).report, folder)),
    );
  });
}

/** What moves within the workspace has its history there. */
async function movesInGit(root: string, { inside }: Source): Promise<boolean> {
  return inside !== undefined && (await isRepository(root));
}

/** What the generator writes outside of the project: CODEOWNERS and the like. */
function changedBeside(tree: Tree, folder: string): string[] {
  const paths = tree.listChanges().map(({ path }) => path);
  return paths.filter((path) => !path.startsWith(`${folder}/`));
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
  say(`\nMerged the history: ${what}. What was changed beyond that is staged, and not committed yet.\n`);
}
