import { posix } from 'node:path';

/** Files that hold secrets by convention, by their names as .gitignore writes them. */
const SECRET = [
  ...['.env', '.env.*', '.envrc', '.netrc', '.pgpass', '.pypirc'],
  ...['*.pem', '*.key', '*.p12', '*.pfx', 'id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519'],
  ...['credentials.json', 'client_secret*.json', 'service-account*.json', 'kaggle.json', 'secrets.toml'],
];

/** What shows which variables there are, without their values. */
const EXAMPLES = ['.env.example', '.env.sample', '.env.template'];

/** For every .gitignore: of the names above those that no other file ever has. */
export const IGNORED_SECRETS: readonly string[] = [
  ...['.env', '.env.*'],
  ...EXAMPLES.map((name) => `!${name}`),
];

const IS_SECRET = SECRET.map(
  (name) => new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 'i'),
);

/**
 * Whether a file holds secrets by its name, and so must not be committed.
 *
 * @example
 * isSecretFile('config/.env.production'); // true
 * isSecretFile('.env.example'); // false
 */
export function isSecretFile(path: string): boolean {
  const name = posix.basename(path);
  return !EXAMPLES.includes(name.toLowerCase()) && IS_SECRET.some((pattern) => pattern.test(name));
}
