import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerProcess } from '../../../bin/shared.cjs';
import { writeFiles } from '../../workspace/testing/folder';
import { commit, commitFiles, contents, generate, git, workspaceWith } from '../testing/workspace';
import removeGenerator from './generator';

const remove = (root: string, options: { force?: boolean; name?: string } = {}, more?: { dry: boolean }) =>
  generate(root, removeGenerator, { name: 'bikes', ...options }, more);

it('removes the project, and its owner', async () => {
  const root = await workspaceWith({ bikes: {}, weather: {} });
  writeFiles(root, { 'projects/bikes/.venv/x': '', 'projects/bikes/src/bikes/__pycache__/x': '' });
  const said = await remove(root);
  expect(existsSync(join(root, 'projects/bikes'))).toBe(false);
  expect(readFileSync(join(root, '.github/CODEOWNERS'), 'utf8')).not.toContain('bikes');
  expect(said).toContain('The store keeps the runs and models of bikes.');
  expect(said).toContain('git add --all && git commit -m "Remove bikes"');
});

it('does nothing the second time, and nothing when it is only asked', async () => {
  const root = await workspaceWith({ bikes: {} });
  await remove(root, {}, { dry: true });
  expect(git(root, 'status', '--porcelain')).toBe('');
  await remove(root);
  commit(root);
  expect(await remove(root)).toContain('bikes is gone already');
  await expect(remove(root, { name: 'never' })).rejects.toThrow('there is no project "never"');
});

it('keeps what git ignores, and says where', async () => {
  const root = await workspaceWith({ bikes: {} });
  commitFiles(root, { '.gitignore': '*.parquet\n.fabrica\n' });
  writeFiles(root, { 'projects/bikes/data/big.parquet': 'x' });
  expect(await remove(root)).toContain('Kept, since git ignores it: projects/bikes/data/big.parquet');
  expect(Object.keys(contents(root, 'projects/bikes'))).toEqual(['data/big.parquet']);
});

describe('a project that others use', () => {
  const files = (uses: string) => ({
    'projects/weather/fabrica.yaml': `owner: "@acme/team"\nexperiments:\n  uses: ${uses}\ntemplate: { version: 1, parts: [] }\n`,
    'projects/weather/experiments/a.py': 'import pandas\nfrom bikes.data import read_rentals\n',
  });

  it('stays, with the places', async () => {
    const root = await workspaceWith({ bikes: {}, weather: {} });
    commitFiles(root, files('[bikes]'));
    const failure = remove(root);
    await expect(failure).rejects.toThrow('projects/weather/fabrica.yaml: experiments.uses names bikes');
    await expect(failure).rejects.toThrow('projects/weather/experiments/a.py:2 imports bikes.data');
    await expect(failure).rejects.toThrow('npx nx g fabrica:remove bikes --force');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it.each([
    ['[bikes]', '[]'],
    ['[bikes, cars] # why', '[cars] # why'],
    ['\n    - cars # a\n    - bikes # b', '\n    - cars # a'],
    ['\n    - bikes', '[]'],
  ])('goes by --force, and %j becomes %j', async (before, after) => {
    const root = await workspaceWith({ bikes: {}, weather: {} });
    commitFiles(root, files(before));
    const said = await remove(root, { force: true });
    expect(said).toContain('These imports work no longer:\n  projects/weather/experiments/a.py:2');
    expect(contents(root, 'projects/weather')['fabrica.yaml']).toBe(
      files(after)['projects/weather/fabrica.yaml'],
    );
  });
});

it('stays while git could not bring it back', async () => {
  const root = await workspaceWith({ bikes: {} });
  writeFiles(root, { 'projects/bikes/notes.md': 'new' });
  await expect(remove(root)).rejects.toThrow('projects/bikes has changes that are not committed');
  await remove(root, { force: true });
  expect(existsSync(join(root, 'projects/bikes'))).toBe(false);
});

it('stays while something of it runs, which --force ends', async () => {
  const root = await workspaceWith({ bikes: {} });
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const ended = new Promise((done) => child.once('exit', done));
  const command = ['node'];
  registerProcess(root, {
    id: 'x',
    pid: child.pid as number,
    kind: 'service',
    project: 'bikes',
    command,
    log: '',
  });
  await expect(remove(root)).rejects.toThrow('npx nx run bikes:stop');
  await remove(root, { force: true });
  await ended;
  expect(existsSync(join(root, 'projects/bikes'))).toBe(false);
});
