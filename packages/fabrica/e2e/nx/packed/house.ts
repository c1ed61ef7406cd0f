import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { NpmRegistry } from '../../../src/registries/configuration';
import { publishNpm } from '../../../src/registries/publish-npm';
import { ensureNpm } from '../../../src/registries/registries';
import { listProcesses, stopProcess } from '../../../src/support/processes';
import { ended, Workspace } from '../../support/workspace';
import { cleanEnvironment, freshFolder, HERE, write } from '../workspace';

/** A change of a file before it is published under another version. */
export type Edit = readonly [file: string, before: string | RegExp, after: string];

/**
 * A company's registry (Verdaccio, started for these tests) with the npm packages that this repository gives, and the
 * computer of a person who never installed anything: an empty home folder, empty caches.
 */
export class PackedHouse {
  readonly house = new Workspace();
  /** Where that person makes workspaces. */
  readonly folder = freshFolder();
  private readonly home = freshFolder();
  private registry?: NpmRegistry;

  async open(): Promise<void> {
    this.registry = await ensureNpm(this.house.root);
    for (const name of ['fabrica', 'create-fabrica'])
      await publishNpm(HERE, `packages/${name}`, this.registry);
  }

  async close(): Promise<void> {
    for (const root of readdirSync(this.folder).map((name) => join(this.folder, name)))
      await Promise.all(listProcesses(root).map((record) => stopProcess(root, record)));
    await this.house.remove();
  }

  /** The address of the registry. */
  get url(): string {
    return (this.registry as NpmRegistry).url;
  }

  /** The plugin once more, from the same sources, under another version and with some edits. */
  async publishAs(version: string, edits: readonly Edit[]): Promise<void> {
    const next = freshFolder();
    const own = join(HERE, 'packages', 'fabrica');
    const { files } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as { files: string[] };
    for (const name of [...files, 'package.json'])
      cpSync(join(own, name), join(next, 'fabrica', name), { recursive: true });
    const all: Edit[] = [['package.json', /"version": ".*"/, `"version": "${version}"`], ...edits];
    for (const [file, before, after] of all) {
      const text = readFileSync(join(next, 'fabrica', file), 'utf8');
      const changed = text.replace(before, after);
      expect(changed).not.toBe(text);
      write(next, { [`fabrica/${file}`]: changed });
    }
    await publishNpm(next, 'fabrica', this.registry as NpmRegistry);
  }

  /** Starts `npx create-fabrica`. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn('npx', ['--yes', 'create-fabrica', ...args], {
      cwd: this.folder,
      env: this.environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** {@link start}, and what it said in the end. */
  create(
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number | null; output: string }> {
    return ended(this.start(args, env));
  }

  /** What that person's programs see. pnpm is the one that npm's lock pins. Git guesses no name of a person. */
  environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return cleanEnvironment({
      HOME: this.home,
      XDG_CACHE_HOME: join(this.home, '.cache'),
      PATH: [join(HERE, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      npm_config_registry: this.url,
      npm_config_cache: join(this.home, '.npm'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'user.useConfigOnly',
      GIT_CONFIG_VALUE_0: 'true',
      ...more,
    });
  }
}

/** Who commits, where git asks. */
export const IDENTITY = {
  GIT_AUTHOR_NAME: 'Anna',
  GIT_AUTHOR_EMAIL: 'anna@acme.example',
  GIT_COMMITTER_NAME: 'Anna',
  GIT_COMMITTER_EMAIL: 'anna@acme.example',
};
