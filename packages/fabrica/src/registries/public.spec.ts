import { folderWith } from '../workspace/testing/folder';
import { isPublic, refusePublic } from './public';
import { publishNpm } from './publish-npm';
import { upload } from './upload';

const PYPI = 'https://upload.pypi.org/legacy/';
const NPM = 'https://registry.npmjs.org/';
const nxJson = (registries: object) => ({
  'nx.json': JSON.stringify({ plugins: [{ plugin: 'fabrica/plugin', options: { registries } }] }),
});

it.each([
  PYPI,
  'https://test.pypi.org/legacy/',
  NPM,
  'https://registry.npmjs.org:443/',
  'https://registry.yarnpkg.com',
])('%s is public', (url) => expect(isPublic(url)).toBe(true));

it.each([
  'http://127.0.0.1:4873/',
  'https://npm.example.com/npmjs.org/',
  'https://notpypi.org/',
  'https://pypi.org.example.com/',
])('%s is not', (url) => expect(isPublic(url)).toBe(false));

describe('publishing', () => {
  it('to a public registry is refused, with the way out, before anything is built or sent', async () => {
    const root = folderWith(nxJson({}));
    const refusal = { code: 'public-registry', hint: expect.stringContaining('FABRICA_PYPI_PUBLISH_URL') };
    const wheel = { path: '/nowhere', file: 'a-1.0-py3-none-any.whl', sha256: '0' };
    const pypi = { url: 'http://127.0.0.1:1/simple/', publishUrl: PYPI, embedded: false };
    const differs = () => new Error() as never;
    await expect(upload(root, pypi, wheel, differs)).rejects.toMatchObject(refusal);
    await expect(publishNpm(root, 'packages/a', { url: NPM, embedded: false })).rejects.toMatchObject(
      refusal,
    );
  });

  it('goes there when nx.json says that it is meant', () => {
    expect(() => refusePublic(folderWith(nxJson({ public: true })), NPM)).not.toThrow();
  });
});
