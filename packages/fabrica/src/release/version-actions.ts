import { workspaceRoot, type ProjectGraph, type Tree } from '@nx/devkit';
import { VersionActions } from 'nx/release';
import { ReleaseVersion } from 'nx/src/command-line/release/utils/shared';
import { compareVersions, isVersion } from '../python/versions';
import { FabricaError, forNx } from '../support/errors';
import { languageOf, readPackage, type Package } from '../workspace';
import { noteVersioned } from './finish';
import { refuseDirty } from './guard';
import { LOCKS, MANIFESTS, type LockKind, type ManifestKind } from './manifest-kinds';
import { refuseOtherPublisher, refuseReleased, releaseState } from './released';

export { afterAllProjectsVersioned } from './finish';

/**
 * How Nx Release versions a shared package, Python or TypeScript: what its manifest says, what it asks of other
 * packages, and what must be so before anything is written. `release` in nx.json says the rest.
 */
export default class FabricaVersionActions extends VersionActions {
  readonly validManifestFilenames: string[];
  override readonly excludeManifestsFromFormatting = true;
  private readonly kind: ManifestKind;

  constructor(...given: ConstructorParameters<typeof VersionActions>) {
    super(...given);
    this.kind = MANIFESTS[languageOf(workspaceRoot, this.folder) ?? 'python'];
    this.validManifestFilenames = [this.kind.file];
  }

  /** Nx says nothing of why a version can't be read: so it is read here first. */
  override async init(tree: Tree): Promise<void> {
    await super.init(tree);
    await told(async () => {
      refuseOtherPublisher(this.projectGraphNode.data, this.manifest);
      this.kind.semver(this.unit.version);
    });
  }

  override async validate(tree: Tree): Promise<void> {
    await super.validate(tree);
    await told(() => refuseDirty(workspaceRoot));
  }

  async readCurrentVersionFromSourceManifest() {
    return { currentVersion: this.kind.semver(this.unit.version), manifestPath: this.manifest };
  }

  /** Not where the current version comes from: an index that doesn't answer would look like one that has nothing. */
  async readCurrentVersionFromRegistry() {
    return null;
  }

  /** A version that the manifest states and that isn't released yet is the next one, whatever the commits say. */
  override async calculateNewVersion(
    current: string | null,
    input: string,
    reason: string,
    data: Record<string, unknown>,
    preid: string,
  ) {
    if (/^v?\d/.test(input)) {
      const wanted = await told(async () => this.kind.semver(input));
      return super.calculateNewVersion(current, wanted, reason, data, preid);
    }
    const { unit } = this;
    const stated = this.kind.semver(unit.version);
    const fits = !preid || stated.includes(`-${preid}.`);
    const state =
      fits && isAhead(stated, current) ? await releaseState(workspaceRoot, unit, this.tag(stated)) : 'tagged';
    if (state === 'unreleased')
      return {
        newVersion: stated,
        logText: `❓ ${this.manifest} says ${unit.version}, which isn't released yet`,
      };
    return super.calculateNewVersion(state === 'recorded' ? stated : current, input, reason, data, preid);
  }

  async readCurrentVersionOfDependency(tree: Tree, graph: ProjectGraph, dependency: string) {
    const [asked] = this.kind.asks(this.text(tree), distributionOf(graph, dependency));
    return { currentVersion: asked ?? null, dependencyCollection: 'dependencies' };
  }

  async updateProjectVersion(tree: Tree, newVersion: string): Promise<string[]> {
    return told(async () => {
      const version = this.kind.own(newVersion);
      await refuseReleased(workspaceRoot, { ...this.unit, version }, this.tag(newVersion));
      tree.write(this.manifest, this.kind.withVersion(this.manifest, this.text(tree), version));
      this.editLocks(tree, (lock, text) => lock.withVersion(text, this.folder, version));
      noteVersioned(this.folder, version);
      return [`✍️  New version ${version} written to ${this.manifest}`];
    });
  }

  async updateProjectDependencies(tree: Tree, graph: ProjectGraph, versions: Record<string, string>) {
    return told(async () =>
      Object.entries(versions).flatMap(([dependency, version]) => {
        const distribution = distributionOf(graph, dependency);
        const before = this.text(tree);
        const own = this.kind.own(version.replace(/^[~^=]/, ''));
        const after = this.kind.withRaised(this.manifest, before, distribution, own);
        if (after === before) return [];
        tree.write(this.manifest, after);
        this.editLocks(tree, (lock, text) => lock.withRaised(text, this.folder, distribution, own));
        return [`✍️  ${this.manifest} asks for ${distribution} ${own} or newer`];
      }),
    );
  }

  private get folder(): string {
    return this.projectGraphNode.data.root;
  }

  private get manifest(): string {
    return `${this.folder}/${this.kind.file}`;
  }

  /** The package as it is on disk. */
  private get unit(): Package {
    return readPackage(workspaceRoot, this.folder);
  }

  private text(tree: Tree): string {
    return tree.read(this.manifest, 'utf8') ?? '';
  }

  private editLocks(tree: Tree, edit: (lock: LockKind, text: string) => string): void {
    if (this.kind !== MANIFESTS.typescript) return;
    for (const lock of LOCKS) {
      const text = tree.read(lock.file, 'utf8');
      if (text !== null) tree.write(lock.file, edit(lock, text));
    }
  }

  private tag(version: string): string {
    const { name: releaseGroupName, releaseTag } = this.releaseGroup;
    const { name: projectName } = this.projectGraphNode;
    return new ReleaseVersion({
      version,
      releaseTagPattern: releaseTag.pattern,
      projectName,
      releaseGroupName,
    }).gitTag;
  }
}

/** Whether a manifest is as far as the last tag, or further. npm knows stages that Python doesn't; those never are. */
function isAhead(stated: string, current: string | null): boolean {
  if (!current || stated === current) return true;
  return isVersion(stated) && isVersion(current) && compareVersions(stated, current) > 0;
}

function distributionOf(graph: ProjectGraph, name: string): string {
  return readPackage(workspaceRoot, graph.nodes[name]?.data.root ?? name).distribution;
}

/** Nx shows what was thrown by its message alone. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof FabricaError ? forNx(workspaceRoot, error) : error;
  }
}
