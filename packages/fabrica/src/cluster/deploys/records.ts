import { gunzipSync, gzipSync } from 'node:zlib';
import { ownerSelector } from '../owned';
import { LABELS, metadataOf, type Manifest } from '../release';
import { ask, askFor, type Target } from '../ask';
import { whoWeAre } from './lease';

/** What became of a release: who was killed while it deployed leaves `deploying`. */
export type State = 'deploying' | 'deployed' | 'failed' | 'rolled back';

/** A release that was put into a cluster, with its manifests: what a rollback goes back to. */
export interface DeployRecord {
  readonly number: number;
  readonly state: State;
  readonly image: string;
  readonly commit: string | null;
  readonly by: string;
  readonly at: string;
  /** Why it failed, or was rolled back. */
  readonly reason: string | null;
  readonly manifests: readonly Manifest[];
}

interface ConfigMap {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** The part that the label of a record says. */
const PART = 'release';
const MANIFESTS = 'manifests.json.gz';
/** How many releases are kept. */
const KEPT = 10;

/** The releases of a project in an environment, oldest first. */
export async function readRecords(target: Target): Promise<DeployRecord[]> {
  const { project, environment } = target;
  const owner = ownerSelector(project.name, environment.name);
  const selector = `${owner},${LABELS.part}=${PART}`;
  const { items } = await askFor<{ items: ConfigMap[] }>(target, ['configmaps', '-l', selector]);
  return items.map(recordIn).sort((a, b) => a.number - b.number);
}

function recordIn({ metadata, data = {}, binaryData = {} }: ConfigMap): DeployRecord {
  const packed = Buffer.from(binaryData[MANIFESTS] ?? '', 'base64');
  return {
    number: Number(metadata.name.slice(metadata.name.lastIndexOf('.') + 1)),
    state: (data.state ?? 'deploying') as State,
    image: data.image ?? '',
    commit: data.commit || null,
    by: data.by ?? '',
    at: data.at ?? '',
    reason: data.reason || null,
    manifests: packed.length ? (JSON.parse(gunzipSync(packed).toString()) as Manifest[]) : [],
  };
}

/** The release that holds; what failed, or was rolled back, does not. */
export function current(records: readonly DeployRecord[]): DeployRecord | undefined {
  return records.findLast(({ state }) => state === 'deployed');
}

/** The record of a release that begins now: that of one which was interrupted, when it is the same. */
export function beginning(
  records: readonly DeployRecord[],
  what: Pick<DeployRecord, 'image' | 'commit' | 'manifests'>,
): DeployRecord {
  const last = records.at(-1);
  const goesOn = last?.state === 'deploying' && sameManifests(last, what);
  const number = goesOn ? last.number : (last?.number ?? 0) + 1;
  return { ...what, number, state: 'deploying', by: whoWeAre(), at: new Date().toISOString(), reason: null };
}

/** Whether two releases are the same objects. */
export function sameManifests(
  a: Pick<DeployRecord, 'manifests'>,
  b: Pick<DeployRecord, 'manifests'>,
): boolean {
  return JSON.stringify(a.manifests) === JSON.stringify(b.manifests);
}

/** Writes a record, or what became of it. */
export async function writeRecord(target: Target, record: DeployRecord): Promise<DeployRecord> {
  const { number, state, image, commit, by, at, reason, manifests } = record;
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(target, recordName(target, number), PART),
    data: { state, image, commit: commit ?? '', by, at, reason: reason ?? '' },
    binaryData: { [MANIFESTS]: gzipSync(JSON.stringify(manifests)).toString('base64') },
  };
  await ask(target, ['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(map));
  return record;
}

/** Takes away the oldest records, the one that holds never. */
export async function dropOldRecords(target: Target, records: readonly DeployRecord[]): Promise<void> {
  const holds = current(records)?.number;
  const old = records.slice(0, -KEPT).filter(({ number }) => number !== holds);
  if (!old.length) return;
  const names = old.map(({ number }) => recordName(target, number));
  await ask(target, ['delete', 'configmaps', '--ignore-not-found', ...names]);
}

function recordName({ project }: Target, number: number): string {
  return `${project.name}.release.${number}`;
}

/** The release that a rollback of one goes back to. */
export function formerOf(
  records: readonly DeployRecord[],
  { number }: DeployRecord,
): DeployRecord | undefined {
  return records.findLast((record) => record.number < number && record.state === 'deployed');
}
