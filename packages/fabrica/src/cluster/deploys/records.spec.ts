import { beginning, current, formerOf, type DeployRecord, type State } from './records';

const MANIFESTS = [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'rides-service' } }];

function record(number: number, state: State, manifests = MANIFESTS): DeployRecord {
  return {
    number,
    state,
    image: 'rides@sha256:1',
    commit: 'c1',
    by: 'anna@desk',
    at: '',
    reason: null,
    manifests,
  };
}

const what = { image: 'rides@sha256:1', commit: 'c1', manifests: MANIFESTS };

it('holds what was deployed last; what failed, or was rolled back, does not', () => {
  const records = [
    record(1, 'deployed'),
    record(2, 'rolled back'),
    record(3, 'failed'),
    record(4, 'deploying'),
  ];
  expect(current(records)?.number).toBe(1);
  expect(current([])).toBeUndefined();
});

it('goes back to the release before that was deployed', () => {
  const records = [record(1, 'deployed'), record(2, 'failed'), record(3, 'deployed')];
  expect(formerOf(records, record(3, 'deployed'))?.number).toBe(1);
  expect(formerOf(records, record(1, 'deployed'))).toBeUndefined();
});

it('takes up a release that was interrupted, when it is the same', () => {
  expect(beginning([record(4, 'deploying')], what)).toMatchObject({ number: 4, state: 'deploying' });
  expect(beginning([record(4, 'deploying', [])], what).number).toBe(5);
  expect(beginning([record(4, 'deployed')], what).number).toBe(5);
  expect(beginning([], what).number).toBe(1);
});
