import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith } from '../../workspace/testing/folder';
import { ignoreArguments, ignoredIn, isIgnored, patternsIn } from './ignored';
import { restoreIgnored } from './restore';
import { findUnison, newsIn, shellScript, syncArguments } from './unison';

const PROBES = '.fabrica/develop/rides/clusters/staging/probes';
const { signal } = new AbortController();

it('tells Unison what to keep in step, that nothing may be lost, and what stays out', () => {
  const root = folderWith({});
  const args = syncArguments({
    ...{ root, shell: '/state/shell', folders: ['projects/rides', 'packages/routes'], probes: PROBES },
    ignores: ['-ignore', 'Regex projects/rides/(.*/)?\\.venv'],
  });
  const text = args.join(' ');
  expect(args.slice(0, 2)).toEqual([root, 'ssh://pod//workspace']);
  for (const part of [
    '-sshcmd /state/shell -servercmd unison',
    '-batch',
    '-repeat 1',
    `-copyonconflict -prefer ${root}`,
    `-path projects/rides -path packages/routes -path ${PROBES}`,
    '-ignore Regex projects/rides/(.*/)?\\.venv',
  ])
    expect(text).toContain(part);
});

it('stands for ssh with a script that takes any word', () => {
  const script = join(folderWith({ shell: shellScript(['printf', '%s|', "it's", 'a b']) }), 'shell');
  const words = [script, 'pod', '-e', 'none', 'unison', '-server', '__new-rpc-mode'];
  expect(execFileSync('sh', words, { encoding: 'utf8' })).toBe("it's|a b|unison|-server|__new-rpc-mode|");
});

it.each([
  [
    'changed  ====> changed    projects/rides/a b.py  ',
    { kind: 'conflict', path: 'projects/rides/a b.py', here: 'changed', there: 'changed' },
  ],
  [
    'deleted  ====> changed    projects/rides/a.py  ',
    { kind: 'conflict', path: 'projects/rides/a.py', here: 'deleted', there: 'changed' },
  ],
  [
    'new file ====> new file   projects/rides/a.py  ',
    { kind: 'conflict', path: 'projects/rides/a.py', here: 'new file', there: 'new file' },
  ],
  [`file     ---->            ${PROBES}/7f  `, { kind: 'through', probe: '7f' }],
  [`         <---- file       ${PROBES}/7f  `, { kind: 'through', probe: '7f' }],
  ['         <---- file       projects/rides/a.py  ', undefined],
  ['[END] Deleting projects/rides/data', { kind: 'deleted' }],
  ['Failed [projects/rides/ro/b]: Error in processing', { kind: 'failure', path: 'projects/rides/ro/b' }],
  ['[ERROR] Skipping projects/rides/secret', { kind: 'failure', path: 'projects/rides/secret' }],
  ['Synchronization complete at 00:13:41  (1 item transferred, 0 skipped, 0 failed)', { kind: 'complete' }],
  ['Synchronization incomplete at 00:13:41  (0 items transferred, 1 failed)', { kind: 'complete' }],
])('reads %j', (line, news) => {
  expect(newsIn(line, PROBES)).toEqual(news);
});

it('says how to install Unison where it is not', async () => {
  const { PATH } = process.env;
  process.env.PATH = folderWith({});
  try {
    await expect(findUnison(signal)).rejects.toMatchObject({
      code: 'no-unison',
      hint: expect.stringMatching(/install unison/) as string,
    });
  } finally {
    process.env.PATH = PATH;
  }
});

describe('what stays out', () => {
  const root = folderWith({
    '.gitignore': '.venv\n/build\n*.tmp\n# a comment\n',
    'projects/other/.gitignore': 'everything\n',
    'projects/rides/.gitignore': 'data/*.bin\n!data/small.bin\n/models/\nlogs/**/*.log\n',
    'projects/rides/data/.gitignore': 'raw[0-9]?\n',
  });
  execFileSync('git', ['init', '--quiet'], { cwd: root });

  it.each([
    ['projects/rides/.venv/lib/x.py', true],
    ['projects/rides/src/a.tmp', true],
    ['projects/rides/data/large.bin', true],
    ['projects/rides/data/small.bin', false],
    ['projects/rides/data/days.csv', false],
    ['projects/rides/data/deep/large.bin', false],
    ['projects/rides/data/deep/raw1x', true],
    ['projects/rides/models/a/b', true],
    ['projects/rides/src/models/a.py', false],
    ['projects/rides/logs/a/b/c.log', true],
    ['projects/rides/build', false],
    ['projects/rides/everything', false],
    ['projects/rides/src/__pycache__/a.cpython-311.pyc', true],
    ['projects/rides/.env', true],
    ['projects/rides/src/rides/service.py', false],
    ['projects/rides/notebooks/.ipynb_checkpoints/a.ipynb', true],
  ])('%s: %s', async (path, expected) => {
    const patterns = await ignoredIn(root, ['projects/rides'], signal);
    expect(isIgnored(path, patterns)).toBe(expected);
    expect(ignoreArguments(patterns)).toContain('Regex projects/rides/(.*/)?\\.venv');
  });

  it('is put back when a folder around it is deleted', () => {
    const archive = folderWith({
      'backup/projects/rides/data/large.bin': 'kept',
      'backup/projects/rides/data/days.csv': 'deleted, as it should be',
      'backup/projects/rides/.bak.1.data/other.bin': 'kept too',
      'backup/projects/rides/models.bin': 'there',
    });
    const here = folderWith({ 'projects/rides/models.bin': 'is' });
    const patterns = patternsIn('*.bin', 'projects/rides');
    expect(restoreIgnored(here, archive, patterns).sort()).toEqual([
      'projects/rides/data/large.bin',
      'projects/rides/data/other.bin',
    ]);
    expect(readFileSync(join(here, 'projects/rides/data/large.bin'), 'utf8')).toBe('kept');
    expect(existsSync(join(here, 'projects/rides/data/days.csv'))).toBe(false);
    expect(readFileSync(join(here, 'projects/rides/models.bin'), 'utf8')).toBe('is');
  });
});
