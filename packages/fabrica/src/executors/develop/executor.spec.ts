import type { ExecutorContext } from '@nx/devkit';
import { folderWith } from '../../workspace/testing/folder';
import develop, { type DevelopExecutorOptions } from './executor';

process.env.NO_COLOR = '1';

/** What develop says before it begins. */
async function said(options: DevelopExecutorOptions): Promise<string> {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const projectsConfigurations = { version: 2, projects: { bikes: { root: 'projects/bikes' } } };
  const context = { root: folderWith({}), projectName: 'bikes', projectsConfigurations };
  try {
    expect(await develop(options, context as unknown as ExecutorContext)).toEqual({ success: false });
    return written.mock.calls.join('');
  } finally {
    written.mockRestore();
  }
}

it.each<[DevelopExecutorOptions, string, string]>([
  [{ cpu: 8 }, '--cpu is about a pod', '--environment=staging --cpu=8'],
  [{ environment: 'local', hours: 2 }, '--hours is about a pod', '--environment=staging --hours=2'],
  [{ environment: 'staging', in: 'venv' }, '--in=venv is about this machine', '--environment=staging'],
  [{ environment: 'staging', prepare: true }, '--prepare is about this machine', '--environment=staging'],
  [{ environment: 'staging', notebook: true, detach: true }, 'exclude each other', '--notebook'],
])('refuses %j', async (options, message, way) => {
  const text = await said(options);
  expect(text).toContain(message);
  expect(text).toContain(way);
});
