import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redact } from '../support/secrets';
import { embeddedCredentials, passwordFile } from './credentials';

// The answer of `htpasswd -nbs fabrica secret`.
test('the entry of the password file is what htpasswd writes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fabrica-'));
  try {
    const file = passwordFile(folder, { username: 'fabrica', password: 'secret' });
    expect(readFileSync(file, 'utf8')).toBe('fabrica:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
