import { changesIn } from './changes';

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'rides-service' } };
const SERVICE = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'rides-service' } };
const POLICY = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'rides.closed' },
};

it('tells objects that come, change, stay and go', () => {
  const difference = {
    diff: [
      '--- cluster/apps.v1.Deployment.science.rides-service',
      '+++ compiled/apps.v1.Deployment.science.rides-service',
      '@@ -1 +1 @@',
      '--- cluster/networking.k8s.io.v1.NetworkPolicy.science.rides.closed',
      '+++ compiled/networking.k8s.io.v1.NetworkPolicy.science.rides.closed',
    ].join('\n'),
    there: [
      'deployment.apps/rides-service',
      'service/rides-service',
      'workflowtemplate.argoproj.io/rides.old',
    ],
    removed: ['workflowtemplate.argoproj.io/rides.old'],
  };
  const found = changesIn([DEPLOYMENT, SERVICE, POLICY], difference, { namespace: 'science' });
  expect(found.map(({ object, outcome }) => `${object} ${outcome}`)).toEqual([
    'Deployment rides-service changed',
    'Service rides-service unchanged',
    'NetworkPolicy rides.closed created',
    'workflowtemplate rides.old removed',
  ]);
});
