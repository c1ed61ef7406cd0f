import type { ExecutorContext } from '@nx/devkit';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import costs, { type CostsOptions } from '../executors/costs/executor';
import { folderWith, pyproject } from '../workspace/testing/folder';

process.env.NO_COLOR = '1';

const HOUR = { cpuSeconds: 3600, memoryGiBSeconds: 7200, gpuSeconds: 0 };

/** What one part of a run used: in a pod that had twice of it for an hour. */
function used(cost?: number, reserved = cost !== undefined) {
  const times = { cpuSeconds: 1800, memoryGiBSeconds: 900, gpuSeconds: 0 };
  return { ...times, storageBytes: 2 ** 20, peakBytes: 1, reserved: reserved ? HOUR : null, cost };
}

function line(project: string, day: string, environment = 'staging', cost?: number): object {
  return {
    schema: 1,
    run: `${day.replaceAll('-', '')}T000000-${project}`,
    ...{ project, pipeline: 'train', environment, outcome: 'succeeded' },
    started: `${day}T00:00:00.000Z`,
    usage: { ...used(cost), steps: { load: used(cost) }, values: { Queens: used(cost), Bronx: used(cost) } },
  };
}

const now = new Date().toISOString();
const today = now.slice(0, 10);
const STAGING = `context: staging
namespace: science
registry: registry.example.com/science
store: s3://artifacts/science
`;
const PRICES = 'prices: { currency: EUR, cpuHour: 1 }\n';

/** A workspace of two projects, whose Python prints these lines for this environment, and its own words. */
function workspaceWith(runs: Record<string, object[]>, more: Record<string, string> = {}): string {
  const say = Object.entries(runs).map(
    ([name, lines]) =>
      `${name}) printf '%s\\n' ${lines.map((one) => `'${JSON.stringify(one)}'`).join(' ')};;`,
  );
  const script = `#!/bin/sh\ncase $FABRICA_ENVIRONMENT in\n${say.join('\n')}\nesac\n`;
  const project = (name: string) => ({
    [`projects/${name}/pyproject.toml`]: pyproject(name),
    [`projects/${name}/fabrica.yaml`]: 'owner: me\n',
    [`projects/${name}/.venv/bin/python`]: script,
  });
  const root = folderWith({
    'nx.json': '{}',
    '.fabrica/store/runs/.keep': '',
    'environments/staging.yaml': STAGING + PRICES,
    ...project('bikes'),
    ...project('rides'),
    ...more,
  });
  for (const name of ['bikes', 'rides']) chmodSync(join(root, `projects/${name}/.venv/bin/python`), 0o755);
  return root;
}

async function shown(root: string, options: CostsOptions = {}): Promise<{ success: boolean; text: string }> {
  let text = '';
  const write = (part: unknown): boolean => Boolean((text += String(part)));
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(write),
  );
  const context = {
    root,
    projectName: 'workspace',
    projectsConfigurations: { version: 2, projects: { workspace: { root: '.' } } },
  } as unknown as ExecutorContext;
  try {
    return { ...(await costs(options, context)), text };
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
}

const RUNS = {
  local: [line('bikes', today, 'local')],
  staging: [
    line('bikes', today, 'staging', 3),
    line('rides', today, 'staging', 1),
    line('rides', today, 'staging', 1.5),
  ],
};

