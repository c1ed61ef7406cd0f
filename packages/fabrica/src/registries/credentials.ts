import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readDocument, readIfThere, stateFolder, writeAtomically, writeDocument } from '../support/files';
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
  const found = readDocument(file, shape, 'nx run workspace:registries reset');
  const credentials = found ?? { username: 'fabrica', password: randomBytes(24).toString('base64url') };
  if (!found) writeDocument(file, credentials, 0o600);
  rememberSecret(credentials.password);
  rememberSecret(basicToken(credentials));
  return credentials;
}

/** A password file in Apache's format, which pypiserver and Verdaccio read. Rewritten only for another password. */
export function passwordFile(folder: string, { username, password }: Credentials): string {
  const file = join(folder, 'htpasswd');
  const [, salt] = /\$apr1\$([^$]+)\$/.exec(readIfThere(file) ?? '') ?? [];
  const line = `${username}:${apr1(password, salt ?? randomSalt())}\n`;
  if (readIfThere(file) !== line) writeAtomically(file, line, 0o600);
  return file;
}

/** What an `Authorization: Basic` header carries. */
export function basicToken({ username, password }: Credentials): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function randomSalt(): string {
  return [...randomBytes(8)].map((byte) => ALPHABET[byte & 63]).join('');
}

/**
 * Hashes a password as `openssl passwd -apr1` does: Apache's variant of MD5-crypt, the one format that both
 * registries read. Our passwords have 192 random bits, so its weakness against guessing doesn't matter.
 */
export function apr1(password: string, salt: string): string {
  const secret = Buffer.from(password);
  const md5 = (...parts: (string | Buffer)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('md5')).digest();
  let digest = md5(...seed(secret, salt, md5(secret, salt, secret)));
  for (let round = 0; round < 1000; round++) {
    digest = md5(
      round & 1 ? secret : digest,
      round % 3 ? salt : '',
      round % 7 ? secret : '',
      round & 1 ? digest : secret,
    );
  }
  return `$apr1$${salt}$${encode(digest)}`;
}

function seed(secret: Buffer, salt: string, alternate: Buffer): (string | Buffer)[] {
  const parts: (string | Buffer)[] = [secret, '$apr1$', salt];
  for (let left = secret.length; left > 0; left -= 16) parts.push(alternate.subarray(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1)
    parts.push(bits & 1 ? Buffer.from([0]) : secret.subarray(0, 1));
  return parts;
}

function encode(digest: Buffer): string {
  const at = (index: number): number => digest[index] as number;
  const triples = [0, 1, 2, 3, 4].map((i) => (at(i) << 16) | (at(i + 6) << 8) | at(i === 4 ? 5 : i + 12));
  return [...triples.map((value) => letters(value, 4)), letters(at(11), 2)].join('');
}

function letters(value: number, count: number): string {
  return Array.from({ length: count }, (_, index) => ALPHABET[(value >> (6 * index)) & 63]).join('');
}
