import { kubectlFailure } from './kubectl';

const staging = { name: 'staging', context: 'gke', namespace: 'science' };

describe('what a kubectl that failed says', () => {
  it.each([
    'Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout',
    'Unable to connect to the server: EOF',
    'error: Get "https://10.0.0.1/api": read tcp 10.0.0.2:1->10.0.0.1:443: read: connection reset by peer',
    'Error from server (ServiceUnavailable): apiserver not ready',
    'Unable to connect to the server: net/http: TLS handshake timeout',
    'error: http2: client connection lost',
    'Error from server: etcdserver: leader changed',
    'Error from server: etcdserver: request timed out',
    'Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later',
  ])('is that the cluster does not answer: %s', (stderr) => {
    const { code, message } = kubectlFailure({ code: 1, stdout: '', stderr }, staging);
    expect([code, message.split('\n')[0]]).toEqual(['cluster-down', 'the cluster of gke does not answer']);
  });

  it.each([
    ['no-context', 'error: context "gke" does not exist'],
    ['no-namespace', 'Error from server (NotFound): namespaces "science" not found'],
    ['forbidden', 'Error from server (Forbidden): pods is forbidden: User "u" cannot list'],
    ['not-logged-in', 'error: You must be logged in to the server (Unauthorized)'],
    ['no-argo', 'error: the server doesn\'t have a resource type "workflows"'],
    ['kubectl-failed', 'The Deployment "a" is invalid: spec.replicas: must be at least 0'],
    ['kubectl-failed', 'error: timed out waiting for the condition'],
  ])('is %s', (code, stderr) => {
    expect(kubectlFailure({ code: 1, stdout: '', stderr }, staging).code).toBe(code);
  });
});
