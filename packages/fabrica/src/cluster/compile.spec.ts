import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { compile, compileToYaml } from './compile';
import { planOf, releaseWith, SLACK, step } from './testing/release';
import type { Manifest } from './release';

const GOLDEN = join(__dirname, 'testing', 'golden');

const everything = () =>
  releaseWith({
    service: true,
    app: true,
    settings: `pipelines:
  train:
    schedule: { cron: '0 4 * * *', timeZone: America/New_York, concurrency: replace }
    parameters: { depth: 8 }
    resources: { train_model: { memory: 4Gi, nodeSelector: { pool: large } } }
service: { scale: { max: 5 }, callers: [explorer], secrets: [SLACK_URL] }
environments: { staging: { app: { replicas: 1 } } }
`,
    environment: `${SLACK}warehouse: snowflake://acme/db\ningress: [gateway]\nidentity: { example.com/account: '{project}@acme' }\npullSecrets: [registry]\n`,
  });

const all = (release = everything()): Manifest[] => [...compile(release).values()].flat();
const find = (kind: string, name: string, release = everything()): Manifest =>
  all(release).find((one) => one.kind === kind && one.metadata.name === name) as Manifest;
const spec = (kind: string, name: string, release = everything()) => find(kind, name, release).spec as never;

/** `UPDATE_GOLDEN=1 npx jest cluster/compile` in packages/fabrica writes them anew: read what changed. */
it.each([...compileToYaml(everything())])('writes %s as it always did', (name, text) => {
  mkdirSync(GOLDEN, { recursive: true });
  if (process.env.UPDATE_GOLDEN) writeFileSync(join(GOLDEN, name), text);
  expect(text).toBe(readFileSync(join(GOLDEN, name), 'utf8'));
});

it('gives the same bytes for the same input, whatever the order of its keys', () => {
  const release = everything();
  const turned = {
    ...release,
    environment: { ...release.environment, variables: { B: '2', A: '1' } },
  };
  const other = { ...release, environment: { ...release.environment, variables: { A: '1', B: '2' } } };
  expect([...compileToYaml(turned)]).toEqual([...compileToYaml(other)]);
});

it('is YAML that says what was compiled', () => {
  for (const [name, manifests] of compile(everything())) {
    const text = compileToYaml(everything()).get(name) as string;
    expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual(manifests);
  }
});

describe('every pod', () => {
  const security = { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } };
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  };

  it('is restricted, and its code has no token', () => {
    const workflow = spec('WorkflowTemplate', 'rides.train');
    expect(workflow).toMatchObject({
      automountServiceAccountToken: false,
      executor: { serviceAccountName: 'rides.executor' },
      securityContext: security,
      templateDefaults: { container: { securityContext: restricted } },
    });
    expect(JSON.parse((workflow as { podSpecPatch: string }).podSpecPatch)).toEqual({
      containers: [{ name: 'wait', securityContext: restricted }],
      initContainers: [{ name: 'init', securityContext: restricted }],
    });
    for (const name of ['rides-service', 'rides-app'])
      expect(spec('Deployment', name)).toMatchObject({
        template: {
          spec: {
            automountServiceAccountToken: false,
            securityContext: security,
            containers: [{ securityContext: restricted }],
          },
        },
      });
  });

  it('says whose it is', () => {
    for (const { metadata } of all())
      expect(metadata).toMatchObject({
        namespace: 'science',
        labels: { 'fabrica/project': 'rides', 'fabrica/environment': 'staging' },
      });
  });
});

it('holds no value of a secret, and refuses one that the environment does not know', () => {
  expect(JSON.stringify(find('Deployment', 'rides-service'))).toContain(
    '{"name":"SLACK_URL","valueFrom":{"secretKeyRef":{"name":"slack","key":"url"}}}',
  );
  expect(() => compile(releaseWith())).toThrow(
    "step send wants the secret SLACK_URL, and environments/staging.yaml doesn't say where it is",
  );
});

it('refuses more than a pod may have, where it is asked for', () => {
  const release = releaseWith({ environment: `${SLACK}quotas: { memory: 1.5Gi }\n` });
  expect(() => compile(release)).toThrow(
    expect.objectContaining({
      message: 'step train_model asks for 2Gi of memory, more than one pod may have in staging',
      place: { file: 'projects/rides/src/rides/pipelines/train.py', line: 7 },
    }),
  );
});

it('shuts a project off, but for those it names', () => {
  expect(spec('NetworkPolicy', 'rides.closed')).toMatchObject({ policyTypes: ['Ingress'] });
  expect(spec('NetworkPolicy', 'rides.closed')).not.toHaveProperty('ingress');
  expect(spec('NetworkPolicy', 'rides-service')).toMatchObject({
    ingress: [
      {
        from: [
          { podSelector: { matchExpressions: [{ values: ['explorer', 'rides'] }] } },
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateway' } } },
        ],
      },
    ],
  });
});

it('puts steps with a GPU where GPUs are', () => {
  const release = releaseWith({
    plans: [planOf({ gate: null, steps: [step('train_model', { scope: 'once', resources: { gpu: 1 } })] })],
    environment: 'gpu: { nodeSelector: { gpu: a100 }, tolerations: [{ key: gpu, operator: Exists }] }\n',
  });
  const { templates } = spec('WorkflowTemplate', 'rides.train', release) as { templates: { name: string }[] };
  expect(templates.find(({ name }) => name === 'train-model')).toMatchObject({
    nodeSelector: { gpu: 'a100' },
    tolerations: [{ key: 'gpu', operator: 'Exists' }],
    container: { resources: { limits: { 'nvidia.com/gpu': 1 } } },
  });
});

it('does not tell a project the toolkit’s own variables twice', () => {
  const release = releaseWith({
    environment: `${SLACK}variables: { FABRICA_STORE: s3://other, PRICE: $(HOME) }\n`,
  });
  const text = compileToYaml(release).get('pipeline-train.yaml') as string;
  expect(text.match(/name: FABRICA_STORE/g)).toHaveLength(1);
  expect(text).toContain('$$(HOME)');
});
