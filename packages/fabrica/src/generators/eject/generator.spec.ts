import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { stateInputs } from '../../python/lock-inputs';
import { readProject } from '../../workspace';
import { folderWith, writeFiles } from '../../workspace/testing/folder';
import { commit, commitFiles, contents, generate, git, workspaceWith } from '../testing/workspace';
import renameGenerator from '../rename/generator';
import ejectGenerator from './generator';
import { plainLock, plainManifest } from './manifest';
import { plainCommands, withPlainCommands } from './plain';
import { plainReadme } from './readme';

const FOLDER = 'projects/bikes';

/** A project that needs nothing of a registry, with locks. */
async function standalone(): Promise<string> {
  const root = await workspaceWith({ bikes: {} });
  const text = readFileSync(join(root, FOLDER, 'pyproject.toml'), 'utf8');
  commitFiles(root, {
    [`${FOLDER}/pyproject.toml`]: text
      .replace(/^dependencies = \[\n[^]*?\n\]/m, 'dependencies = []')
      .replace(/^dev = \[\n[^]*?\n\]/m, 'dev = []')
      .replace(/^fabrica-.*\n/gm, ''),
    [`${FOLDER}/requirements.txt`]: 'six==1.17.0\n',
    [`${FOLDER}/requirements-dev.txt`]: 'six==1.17.0\n',
  });
  stateInputs(root, FOLDER);
  commit(root);
  return root;
}

const eject = (root: string, to: string, remove = false) =>
  generate(root, ejectGenerator, { name: 'bikes', to, remove });

describe('a repository of its own', () => {
  it('has the history of the project, also under its older name, and nothing else', async () => {
    const root = await standalone();
    git(root, 'commit', '--allow-empty', '--message', 'Elsewhere', '--quiet');
    await generate(root, renameGenerator, { name: 'bikes', to: 'cycles' });
    git(root, 'add', '--all');
    git(root, '-c', 'user.name=Ada', 'commit', '--quiet', '--message', 'Räder: "cycles"\n\nWhy.');
    const to = join(folderWith({}), 'cycles');
    await generate(root, ejectGenerator, { name: 'cycles', to });
    expect(git(to, 'log', '--format=%s %an')).toBe(
      'cycles stands on its own t\nRäder: "cycles" Ada\nx t\nx t\nx t\n',
    );
    expect(git(to, 'log', '--format=%b', '-1', 'HEAD~1').trim()).toBe('Why.');
    expect(git(to, 'show', '--stat', '--format=', 'HEAD~2')).not.toContain('packages');
    expect(git(to, 'show', 'HEAD~2:src/bikes/data.py')).toContain('def read_rentals');
    expect(git(to, 'status', '--porcelain')).toBe('');
    expect(git(to, 'fsck', '--full')).not.toContain('missing');
    expect(git(root, 'status', '--porcelain')).toBe('');
  });

  it('has the manifests of the clusters that it runs in, and says why it has none of others', async () => {
    const root = await standalone();
    const environment = (registry: string) =>
      `context: c\nnamespace: science\nregistry: ${registry}\nstore: s3://acme/science\n`;
    const digest = `sha256:${'a'.repeat(64)}`;
    const reference = `registry.example.com/science/bikes@${digest}`;
    // No pipeline: planning one runs Python.
    git(root, 'rm', '--quiet', '-r', `${FOLDER}/src/bikes/pipelines`, `${FOLDER}/tests`);
    commitFiles(root, {
      [`${FOLDER}/src/bikes/service.py`]: '',
      [`${FOLDER}/requirements.txt`]: 's3fs==2026.1.0\n',
      [`${FOLDER}/requirements-dev.txt`]: 's3fs==2026.1.0\n',
      'environments/staging.yaml': environment('registry.example.com/science'),
      'environments/far.yaml': environment('far.example.com/science'),
    });
    stateInputs(root, FOLDER);
    commit(root);
    const record = {
      schema: 1,
      project: 'bikes',
      version: '0.1.0',
      commit: null,
      dirty: false,
      image: 'bikes:1',
    };
    writeFiles(root, {
      '.fabrica/images/bikes/image.json': JSON.stringify({
        ...{ ...record, id: digest, layers: [], reference, bases: [], sbom: 'x' },
      }),
    });
    const to = join(folderWith({}), 'bikes');
    await eject(root, to);
    const files = contents(to, '.');
    expect(files['manifests/staging/service.yaml']).toContain(`image: ${reference}`);
    expect(Object.keys(files).filter((path) => path.startsWith('manifests/far'))).toEqual([]);
    expect(files['README.md']).toContain('kubectl apply --server-side -f manifests/staging');
    expect(files['README.md']).not.toContain('manifests/far');
  });

  it('knows neither the toolkit nor its registry', async () => {
    const root = await standalone();
    const to = join(folderWith({}), 'a', 'bikes');
    const said = await eject(root, to);
    const files = contents(to, '.');
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['Dockerfile', '.dockerignore', '.github/workflows/ci.yml']),
    );
    expect(Object.keys(files)).not.toContain('fabrica.yaml');
    expect(files['requirements.txt']).toBe('six==1.17.0\n');
    expect(files['Dockerfile']).toContain('CMD ["python","-m","fabrica.pipelines","run","train"]');
    for (const file of ['README.md', 'src/bikes/pipelines/train.py', 'pyproject.toml'])
      expect(files[file]).not.toMatch(/\bnx\b|index/);
    expect(said).toContain('git remote add origin URL');
    expect(existsSync(join(root, FOLDER))).toBe(true);
  });

  it('is made once', async () => {
    const root = await standalone();
    const to = join(folderWith({}), 'bikes');
    await eject(root, to);
    writeFiles(to, { 'mine.md': 'x' });
    expect(await eject(root, to)).toContain('already');
    expect(readFileSync(join(to, 'mine.md'), 'utf8')).toBe('x');
  });

  it('takes the project out of the workspace only when that is said', async () => {
    const root = await standalone();
    await eject(root, join(folderWith({}), 'bikes'), true);
    expect(existsSync(join(root, FOLDER))).toBe(false);
  });

  it('is only told of in a dry run', async () => {
    const root = await standalone();
    const to = join(folderWith({}), 'bikes');
    process.env.NX_DRY_RUN = 'true';
    try {
      expect(await eject(root, to)).toContain('would become the repository of bikes');
    } finally {
      delete process.env.NX_DRY_RUN;
    }
    expect(existsSync(to)).toBe(false);
  });
});

