import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { registerProcess } from '../../../bin/shared.cjs';
import projectGenerator from '../project/generator';
import { commit, commitFiles, contents, generate, git, workspaceWith } from '../testing/workspace';
import { writeFiles } from '../../workspace/testing/folder';
import renameGenerator from './generator';

const ALL = { pipeline: true, service: true, app: true };
const rename = (root: string, name: string, to: string, more?: { dry: boolean }) =>
  generate(root, renameGenerator, { name, to }, more);

it('makes of a project what the generator makes of the new name', async () => {
  const root = await workspaceWith({ bikes: ALL });
  await rename(root, 'bikes', 'city-bikes');
  const fresh = await workspaceWith({ 'city-bikes': { ...ALL, description: 'Bikes.' } });
  const title = 'src/city_bikes/app.py';
  const [found, wanted] = [root, fresh].map((one) => contents(one, 'projects/city-bikes'));
  expect(found[title]).toBe(wanted[title].replace('st.title("City bikes")', 'st.title("Bikes")'));
  expect({ ...found, [title]: '' }).toEqual({ ...wanted, [title]: '' });
  expect(existsSync(join(root, 'projects/bikes'))).toBe(false);
});

it("keeps a person's edits, history, what git ignores, and who may run what", async () => {
  const root = await workspaceWith({ bikes: {} });
  commitFiles(root, {
    'projects/bikes/run.sh': '#!/bin/sh\npython -m bikes.data\n',
    'projects/bikes/src/bikes/extra.py':
      'import bikes.data\r\n\r\nx = bikes.data.read_rentals( )  # bikes\r\n',
    'projects/bikes/.gitignore': 'big.bin\n',
  });
  chmodSync(join(root, 'projects/bikes/run.sh'), 0o755);
  commit(root);
  writeFiles(root, {
    'projects/bikes/data/big.bin': 'big',
    'projects/bikes/.venv/pyvenv.cfg': '',
    'projects/bikes/src/bikes/__pycache__/x.pyc': '',
  });
  await rename(root, 'bikes', 'cycles');
  const found = contents(root, 'projects/cycles');
  expect(found['src/cycles/extra.py']).toBe(
    'import cycles.data\r\n\r\nx = cycles.data.read_rentals( )  # bikes\r\n',
  );
  expect(found['run.sh']).toBe('#!/bin/sh\npython -m cycles.data\n');
  expect(statSync(join(root, 'projects/cycles/run.sh')).mode & 0o100).toBe(0o100);
  expect(found['data/big.bin']).toBe('big');
  expect(existsSync(join(root, 'projects/bikes'))).toBe(false);
  git(root, 'add', '--all');
  expect(git(root, 'diff', '--cached', '--stat', '-M', '--summary')).toMatch(/rename .*features\.py/);
});

it('renames it in experiments, files and owners of others', async () => {
  const root = await workspaceWith({ bikes: {}, weather: {} });
  commitFiles(root, {
    'projects/weather/fabrica.yaml': 'owner: "@acme/team"\nexperiments:\n  uses: [bikes] # why\n',
    'projects/weather/experiments/a.py':
      'from bikes.data import read_rentals\nopen("../../projects/bikes/data/rentals.csv")\n',
    'projects/weather/src/weather/bikes.py': 'bikes = 1\n',
  });
  await rename(root, 'bikes', 'cycles');
  const found = contents(root, 'projects/weather');
  expect(found['fabrica.yaml']).toBe('owner: "@acme/team"\nexperiments:\n  uses: [cycles] # why\n');
  expect(found['experiments/a.py']).toBe(
    'from cycles.data import read_rentals\nopen("../../projects/cycles/data/rentals.csv")\n',
  );
  expect(found['src/weather/bikes.py']).toBe('bikes = 1\n');
  const owners = readFileSync(join(root, '.github/CODEOWNERS'), 'utf8');
  expect(owners).toContain('/projects/cycles/ @acme/team');
  expect(owners).not.toContain('bikes');
});

it('says where the old name still stands, and what becomes of models', async () => {
  const root = await workspaceWith({ bikes: { app: true } });
  writeFiles(root, { '.fabrica/store/models/bikes/model/_/versions/1.json': '{}' });
  const said = await rename(root, 'bikes', 'cycles');
  expect(said).toContain('"bikes" still stands here');
  expect(said).toMatch(/projects\/cycles\/src\/cycles\/pipelines\/train\.py:1\n/);
  expect(said).toContain('The store keeps runs and models of bikes under that name');
  expect(said).toContain('npx nx test cycles');
});

it('does nothing the second time, and nothing when it is only asked', async () => {
  const root = await workspaceWith({ bikes: {} });
  await rename(root, 'bikes', 'cycles', { dry: true });
  expect(git(root, 'status', '--porcelain')).toBe('');
  await rename(root, 'bikes', 'cycles');
  commit(root);
  expect(await rename(root, 'bikes', 'cycles')).toContain('bikes is called cycles already');
  expect(git(root, 'status', '--porcelain')).toBe('');
});

describe('refuses', () => {
  it.each([
    ['a name that is taken', 'weather', 'projects/weather'],
    ['a name that cannot be', 'pandas', 'it would hide the library'],
    ['a name of another form', 'City Bikes', 'npx nx g fabrica:rename bikes city-bikes'],
  ])('%s', async (_, to, message) => {
    const root = await workspaceWith({ bikes: {}, weather: {} });
    await expect(rename(root, 'bikes', to)).rejects.toThrow(message);
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('a project that is not there', async () => {
    const root = await workspaceWith({ bikes: {} });
    await expect(rename(root, 'bike', 'x')).rejects.toThrow('did you mean "bikes"');
  });

  it('what a person must rewrite, by its place', async () => {
    const root = await workspaceWith({ bikes: {} });
    commitFiles(root, { 'projects/bikes/tests/test_x.py': 'import bikes.data\nbikes = bikes.data\n' });
    await expect(rename(root, 'bikes', 'cycles')).rejects.toThrow('projects/bikes/tests/test_x.py:1');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('a project that runs', async () => {
    const root = await workspaceWith({ bikes: {} });
    const note = { id: 'x', pid: process.pid, kind: 'service', project: 'bikes', command: ['x'], log: '' };
    registerProcess(root, note);
    await expect(rename(root, 'bikes', 'cycles')).rejects.toThrow('npx nx run bikes:stop');
  });
});

it('leaves a project that the generator knows: parts can be added', async () => {
  const root = await workspaceWith({ bikes: {} });
  await rename(root, 'bikes', 'cycles');
  await generate(root, projectGenerator, { name: 'cycles', app: true, skipLock: true });
  expect(contents(root, 'projects/cycles')['src/cycles/app.py']).toContain('from cycles.data');
});
