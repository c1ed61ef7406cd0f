import type { ExecutorContext } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { folderWith } from '../../workspace/testing/folder';
import stop from '../stop/executor';
import vm from './executor';

process.env.NO_COLOR = '1';

const ENVIRONMENT = `context: staging
namespace: science
registry: registry.example.com/science
store: s3://artifacts/science
prices: { currency: EUR, cpuHour: 0.05, memoryGiBHour: 0.005, gpuHour: 2 }
`;

/** Stands for gcloud, which can't run here: it writes down what it is asked, and answers as it would. */
const GCLOUD = `#!/bin/sh
there="\${0%/*}/there"
printf '%s\\n' "$*" >> "\${0%/*}/asked"
case "$*" in
  "config get-value compute/zone") cat "\${0%/*}/zone" ;;
  *"images list"*) echo common-cu999 ;;
  *"machine-types describe"*) printf '8\\t30720\\n' ;;
  *"instances describe"*)
    [ ! -e "\${0%/*}/away" ] || { echo 'ERROR: unable to connect' >&2; exit 1; }
    [ -e "$there" ] || { echo 'ERROR: The resource was not found' >&2; exit 1; } ;;
  *"instances create"*) touch "$there" ;;
  *"compute scp"*)
    [ ! -e "\${0%/*}/broken" ] || { echo 'ERROR: scp: no space left on device' >&2; exit 1; }
    tar -tzf "$3" > "\${0%/*}/files" ;;
  *"instances delete"*) rm "$there" ;;
esac
`;

const PYPROJECT =
  '[project]\nname = "bikes"\nversion = "0.1.0"\nrequires-python = ">=3.11"\ndependencies = []\n';

function workspace(): { root: string; bin: string } {
  const root = folderWith({
    'nx.json': '{}',
    '.gitignore': '.venv\n.fabrica\n',
    'environments/staging.yaml': ENVIRONMENT,
    'projects/bikes/fabrica.yaml': 'owner: me\n',
    'projects/bikes/pyproject.toml': PYPROJECT,
    'projects/bikes/requirements.txt': '',
    'projects/bikes/requirements-dev.txt': '',
    'projects/bikes/src/bikes/__init__.py': '',
    'projects/bikes/.venv/secret': '',
  });
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  const bin = folderWith({ gcloud: GCLOUD, zone: 'europe-west6-a\n' });
  chmodSync(join(bin, 'gcloud'), 0o755);
  return { root, bin };
}

/** What a command prints, and whether it went well. */
async function said<T>(
  executor: (options: T, context: ExecutorContext) => Promise<{ success: boolean }>,
  { root, bin }: { root: string; bin: string },
  options: T,
): Promise<{ success: boolean; text: string }> {
  const { PATH } = process.env;
  process.env.PATH = [bin, PATH].join(delimiter);
  const writes = [process.stdout, process.stderr].map((one) =>
    jest.spyOn(one, 'write').mockReturnValue(true),
  );
  const projectsConfigurations = { version: 2, projects: { bikes: { root: 'projects/bikes' } } };
  const context = { root, projectName: 'bikes', projectsConfigurations } as unknown as ExecutorContext;
  try {
    const { success } = await executor(options, context);
    return { success, text: writes.flatMap(({ mock }) => mock.calls.map(([text]) => String(text))).join('') };
  } finally {
    process.env.PATH = PATH;
    writes.forEach((one) => one.mockRestore());
  }
}

const asked = (bin: string): string[] => readFileSync(join(bin, 'asked'), 'utf8').split('\n');

it('makes a machine that Google deletes, with code and environment; a second time joins; stop deletes it', async () => {
  const at = workspace();
  const made = await said(vm, at, { hours: 2 });
  expect(made).toMatchObject({ success: true });
  expect(made.text).toMatch(
    /bikes-[\w-]+: e2-standard-8, deleted after 2 hours; 0\.55 EUR an hour, 1\.10 EUR in 2 hours/,
  );
  const [name = ''] = /bikes-[\w-]+/.exec(made.text) ?? [];
  expect(asked(at.bin)).toEqual(
    expect.arrayContaining([
      `compute instances create ${name} --zone=europe-west6-a --machine-type=e2-standard-8 --max-run-duration=7200s --instance-termination-action=DELETE --image-project=debian-cloud --image-family=debian-12 --boot-disk-size=100GB --scopes=cloud-platform --labels=managed-by=fabrica --quiet`,
      `compute ssh ${name} --zone=europe-west6-a --quiet --command=true`,
      'mv source bikes',
      "../.uv/bin/uv venv -q --clear --python '>=3.11' .venv",
      '../.uv/bin/uv pip sync -q --python .venv/bin/python --require-hashes --find-links ../wheels requirements-dev.txt',
    ]),
  );
  const files = readFileSync(join(at.bin, 'files'), 'utf8');
  expect(files).toMatch(/^source\/src\/bikes\/__init__\.py$/m);
  expect(files).not.toContain('.venv');
  expect((await said(vm, at, { json: true })).text).toContain(
    `"name":"${name}","zone":"europe-west6-a","outcome":"joined"`,
  );
  expect(asked(at.bin).filter((line) => line.includes('create'))).toHaveLength(1);
  expect((await said(stop, at, {})).text).toContain(`Deleted the virtual machine ${name}`);
  expect(asked(at.bin)).toContain(`compute instances delete ${name} --zone=europe-west6-a --quiet`);
  expect(existsSync(join(at.bin, 'there'))).toBe(false);
});

it('takes a GPU, with the newest image that has drivers', async () => {
  const at = workspace();
  const { text } = await said(vm, at, { gpu: 2, zone: 'us-central1-a' });
  expect(text).toContain('n1-standard-8, 2 nvidia-tesla-t4, deleted after 8 hours; 4.55 EUR an hour');
  const create = asked(at.bin).find((line) => line.includes('create'));
  expect(create).toContain('--zone=us-central1-a --machine-type=n1-standard-8');
  expect(create).toContain('--image-project=deeplearning-platform-release --image=common-cu999');
  expect(create).toContain(
    '--accelerator=type=nvidia-tesla-t4,count=2 --metadata=install-nvidia-driver=True --maintenance-policy=TERMINATE',
  );
});

it('leaves no machine that could not be set up', async () => {
  const at = workspace();
  writeFileSync(join(at.bin, 'broken'), '');
  const { success, text } = await said(vm, at, {});
  expect([success, text]).toEqual([false, expect.stringContaining('gcloud compute scp')]);
  expect(text).toContain('no space left on device');
  expect(existsSync(join(at.bin, 'there'))).toBe(false);
});

it('does not forget a machine while Google does not answer', async () => {
  const at = workspace();
  await said(vm, at, {});
  writeFileSync(join(at.bin, 'away'), '');
  expect(await said(stop, at, {})).toMatchObject({ success: false });
  expect(existsSync(join(at.root, '.fabrica/vm/bikes.json'))).toBe(true);
});

it('says what to do without a zone, and without gcloud', async () => {
  const at = workspace();
  writeFileSync(join(at.bin, 'zone'), '');
  expect((await said(vm, at, {})).text).toContain('gcloud config set compute/zone');
  const { PATH } = process.env;
  process.env.PATH = '';
  try {
    const { text } = await said(vm, { root: at.root, bin: at.root }, {});
    expect(text).toContain('https://cloud.google.com/sdk/docs/install');
  } finally {
    process.env.PATH = PATH;
  }
});
