import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import plugin from '../../fabrica/package.json';
import own from '../package.json';
import { FLAGS, help } from './flags';

test('the version is that of the plugin, which is what gets installed', () => {
  expect(own.version).toBe(plugin.version);
  expect(own.engines).toEqual(plugin.engines);
});

test('nothing else comes with it', () => {
  expect(own).not.toHaveProperty('dependencies');
});

test('the help names every flag', () => {
  for (const flag of Object.keys(FLAGS)) expect(help()).toContain(`--${flag}`);
});

test('an old Node is told which one is wanted', () => {
  const program = join(__dirname, '..', 'bin', 'create-fabrica.cjs');
  const old = `Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); require(${JSON.stringify(program)})`;
  const script = `${old}; process.on('exit', (code) => console.log('exit ' + code))`;
  const said = execFileSync(
    'sh',
    ['-c', `"${process.execPath}" -e '${script.replaceAll("'", `'\\''`)}' 2>&1 || true`],
    {
      encoding: 'utf8',
    },
  );
  expect(said).toContain('error: Fabrica needs Node 20.19 or newer');
  expect(said).toContain('exit 1');
});
