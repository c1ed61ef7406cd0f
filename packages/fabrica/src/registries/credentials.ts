import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readDocument, readIfThere, stateFolder, writeAtomically, writeOnce } from '../support/files';
import { rememberSecret } from '../support/secrets';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const shape = z.object({ username: z.string(), password: z.string().min(20) });

/** The folder of the embedded registries: readable by its owner alone. */
export function registryFolder(root: string, ...parts: string[]): string {
  mkdirSync(stateFolder(root, 'registries'), { recursive: true, mode: 0o700 });
  const folder = stateFolder(root, 'registries', ...parts);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The user and password of this workspace's own registries: made at random once, kept in a file of mode 0600. */
export function embeddedCredentials(root: string): Credentials {
  const file = join(registryFolder(root), 'credentials.json');
  for (;;) {
    const found = readDocument(file, shape, 'npx nx run workspace:registries reset');
    if (found) return remember(found);
    const made: Credentials = { username: 'fabrica', password: randomBytes(24).toString('base64url') };
    writeOnce(file, JSON.stringify(made, null, 2) + '\n', 0o600);
  }
}

function remember(credentials: Credentials): Credentials {
  rememberSecret(credentials.password);
  rememberSecret(basicToken(credentials));
  return credentials;
}

/**
 * A password file in Apache's format, which pypiserver and Verdaccio read. Its SHA-1 entry is the one kind that both
 * know besides MD5: our passwords have 192 random bits, so what makes these weak against guessing doesn't matter.
 */
export function passwordFile(folder: string, { username, password }: Credentials): string {
  const file = join(folder, 'htpasswd');
  const line = `${username}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;
  if (readIfThere(file) !== line) writeAtomically(file, line, 0o600);
  return file;
}

/** What an `Authorization: Basic` header carries. */
export function basicToken({ username, password }: Credentials): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
