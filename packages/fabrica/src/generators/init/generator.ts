import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import {
  formatFiles,
  type GeneratorCallback,
  logger,
  readNxJson,
  updateNxJson,
  type NxJsonConfiguration,
  type Tree,
} from '@nx/devkit';
import { PLUGIN } from '../../workspace';
import { asGenerator } from '../shared/outcome';
import { syncFolders } from '../sync/generator';
import { addCi } from './ci';
import { addDocker, needDocker } from './docker';
import { addSettings, type InitGeneratorSchema } from './settings';

/** What `nx sync` runs to mend the toolkit's files, and `nx sync:check` to tell of them. */
const SYNC_GENERATOR = 'fabrica:sync';

const BIN = ['..', '..', '..', 'bin'];
const NOTEBOOK_SETUP = 'node_modules/fabrica/bin/notebook.cjs setup';
/** Without development dependencies the plugin isn't there, and npm goes on. */
const PREPARE = `node ${NOTEBOOK_SETUP} || exit 0`;

/**
 * Makes an Nx workspace one that Fabrica knows, with what was asked for: registries, environments, CI. Runs by itself
 * with `npx nx add fabrica`; every other generator adds what it needs of it.
 */
export default async function initGenerator(
  tree: Tree,
  given: InitGeneratorSchema = {},
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const install = needDocker(tree);
    addPlugin(tree);
    addSettings(tree, given);
    if (given.ci) addCi(tree);
    prepareWorkspace(tree);
    await formatFiles(tree);
    return async () => {
      await install();
      setUpNotebooks(tree.root);
    };
  });
}

/** As npm's `prepare` does, which ran before there was one. */
export function setUpNotebooks(root: string): void {
  spawnSync(process.execPath, [join(__dirname, ...BIN, 'notebook.cjs'), 'setup'], {
    cwd: root,
    stdio: 'inherit',
  });
}

/** Adds what is missing; answers whether anything was. */
export function prepareWorkspace(tree: Tree): boolean {
  return [addPlugin, addDocker, addSync, addRelease, addPrepare, (one: Tree) => syncFolders(one)]
    .map((add) => add(tree))
    .some(Boolean);
}

function addPlugin(tree: Tree): boolean {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const plugins = nxJson.plugins ?? [];
  if (plugins.some((plugin) => (typeof plugin === 'string' ? plugin : plugin.plugin) === PLUGIN))
    return false;
  updateNxJson(tree, { ...nxJson, plugins: [...plugins, { plugin: PLUGIN, options: {} }] });
  return true;
}

function addSync(tree: Tree): boolean {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  const generators = nxJson.sync?.globalGenerators ?? [];
  if (generators.includes(SYNC_GENERATOR)) return false;
  updateNxJson(tree, {
    ...nxJson,
    sync: { ...nxJson.sync, globalGenerators: [...generators, SYNC_GENERATOR] },
  });
  return true;
}

/**
 * How `nx release` releases the shared packages: each on its own, by what the commits say. A changelog lies with the
 * records, outside of what a release is built from: it is written after the build. No name is looked up elsewhere.
 */
const RELEASE: NxJsonConfiguration['release'] = {
  projects: ['tag:fabrica:package'],
  projectsRelationship: 'independent',
  version: {
    conventionalCommits: true,
    fallbackCurrentVersionResolver: 'disk',
    applyPreidToDependents: true,
  },
  changelog: {
    automaticFromRef: true,
    projectChangelogs: {
      file: '{projectRoot}/releases/CHANGELOG.md',
      renderOptions: { applyUsernameToAuthors: false },
    },
  },
};

/** A workspace that says how it releases keeps it. */
export function addRelease(tree: Tree): boolean {
  const nxJson: NxJsonConfiguration = readNxJson(tree) ?? {};
  if (nxJson.release) return false;
  updateNxJson(tree, { ...nxJson, release: RELEASE });
  return true;
}

/**
 * Git's configuration is no part of a clone: what `.gitattributes` asks for notebooks is set up when npm installs. A
 * `prepare` script of the user's stays as it is.
 */
function addPrepare(tree: Tree): boolean {
  const manifest = JSON.parse(tree.read('package.json', 'utf8') ?? '{}') as {
    scripts?: Record<string, string>;
  };
  const present = manifest.scripts?.prepare;
  if (present?.includes(NOTEBOOK_SETUP)) return false;
  if (present !== undefined) {
    logger.warn(`package.json has a script "prepare": add to it: ${PREPARE}`);
    return false;
  }
  const scripts = { ...manifest.scripts, prepare: PREPARE };
  tree.write('package.json', `${JSON.stringify({ ...manifest, scripts }, null, 2)}\n`);
  return true;
}
