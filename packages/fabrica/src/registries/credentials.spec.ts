import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redact } from '../support/secrets';
import { apr1, embeddedCredentials, passwordFile } from './credentials';

// Answers of `openssl passwd -apr1 -salt SALT PASSWORD`.
test.each([
  ['secret', 'abcdefgh', '$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/'],
  ['x', 'aa', '$apr1$aa$0h7Xae66wqzCA44.IWJnU1'],
  ['a-much-longer-password-of-32-chars', 'zzZZ09./', '$apr1$zzZZ09./$36ObVhfny8D1srnoeWAiR.'],
])('apr1 of %s', (password, salt, hash) => {
  expect(apr1(password, salt)).toBe(hash);
});

test('a workspace has one password, at random, for its owner alone', () => {
  const root = mkdtempSync(join(tmpdir(), 'fabrica-'));
  const other = mkdtempSync(join(tmpdir(), 'fabrica-'));
  try {
    const credentials = embeddedCredentials(root);
    expect(embeddedCredentials(root)).toEqual(credentials);
    expect(embeddedCredentials(other).password).not.toBe(credentials.password);
    expect(redact(`login with ${credentials.password}`)).toBe('login with ***');
    const file = passwordFile(join(root, '.fabrica', 'registries'), credentials);
    const modes = [join(root, '.fabrica/registries/credentials.json'), file].map((path) =>
      (statSync(path).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(['600', '600']);
    const before = readFileSync(file, 'utf8');
    expect(before).not.toContain(credentials.password);
    passwordFile(join(root, '.fabrica', 'registries'), credentials);
    expect(readFileSync(file, 'utf8')).toBe(before);
  } finally {
    for (const folder of [root, other]) rmSync(folder, { recursive: true, force: true });
  }
});