describe('workspace:costs', () => {
  it('sums up what pods reserved, on this machine what was used, by project', async () => {
    const { success, text } = await shown(workspaceWith(RUNS));
    expect(success).toBe(true);
    expect(text).toMatch(/^environment +project +runs +CPU-h +GiB-h +GPU-h +made +cost$/m);
    expect(text).toMatch(/^local +bikes +1 +0\.500 +0\.250 +0 +1\.00 MiB$/m);
    expect(text).toMatch(
      /^staging +bikes +1 +1\.00 +2\.00 +0 +1\.00 MiB +3\.00 EUR\nstaging +rides +2 +2\.00 +4\.00 +0 +2\.00 MiB +2\.50 EUR\nstaging +all +3 +3\.00 +6\.00 +0 +3\.00 MiB +5\.50 EUR$/m,
    );
  });

  it.each([
    ['pipeline', /rides +train +2 .* 2\.50 EUR/],
    ['step', /rides +load +2 .* 2\.50 EUR/],
    ['value', /rides +Queens +2 .* 2\.50 EUR/],
    ['day', new RegExp(`^staging +${today} +3 .* 5\\.50 EUR`, 'm')],
  ] as const)('by %s', async (by, wanted) => {
    expect((await shown(workspaceWith(RUNS), { by })).text).toMatch(wanted);
  });

  it('prints the numbers, of one environment and project', async () => {
    const root = workspaceWith({ staging: [line('rides', '2026-10-03', 'staging', 2)] });
    const options = { since: '2026-10-01', until: '2026-10-31', environment: 'staging', project: 'rides' };
    const { text } = await shown(root, { ...options, json: true });
    expect(JSON.parse(text)).toEqual({
      schema: 1,
      since: '2026-10-01T00:00:00Z',
      until: '2026-11-01T00:00:00Z',
      by: 'project',
      rows: [
        {
          ...{ environment: 'staging', project: 'rides', runs: 1, ...HOUR },
          ...{ usedCpuSeconds: 1800, storageBytes: 2 ** 20, cost: 2 },
        },
      ],
      totals: [expect.objectContaining({ runs: 1, cost: 2 })],
      currencies: { staging: 'EUR' },
      budgets: [],
      unread: [],
    });
  });

  it('says that there was no run', async () => {
    expect((await shown(workspaceWith({}), { since: '2026-10-01' })).text).toBe('No run since 2026-10-01.\n');
  });

  it('shows what it can where a store can not be read, and fails when that was asked for', async () => {
    const python =
      '#!/bin/sh\n[ "$FABRICA_ENVIRONMENT" = local ] && exit 0\necho "error: no credentials" >&2\nexit 2\n';
    const own = { 'projects/bikes/.venv/bin/python': python };
    const root = workspaceWith(RUNS, own);
    const all = await shown(root);
    expect(all.success).toBe(true);
    expect(all.text).toContain("staging  what runs in staging have used can't be read: no credentials");
    const one = await shown(root, { environment: 'staging' });
    expect(one.success).toBe(false);
    expect(one.text).toContain("error: what runs in staging have used can't be read: no credentials");
  });

  it('asks another project where one has an older release', async () => {
    const old = '#!/bin/sh\necho "error: invalid choice: \'usage\'" >&2\nexit 2\n';
    const { text } = await shown(workspaceWith(RUNS, { 'projects/bikes/.venv/bin/python': old }));
    expect(text).toMatch(/staging +all +3/);
  });

  it.each([
    [{ by: 'steps' as never }, 'error: --by=steps is none; did you mean "step"?'],
    [{ project: 'bike' }, 'there is no project "bike"; did you mean "bikes"?'],
    [{ environment: 'stagin' }, 'there is no environment "stagin"'],
    [{ since: 'today' }, '--since=today is no time'],
  ])('refuses %j', async (options, wanted) => {
    const { success, text } = await shown(workspaceWith(RUNS), options);
    expect(success).toBe(false);
    expect(text).toContain(wanted);
  });
});

describe('budgets', () => {
  const own = (budget: string) => ({ 'projects/rides/fabrica.yaml': `owner: me\n${budget}\n` });

  it.each([
    [
      'budget: 2.5',
      'budget  rides in staging has cost 2.50 EUR this month: its budget of 2.5 EUR is used up',
    ],
    ['budget: 3', 'budget  rides in staging has cost 2.50 EUR this month: 83 % of its budget of 3 EUR'],
    ['budget: 1\nenvironments: { staging: { budget: 3 } }', '83 % of its budget of 3 EUR'],
  ])('of a project are told: %s', async (text, wanted) => {
    expect((await shown(workspaceWith(RUNS, own(text)))).text).toContain(wanted);
  });

  it('are not told while there is enough left, but given to programs', async () => {
    const root = workspaceWith(RUNS, own('budget: 10'));
    expect((await shown(root)).text).not.toContain('budget');
    const { budgets } = JSON.parse((await shown(root, { json: true })).text) as { budgets: object[] };
    expect(budgets).toEqual([
      { environment: 'staging', project: 'rides', budget: 10, cost: 2.5, currency: 'EUR', state: 'within' },
    ]);
  });

  it('of an environment are those of all projects, of this month whatever is shown', async () => {
    const environment = { 'environments/staging.yaml': `${STAGING}${PRICES}budget: 5\n` };
    const { text } = await shown(workspaceWith(RUNS, environment), {
      since: '2026-10-01',
      until: '2026-10-31',
      project: 'rides',
    });
    expect(text).toContain('No run since 2026-10-01 before 2026-11-01.');
    expect(text).toContain(
      'all that runs in staging has cost 5.50 EUR this month: its budget of 5 EUR is used up',
    );
  });
});
