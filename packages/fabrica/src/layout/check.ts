import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FabricaError } from '../support/errors';
import { FILES, layoutPath, moduleOf } from '../workspace';
import { conflicts } from './conflicts';
import { readFacts, type Facts } from './facts';
import { filesOnDisk } from './files';
import type { Finding } from './findings';
import { listFiles } from './list-files';
import { driftOf, ownedByProject, ownedByWorkspace, type OwnedFile } from './owned';
import { unknownOwners } from './owners';
import { outputsInGit } from './outputs';
import { misplaced } from './places';

const MEND = 'npx nx sync';

/**
 * Checks the layout of one project: what must be there is there, nothing is where it has no place, what the toolkit
 * owns is as it should be, and no merge is half done.
 *
 * @param folder relative to the workspace: `projects/bikes`
 */
export function checkProject(root: string, folder: string): Finding[] {
  const files = listFiles(join(root, folder));
  const paths = files.map((file) => `${folder}/${file}`);
  const facts = readFacts(filesOnDisk(root), [folder]);
  return [
    ...missing(root, folder, files),
    ...conflicts(root, folder),
    ...outputsInGit(root, paths),
    ...misplaced(folder, moduleOf(basename(folder)), files),
    ...ownedFindings(root, facts, ownedByProject(folder, facts)),
  ];
}

/** Checks what the toolkit owns of the workspace itself. */
export function checkWorkspaceFiles(root: string): Finding[] {
  const files = filesOnDisk(root);
  const facts = readFacts(files);
  return ownedFindings(root, facts, ownedByWorkspace(files, facts));
}

function ownedFindings(root: string, facts: Facts, owned: readonly OwnedFile[]): Finding[] {
  const wrong = unknownOwners(facts).map((error) => findingOf('unknown-owner', error));
  try {
    const drifts = driftOf(filesOnDisk(root), owned);
    return [
      ...wrong,
      ...drifts.map(({ file, line, what }): Finding => ({
        rule: 'drifted',
        file,
        line,
        message: what,
        hint: MEND,
      })),
    ];
  } catch (error) {
    if (!(error instanceof FabricaError)) throw error;
    return [...wrong, findingOf('drifted', error)];
  }
}

function findingOf(rule: Finding['rule'], { place, message, hint }: FabricaError): Finding {
  const { file = 'nx.json', line } = place ?? {};
  const start = line === undefined ? `${file}: ` : `${file}:${line}: `;
  return { rule, file, line, message: message.replace(start, ''), hint: hint ?? MEND };
}

function missing(root: string, folder: string, files: readonly string[]): Finding[] {
  const name = basename(folder);
  const module = moduleOf(name);
  const ways: Record<keyof typeof FILES, string> = {
    settings: `echo 'owner: your-team' > ${folder}/fabrica.yaml`,
    pyproject: `git checkout -- ${folder}/pyproject.toml; or start anew: npx nx g fabrica:project ${name}-2`,
    module: `echo '"""What this is for."""' > ${folder}/src/${module}/__init__.py`,
    readme: `echo '# ${name}' > ${folder}/README.md`,
    lock: `npx nx run ${name}:lock`,
    devLock: `npx nx run ${name}:lock`,
    gitignore: MEND,
    dockerfile: MEND,
    dockerignore: MEND,
    devcontainer: MEND,
  };
  const entries = Object.entries(FILES) as [keyof typeof FILES, { path: string; holds: string }][];
  // Whether a file with a section is there, the comparison of the sections tells.
  const found = entries
    .filter(([key]) => ways[key] !== MEND)
    .map(([key, { path, holds }]) => ({
      path: path.replace('{module}', module),
      holds: holds.replace('{module}', module),
      hint: ways[key],
    }))
    .filter(({ path }) => !existsSync(join(root, folder, path)))
    .map(({ path, holds, hint }) => absent(`${folder}/${path}`, holds, hint));
  const tests = layoutPath('test');
  if (files.some((file) => file.startsWith(tests))) return found;
  return [...found, absent(`${folder}/${tests}`, 'tests', `write one: ${folder}/tests/test_${module}.py`)];
}

function absent(file: string, holds: string, hint: string): Finding {
  return { rule: 'missing', file, message: `is missing: it holds ${holds}`, hint };
}
