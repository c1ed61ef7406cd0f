import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FabricaError } from '../support/errors';
import { readDocument, writeDocument } from '../support/files';
import { run } from '../support/processes';
import { commitsOf, git, RELEASES } from './git';

const hex = z.string().regex(/^[0-9a-f]{40,64}$/);

/** What a release leaves beside the package: enough for any clone to build the same bytes again. */
export const releaseRecord = z.object({
  schema: z.literal(1),
  /** The distribution. */
  name: z.string(),
  version: z.string(),
  /** The git tree of the package's folder, without its `releases` folder. */
  tree: hex,
  /** File name → sha256. None for an npm package, whose registry keeps the hash. */
  files: z.record(z.string(), hex),
  /** Why no new lock takes this version; those that have it keep it. */
  yanked: z.object({ reason: z.string() }).optional(),
});

export type ReleaseRecord = z.infer<typeof releaseRecord>;

/** `packages/storage/releases/0.1.0.json` */
export function recordFile(folder: string, version: string): string {
  return `${folder}/${RELEASES}/${version}.json`;
}

/** The record of a version in the working tree. */
export function readRecord(root: string, folder: string, version: string): ReleaseRecord | undefined {
  const file = recordFile(folder, version);
  return readDocument(join(root, file), releaseRecord, `git checkout -- ${file}`);
}

export function writeRecord(root: string, folder: string, record: ReleaseRecord): string {
  const file = recordFile(folder, record.version);
  writeDocument(join(root, file), record);
  return file;
}

/** All records of a package in the working tree, by the name of their files. */
export function recordsOf(root: string, folder: string): ReleaseRecord[] {
  const at = join(root, folder, RELEASES);
  const files = existsSync(at) ? readdirSync(at).filter((file) => file.endsWith('.json')) : [];
  return files.sort().flatMap((file) => readRecord(root, folder, file.slice(0, -'.json'.length)) ?? []);
}

/** The record of a version as it is committed; undefined when it isn't. */
export async function committedRecord(
  root: string,
  folder: string,
  version: string,
): Promise<ReleaseRecord | undefined> {
  return recordAt(root, 'HEAD', recordFile(folder, version));
}

async function recordAt(root: string, commit: string, file: string): Promise<ReleaseRecord | undefined> {
  const { code, stdout } = await run('git', ['show', `${commit}:./${file}`], { cwd: root });
  return code === 0 ? releaseRecord.safeParse(parseJson(stdout)).data : undefined;
}

/** All the records of a version that the history holds, the newest first: a record may have been refreshed. */
export async function recordsInHistory(
  root: string,
  folder: string,
  version: string,
): Promise<ReleaseRecord[]> {
  const file = recordFile(folder, version);
  const records: ReleaseRecord[] = [];
  for (const commit of await commitsOf(root, file)) {
    const record = await recordAt(root, commit, file);
    if (record) records.push(record);
  }
  return records;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a version can have reached other people: its record is on a branch of a remote, or in a tag. Such a
 * record is never rewritten.
 *
 * @throws FabricaError `git-failed`.
 */
export async function hasLeft(root: string, folder: string, version: string): Promise<boolean> {
  const commits = await git(root, [
    'log',
    '--remotes',
    '--tags',
    '--max-count=1',
    '--format=%H',
    '--',
    recordFile(folder, version),
  ]);
  return commits.trim() !== '';
}

/** Refuses a version that exists with other bytes. */
export function otherBytes(
  name: string,
  version: string,
  where: string,
  found: string,
  built: string,
  folder: string,
): FabricaError {
  return new FabricaError(
    'other-bytes',
    `${name} ${version} exists already ${where} with other bytes (sha256 ${found.slice(0, 12)}…, this build has ${built.slice(0, 12)}…)`,
    {
      hint: `a version never changes: raise "version" in ${folder}/pyproject.toml, then publish again`,
    },
  );
}
