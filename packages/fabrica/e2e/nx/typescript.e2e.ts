import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectPasses, HERE, nxOk, workspaceWithPlugin } from './workspace';

/** A generated TypeScript package, in a workspace that has the tools. */
describe('nx g fabrica:package --language typescript', () => {
  const root = workspaceWithPlugin({});
  cpSync(join(HERE, 'eslint.config.mjs'), join(root, 'eslint.config.mjs'));
  nxOk(root, ['g', 'fabrica:package', 'charts', '--language=typescript', '--skipLock', '--no-interactive']);

  it.each(['test', 'lint', 'typecheck', 'build'])('%s passes', (target) => {
    expectPasses(root, `charts:${target}`);
  });

  it('builds what its package.json names', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'packages/charts/package.json'), 'utf8')) as {
      exports: { '.': Record<string, string> };
    };
    expect(
      Object.values(exports['.']).filter((file) => !existsSync(join(root, 'packages/charts', file))),
    ).toEqual([]);
    expect(existsSync(join(root, 'packages/charts/dist/clip.spec.js'))).toBe(false);
  });
});
