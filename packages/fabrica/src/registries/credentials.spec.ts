import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

test('several who want it first at once get the same password', async () => {
  const root = mkdtempSync(join(tmpdir(), 'fabrica-'));
  const program = `
    require('@swc-node/register');
    const { embeddedCredentials } = require(${JSON.stringify(join(__dirname, 'credentials.ts'))});
    const { existsSync } = require('node:fs');
    process.stdout.write('ready\\n');
    while (!existsSync(${JSON.stringify(join(root, 'go'))}));
    process.stdout.write(embeddedCredentials(${JSON.stringify(root)}).password);
  `;
  const start = () => {
    const child = spawn(process.execPath, ['-e', program], {
      cwd: join(__dirname, '..', '..'),
      env: { ...process.env, SWC_NODE_PROJECT: join(__dirname, '..', '..', 'tsconfig.json') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    const ended = new Promise<string>((done) => child.once('close', () => done(said)));
    const ready = new Promise<void>((done) =>
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        done();
      }),
    );
    return { ready, ended };
  };
  try {
    const children = [1, 2, 3, 4].map(start);
    await Promise.all(children.map(({ ready }) => ready));
    writeFileSync(join(root, 'go'), '');
    const passwords = await Promise.all(children.map(({ ended }) => ended));
    expect(new Set(passwords)).toEqual(new Set([`ready\n${embeddedCredentials(root).password}`]));
    expect(readdirSync(join(root, '.fabrica/registries'))).toEqual(['credentials.json']);
    expect((statSync(join(root, '.fabrica/registries/credentials.json')).mode & 0o777).toString(8)).toBe(
      '600',
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}, 60_000);
