import { folderWith } from '../workspace/testing/folder';
import { sharedPins, usesPrivateIndex } from './shared';

const manifest = (name: string, dependencies: string[] = [], rest = ''): string =>
  `[project]\nname = "${name}"\nversion = "0.1.0"\ndependencies = ${JSON.stringify(dependencies)}\n${rest}`;

const PINNED = `acme-tools==0.1.0 \\\n    --hash=sha256:${'a'.repeat(64)}\npandas==2.2.0\n`;

/** A workspace with the packages `acme-tools` and `acme-base`, and one folder more. */
const workspaceWith = (folder: string, files: Record<string, string>): string =>
  folderWith({
    'nx.json': '{}',
    'packages/tools/pyproject.toml': manifest('acme-tools'),
    'packages/base/pyproject.toml': manifest('acme-base'),
    ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text])),
  });

describe('the private index is asked', () => {
  it.each([
    ['for a shared package', manifest('p', ['Acme_Tools==0.1.0'])],
    ['for one of development', manifest('p', [], '[dependency-groups]\ndev = ["acme-tools"]\n')],
    [
      'for what pyproject.toml takes from there by name',
      manifest('p', ['iniconfig==2.0.0'], '[tool.uv.sources]\niniconfig = { index = "fabrica" }\n'),
    ],
  ])('%s', (_, pyproject) => {
    for (const folder of ['projects/p', 'packages/p'])
      expect(usesPrivateIndex(workspaceWith(folder, { 'pyproject.toml': pyproject }), folder)).toBe(true);
  });

  it('for what the present lock pins', () => {
    const root = workspaceWith('projects/p', {
      'pyproject.toml': manifest('p', ['pandas']),
      'requirements-dev.txt': PINNED,
    });
    expect(usesPrivateIndex(root, 'projects/p')).toBe(true);
    expect(sharedPins(root, 'projects/p')).toMatchObject([{ name: 'acme-tools', version: '0.1.0' }]);
  });

  it('for what a package that is taken by path needs from there', () => {
    const sources = (text: string): string => `[tool.uv.sources]\n${text}\n`;
    const root = workspaceWith('packages/p', {
      'pyproject.toml': manifest('acme-p', ['acme-q'], sources('acme-q = { path = "../q" }')),
      '../q/pyproject.toml': manifest('acme-q', ['secrets'], sources('secrets = { index = "fabrica" }')),
    });
    expect(usesPrivateIndex(root, 'packages/p')).toBe(true);
  });

  it('for nothing else: not for public packages, not for what is taken by path', () => {
    const byPath = manifest(
      'acme-p',
      ['acme-tools', 'pandas'],
      '[dependency-groups]\ndev = ["acme-p[all]"]\n[tool.uv.sources]\nacme-tools = { path = "../tools", editable = true }\n',
    );
    for (const [folder, pyproject] of [
      ['packages/p', byPath],
      ['projects/p', manifest('p', ['pandas'])],
    ] as const)
      expect(usesPrivateIndex(workspaceWith(folder, { 'pyproject.toml': pyproject }), folder)).toBe(false);
  });
});
