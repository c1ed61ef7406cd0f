import { writeFileSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BASE_IMAGE } from '../layout/dockerfile';
import { MARK } from '../layout/sections';
import { checkLock } from '../python/check-lock';
import { LOCK, readLock } from '../python/requirements';
import { FabricaError } from '../support/errors';
import { writeDocument } from '../support/files';
import type { Progress } from '../support/progress';
import { readOptions, type Project } from '../workspace';
import { build } from './build';
import { checkHashes, withContexts } from './contexts';
import { docker, findBuilder, type Builder } from './docker';
import { checkDockerfile } from './dockerfile';
import { labelsOf, namesOf, tagOf } from './names';
import { imageFolder, recordFile, type ImageRecord } from './record';
import { revisionOf, type Revision } from './revision';
import { billOfMaterials, checkLocked, installedIn } from './sbom';

export interface ImageOptions {
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly tag?: string;
  readonly cache: boolean;
  /** Refuses what is not committed: nobody could build it again. */
  readonly committed: boolean;
}

/**
 * Builds the image of a project into Docker's engine, and writes down what it is and what is in it. The record is
 * written last: until then the one before holds.
 *
 * @throws FabricaError those of the lock, the registry, Docker and the build
 */
export async function buildImage(project: Project, options: ImageOptions): Promise<ImageRecord> {
  const { root, signal, progress } = options;
  const { name, folder } = project;
  const dockerfile = checkDockerfile(root, folder);
  checkLock(root, folder);
  checkHashes(root, folder);
  const [builder, revision] = await Promise.all([findBuilder({ signal }), revisionOf(root, folder)]);
  if (options.committed && revision.dirty) throw uncommitted(project);
  const base = readOptions(root).images?.base;
  const names = namesOf(project, options.tag ?? tagOf(project, revision));
  const labels = labelsOf(project, revision, base);
  const record = await withContexts(root, folder, { signal, progress }, async (contexts) => {
    let bases: ImageRecord['bases'] = [];
    await progress.phase('Image', async (work) => {
      const tags = [names.local, names.inferred];
      bases = await build(
        { name, folder, tags, labels, cache: options.cache },
        contexts,
        builder,
        work,
        signal,
      );
      return names.local;
    });
    // A Dockerfile that is all a person's own may hold what it likes.
    const locked = dockerfile.includes(MARK);
    return describe(project, revision, { image: names.local, bases, locked }, options);
  });
  for (const advice of adviceOn(record, builder, base)) progress.say(advice);
  return record;
}

/** What keeps the same commit from giving the same image elsewhere. */
function adviceOn({ bases }: ImageRecord, builder: Builder, base = BASE_IMAGE): string[] {
  const found = bases.find(({ name }) => name === base);
  return [
    ...(builder.current
      ? []
      : [`BuildKit ${builder.version} (${builder.name}) writes the time of the build into layers`]),
    ...(found
      ? [
          `to pin the base image: "images": { "base": "${found.name}@${found.digest}" } in nx.json, then npx nx sync`,
        ]
      : []),
  ];
}

async function describe(
  project: Project,
  { commit, dirty }: Revision,
  { image, bases, locked }: Pick<ImageRecord, 'image' | 'bases'> & { readonly locked: boolean },
  { root, signal, progress }: ImageOptions,
): Promise<ImageRecord> {
  const { name, version, folder } = project;
  const pins = readLock(join(root, folder), LOCK) ?? [];
  const sbom = join(imageFolder(root, name), 'sbom.cdx.json');
  const list = progress.phase('Bill of materials', async () => {
    const installed = await installedIn(image, { signal });
    if (locked) checkLocked(installed, pins, `${folder}/${LOCK}`);
    mkdirSync(imageFolder(root, name), { recursive: true });
    writeFileSync(sbom, billOfMaterials(project, installed, pins));
    return `${installed.length} packages, in ${relative(root, sbom)}`;
  });
  const [identity] = await Promise.all([identityOf(image, signal), list]);
  const record: ImageRecord = {
    schema: 1,
    project: name,
    version,
    commit: commit ?? null,
    dirty,
    image,
    ...identity,
    reference: null,
    bases,
    sbom: relative(root, sbom),
  };
  writeDocument(recordFile(root, name), record);
  return record;
}

/** What the engine calls an image, and its layers. */
export async function identityOf(
  image: string,
  signal: AbortSignal,
): Promise<Pick<ImageRecord, 'id' | 'layers'>> {
  const format = '{"id": {{json .Id}}, "layers": {{json .RootFS.Layers}}}';
  const { stdout } = await docker(['image', 'inspect', '--format', format, image], { signal });
  return JSON.parse(stdout) as Pick<ImageRecord, 'id' | 'layers'>;
}

function uncommitted({ name, folder }: Project): FabricaError {
  return new FabricaError(
    'uncommitted',
    `${folder} is not committed as it is: nobody could build the image again that would be pushed`,
    { hint: `git add ${folder} && git commit, then npx nx run ${name}:image --push` },
  );
}
