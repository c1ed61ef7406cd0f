import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../../package.json';
import { describeCreate } from './packed/create';
import { IDENTITY, PackedHouse } from './packed/house';
import { describeMigrate } from './packed/migrate';
import { describePlugin } from './packed/plugin';
import { commit, git, nxOk } from './workspace';

const MINUTES = 60_000;

/** The npm packages as others get them: packed, published to a private registry, installed from there. */
describe('from the private registry', () => {
  const packed = new PackedHouse();
  const root = join(packed.folder, 'acme-science');
  const json = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  let said = '';

  beforeAll(async () => {
    await packed.open();
    const flags = [
      '--owner=mobility',
      `--npm-registry=${packed.url}`,
      '--image-registry=images.acme.example',
    ];
    const { code, output } = await packed.create(['acme-science', ...flags], IDENTITY);
    expect([code, output]).toEqual([0, expect.any(String)]);
    said = output;
  }, 15 * MINUTES);

  afterAll(() => packed.close(), MINUTES);

  it('npx create-fabrica makes a workspace, committed, and says what to type next', () => {
    expect(said).toContain('Next:\n  cd acme-science\n  npx nx test bikes\n  npx nx run bikes:deploy\n');
    expect(git(root, 'log', '--format=%an %s').trim()).toBe('Anna Start acme-science');
    expect(git(root, 'status', '--porcelain')).toBe('');
    expect(json('package.json').devDependencies).toEqual({
      '@nx/docker': expect.any(String),
      fabrica: version,
      nx: expect.any(String),
    });
    expect(json('nx.json').plugins).toEqual([
      expect.objectContaining({ plugin: '@nx/docker' }),
      {
        plugin: 'fabrica/plugin',
        options: {
          environments: { staging: {}, production: {} },
          registries: { npm: { url: packed.url } },
          images: { registry: 'images.acme.example' },
        },
      },
    ]);
    // The lock works with any registry.
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toContain('"resolved": "http');
    expect(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8')).toContain('npx nx sync:check');
  });

  describe('the plugin', () => {
    beforeAll(() => {
      nxOk(root, ['g', 'fabrica:project', 'bikes', '--service', '--no-interactive']);
      commit(root, 'Add a service');
    }, 5 * MINUTES);
    describePlugin(root);
    describeMigrate(packed, root);
  });

  describe('npx create-fabrica', () => describeCreate(packed));
});
