import type { ExecutorContext } from '@nx/devkit';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from '../../workspace/testing/folder';
import status from './executor';

process.env.NO_COLOR = '1';

/** What status prints for a project whose Python is a script. */
async function shown(script: string, json = false): Promise<string> {
  const root = folderWith({ 'nx.json': '{}', 'projects/bikes/.venv/bin/python': `#!/bin/sh\n${script}\n` });
  chmodSync(join(root, 'projects/bikes/.venv/bin/python'), 0o755);
  const written = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  const context = {
    root,
    projectName: 'bikes',
    projectsConfigurations: { version: 2, projects: { bikes: { root: 'projects/bikes' } } },
  } as unknown as ExecutorContext;
  try {
    expect(await status({ json }, context)).toEqual({ success: true });
    return written.mock.calls.join('');
  } finally {
    written.mockRestore();
  }
}

const champions = [
  { model: 'model', value: 'Queens', version: 2, since: 'today', by: 'gate 1', reason: 'smaller error' },
  {
    model: 'model',
    value: 'Bronx',
    version: null,
    since: null,
    by: null,
    reason: 'nothing was promoted yet',
  },
];
const store = `echo '${JSON.stringify(champions)}'`;

describe('status of a project whose service does not run', () => {
  it('shows the champions in the store', async () => {
    const text = await shown(store);
    expect(text).toContain('No service of bikes is running; npx nx run bikes:deploy starts it.');
    expect(text).toMatch(
      /model +Queens +2 +today +gate 1 +smaller error\nmodel +Bronx +– .* nothing was promoted yet/,
    );
    expect(JSON.parse(await shown(store, true))).toMatchObject({ service: null, champions });
  });

  it('prints JSON on one line', async () => {
    expect(await shown(store, true)).toMatch(/^\{.*\}\n$/);
  });

  it('shows what runs also when the store cannot be read, and why', async () => {
    const text = await shown('echo "error: the store is not reachable" >&2; exit 1');
    expect(text).toContain("the models in the store can't be read\nerror: the store is not reachable");
    expect(text).toContain('pypi');
  });
});
