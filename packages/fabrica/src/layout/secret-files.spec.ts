import { execFileSync } from 'node:child_process';
import { folderWith } from '../workspace/testing/folder';
import { IGNORED_SECRETS, isSecretFile } from './secret-files';

it.each(['.env', 'a/.env.production', '.ENV', 'certs/server.pem', 'id_rsa', '.streamlit/secrets.toml'])(
  '%s holds secrets by its name',
  (path) => expect(isSecretFile(path)).toBe(true),
);

it.each(['.env.example', 'a/.env.template', 'id_rsa.pub', 'environment.yml', 'src/env.py', 'keys.csv'])(
  '%s does not',
  (path) => expect(isSecretFile(path)).toBe(false),
);

it('git ignores .env files wherever they are, and not the examples of them', () => {
  const files = ['.env', 'a/.env.local', '.env.example', 'a/.env.sample', 'a.env.py'];
  const root = folderWith({
    ...Object.fromEntries(files.map((path) => [path, ''])),
    '.gitignore': IGNORED_SECRETS.join('\n'),
  });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  git('init', '--quiet');
  const shown = git('ls-files', '--others', '--exclude-standard').trim().split('\n');
  expect(shown).toEqual(['.env.example', '.gitignore', 'a.env.py', 'a/.env.sample']);
});
