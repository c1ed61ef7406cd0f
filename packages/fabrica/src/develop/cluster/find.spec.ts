import type { Pod } from '../../cluster/deploys/objects';
import { whyEnded, whyRestarted, wayOutOf } from './ended';
import { endOf, foundIn, isReady, type Job } from './find';

function jobWith(status: object = {}, metadata: object = {}): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'rides.develop-1', uid: 'u', creationTimestamp: '2026-11-22T08:00:00Z', ...metadata },
    spec: { activeDeadlineSeconds: 3600, template: { spec: { containers: [] } } },
    status,
  };
}

function podWith(status: object, metadata: object = {}): Pod {
  return { kind: 'Pod', metadata: { name: 'rides.develop-1-a', ...metadata }, status };
}

const RUNNING = { phase: 'Running', containerStatuses: [{ name: 'develop', ready: true, restartCount: 0 }] };
const container = (state: object) => ({
  containerStatuses: [{ name: 'develop', ready: false, restartCount: 1, ...state }],
});
const OOM = { terminated: { exitCode: 137, reason: 'OOMKilled' } };

describe('the pod that is there', () => {
  it('is the newest that is not on its way out', () => {
    const old = podWith(RUNNING, { name: 'old', creationTimestamp: '2026-11-22T08:00:01Z' });
    const last = podWith(RUNNING, { name: 'last', creationTimestamp: '2026-11-22T08:00:02Z' });
    const ended = podWith(RUNNING, {
      name: 'ended',
      creationTimestamp: '2026-11-22T08:00:03Z',
      deletionTimestamp: 'now',
    });
    expect(foundIn([jobWith(), old, last, ended])?.pod?.metadata.name).toBe('last');
    expect(isReady(last)).toBe(true);
    expect(isReady(podWith({ phase: 'Pending' }))).toBe(false);
  });

  it.each([
    ['nothing', []],
    ['a job that is deleted', [jobWith({}, { deletionTimestamp: 'now' })]],
    [
      'a job whose time is over',
      [jobWith({ conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] })],
    ],
  ])('is none where there is %s', (_, items) => {
    expect(foundIn(items)).toBeUndefined();
  });

  it('ends when its time is over, from its start on', () => {
    expect(endOf(jobWith()).toISOString()).toBe('2026-11-22T09:00:00.000Z');
    expect(endOf(jobWith({ startTime: '2026-11-22T08:30:00Z' })).toISOString()).toBe(
      '2026-11-22T09:30:00.000Z',
    );
  });
});

describe('why a pod has ended', () => {
  it.each([
    [
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' },
      'evicted',
      'its node put it out: The node was low on resource: memory.',
    ],
    [{ phase: 'Failed', ...container({ state: OOM }) }, 'memory', 'it took more memory than it may have'],
    [
      { phase: 'Failed', ...container({ state: { terminated: { exitCode: 2 } } }) },
      'crash',
      'it has ended (exit code 2)',
    ],
  ])('%j', (status, kind, message) => {
    const ended = whyEnded(podWith(status));
    expect(ended).toMatchObject({ kind, message: expect.stringContaining(message) as string });
    const way = wayOutOf(kind, { project: 'rides', environment: 'staging' });
    expect(way).toContain('npx nx develop rides --environment=staging');
  });

  it('is not known of one that runs, but for its last container', () => {
    expect(whyEnded(podWith(RUNNING))).toBeUndefined();
    expect(whyRestarted(podWith(RUNNING))).toBeUndefined();
    expect(whyRestarted(podWith({ phase: 'Running', ...container({ lastState: OOM }) }))?.kind).toBe(
      'memory',
    );
  });
});
