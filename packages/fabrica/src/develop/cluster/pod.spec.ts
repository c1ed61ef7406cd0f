import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkManifest } from '../../cluster/check';
import { releaseWith, SLACK } from '../../cluster/testing/release';
import { folderWith } from '../../workspace/testing/folder';
import { costInWords, demandInWords, demandOf, resourcesFor } from './demand';
import { differencesOf } from './differs';
import type { Job } from './find';
import { developJob, podName } from './pod';
import type { Plan } from './start';

const PRICES = 'prices: { currency: EUR, cpuHour: 0.05, memoryGiBHour: 0.005, gpuHour: 2.5 }\n';
const root = folderWith({});

function jobOf(environment = '', asked = {}, settings = ''): Job {
  const release = releaseWith({ environment, settings, plans: [] });
  const demand = demandOf(release.environment, asked);
  return developJob({
    ...{ release, demand, name: 'rides.develop-1', tag: 'rides:develop-2', lab: true, packages: ['routes'] },
    resources: resourcesFor(root, release, demand),
    probes: '.fabrica/develop/rides/clusters/staging/probes',
  }) as Job;
}

describe('the pod that a project is developed in', () => {
  const job = jobOf(`${SLACK}gpu: { nodeSelector: { pool: gpu } }\n`, {
    cpu: 8,
    memory: '32Gi',
    gpu: 1,
    hours: 2,
  });
  const { template, ...spec } = job.spec as unknown as {
    template: { spec: { containers: Record<string, unknown>[] } & Record<string, unknown> };
  };
  const [container = {}] = template.spec.containers;

  it('is what Kubernetes knows, and restricted', () => {
    expect(() => checkManifest(job)).not.toThrow();
    expect(template.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      serviceAccountName: 'rides',
      nodeSelector: { pool: 'gpu' },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
  });

  it('is removed by the cluster when its time is over', () => {
    expect(spec).toEqual({ activeDeadlineSeconds: 7200, backoffLimit: 5, ttlSecondsAfterFinished: 60 });
  });

  it('has what was asked for, the code of packages first, and no secret by its value', () => {
    expect(container.resources).toEqual({
      limits: { memory: '32Gi', 'nvidia.com/gpu': 1 },
      requests: { cpu: '8', memory: '32Gi', 'nvidia.com/gpu': 1 },
    });
    const given = jobOf(SLACK, {}, 'develop: { environment: [SLACK_URL, OTHER] }');
    const [{ env }] = given.spec.template.spec.containers as unknown as [{ env: unknown[] }];
    expect(env).toContainEqual({
      name: 'SLACK_URL',
      valueFrom: { secretKeyRef: { name: 'slack', key: 'url' } },
    });
    expect(env).toContainEqual({
      name: 'PYTHONPATH',
      value: '/workspace/packages/routes/src:/workspace/projects/rides/src',
    });
    expect(container.env).not.toContainEqual(expect.objectContaining({ name: 'SLACK_URL' }));
  });

  it('has a name of its own for each clone and environment', () => {
    const names = ['/a', '/b'].flatMap((at) => ['staging', 'next'].map((one) => podName(at, 'rides', one)));
    expect(new Set(names).size).toBe(4);
    expect(podName('/a', 'a-project-with-a-name-of-more-than-forty-four-letters', 'x').length).toBeLessThan(
      64,
    );
  });
});

describe('what is asked for', () => {
  const { environment } = releaseWith({ environment: PRICES });

  it('is the default of the environment where nothing is said', () => {
    const demand = demandOf(environment, {});
    expect(demand).toEqual({ cpu: '500m', memory: '1Gi', gpu: 0, hours: 8 });
    expect(demandInWords(demand)).toBe('0.5 CPUs, 1Gi');
  });

  it('costs what the prices say', () => {
    const demand = demandOf(environment, { cpu: 8, memory: '32Gi', gpu: 1, hours: 1 });
    expect(demandInWords(demand)).toBe('8 CPUs, 32Gi, 1 GPU');
    expect(costInWords(environment, demand)).toBe('3.06 EUR an hour, 3.06 EUR in 1 hour');
    expect(costInWords(releaseWith().environment, demand)).toBeUndefined();
    const without = releaseWith({ environment: PRICES.replace(', gpuHour: 2.5', '') }).environment;
    expect(costInWords(without, demand)).toContain('what its GPU costs is not known');
  });

  it.each([
    [{ cpu: 'many' }, '--cpu=many must be a number of CPUs'],
    [{ memory: '2 GB' }, '--memory=2 GB must be an amount of memory'],
    [{ gpu: -1 }, '--gpu=-1 must be a whole number'],
    [{ hours: 0 }, '--hours=0 must be more than 0'],
    [{ hours: 1000 }, '--hours=1000 must be more than 0, and 168 at most'],
  ])('is refused: %j', (asked, message) => {
    expect(() => demandOf(environment, asked)).toThrow(message);
  });

  it('is refused with the line of the quotas when it is too much', () => {
    const quotas = 'quotas: { cpu: 4, memory: 8Gi, gpu: 0 }\n';
    mkdirSync(join(root, 'environments'));
    writeFileSync(join(root, 'environments/staging.yaml'), `context: staging\nnamespace: science\n${quotas}`);
    const release = releaseWith({ environment: quotas });
    for (const [asked, what] of [
      [{ cpu: 8 }, '8 CPUs'],
      [{ memory: '9Gi' }, '9Gi of memory'],
      [{ gpu: 1 }, '1 GPUs'],
    ] as const)
      expect(() => resourcesFor(root, release, demandOf(release.environment, asked))).toThrow(
        expect.objectContaining({
          code: 'over-quota',
          place: { file: 'environments/staging.yaml', line: 3 },
          message: expect.stringContaining(`asks for ${what}`) as string,
          hint: expect.stringContaining('--cpu, --memory, --gpu') as string,
        }),
      );
  });

  it('is told where it differs from the pod that is there', () => {
    const job = jobOf('', { cpu: 2, hours: 4 });
    const plan = (asked: object, tag = 'rides:develop-2'): Plan =>
      ({ image: { tag }, demand: demandOf(environment, asked) }) as unknown as Plan;
    const differences = (asked: object, tag?: string): string[] =>
      differencesOf(job, plan(asked, tag), { asked });
    expect(differences({})).toEqual([]);
    expect(differences({ cpu: 2, memory: '1Gi', gpu: 0, hours: 4 })).toEqual([]);
    expect(differences({ cpu: '3', gpu: 1, hours: 8 })).toEqual([
      'has --cpu=2, not 3',
      'has --gpu=0, not 1',
      'has --hours=4, not 8',
    ]);
    expect(differences({}, 'rides:develop-3')).toEqual(['is older than its lock or Dockerfile']);
  });
});