describe('refuses', () => {
  it('a folder in the workspace, or one that holds something', async () => {
    const root = await standalone();
    await expect(eject(root, 'elsewhere')).rejects.toThrow('is in the workspace');
    await expect(eject(root, folderWith({ 'a.txt': '' }))).rejects.toThrow('is not empty');
  });

  it('what is not committed, and a stale lock', async () => {
    const root = await standalone();
    const to = join(folderWith({}), 'bikes');
    writeFiles(root, { [`${FOLDER}/requirements.txt`]: '' });
    await expect(eject(root, to)).rejects.toThrow('changes that are not committed');
    commitFiles(root, {
      [`${FOLDER}/pyproject.toml`]: readFileSync(join(root, FOLDER, 'pyproject.toml'), 'utf8').replace(
        'dependencies = []',
        'dependencies = ["attrs"]',
      ),
    });
    await expect(eject(root, to)).rejects.toThrow('npx nx run bikes:lock');
    expect(existsSync(to)).toBe(false);
  });

  it('to remove what others use, before anything is written', async () => {
    const root = await standalone();
    commitFiles(root, { 'projects/cars/fabrica.yaml': 'owner: a\nexperiments: { uses: [bikes] }\n' });
    const to = join(folderWith({}), 'bikes');
    await expect(eject(root, to, true)).rejects.toThrow('bikes is used by others');
    expect(existsSync(to)).toBe(false);
  });
});

describe('plain files', () => {
  const root = () =>
    workspaceWith({ bikes: { service: true, app: true } }).then((folder) => {
      commitFiles(folder, {
        [`${FOLDER}/fabrica.yaml`]:
          'owner: a\npipelines:\n  train:\n    schedule: "0 4 * * *"\n    parameters: { max_iter: 300 }\n',
      });
      return folder;
    });

  it('say commands with what fabrica.yaml overrides, and when pipelines are to run', async () => {
    const project = readProject(await root(), FOLDER);
    const plain = plainCommands(project, true);
    expect(plain.runs).toEqual([
      expect.stringMatching(/^python -m fabrica\.pipelines run train --settings '.*300.*'$/),
    ]);
    expect(
      withPlainCommands(
        '`npx nx test bikes`, nx run bikes:serve, nx run bikes:status, nx test bikes-2, nx run bikes:run train, nx run bikes:run --no-cache',
        plain,
      ),
    ).toBe(
      '`pytest`, python -m fabrica.serving serve, nx run bikes:status, nx test bikes-2, python -m fabrica.pipelines run train, python -m fabrica.pipelines run train --no-cache',
    );
    expect(plainReadme('# Mine\n\nnpx nx run bikes:app\n', plain, project)).toMatch(
      /^# Mine\n\nstreamlit run src\/bikes\/app\.py\n\n## Work on it\n\n```\npython3\.11[^]*- `train`: `0 4 \* \* \*`[^]*## Dependencies/,
    );
  });

  it('take shared packages from vendor', async () => {
    const text = readFileSync(join(await root(), FOLDER, 'pyproject.toml'), 'utf8');
    expect((parse(plainManifest('x', text, true)) as { tool: { uv: unknown } }).tool.uv).toEqual({
      'find-links': ['vendor'],
    });
    const kept = '[tool.uv.sources]\nmine = { path = "x" }\n';
    expect(plainManifest('x', `${kept}fabrica-storage = { index = "fabrica" }\n`, true)).toBe(
      `${kept}\n[tool.uv]\nfind-links = ["vendor"]\n`,
    );
    expect(() => plainManifest('x', '[tool.uv.sources.fabrica-storage]\nindex = "fabrica"\n', true)).toThrow(
      "can't be changed here",
    );
    expect(plainLock(`# inputs: sha256:${'a'.repeat(64)}\nsix==1\n`, true)).toBe(
      '--find-links vendor\n\nsix==1\n',
    );
  });
});
