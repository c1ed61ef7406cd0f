import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nx, nxOk, workspaceWithPlugin } from './workspace';

/** Real Nx: the options of the target, and what it writes. */
describe('workspace:uses', () => {
  const root = workspaceWithPlugin({
    'packages/storage/pyproject.toml': '[project]\nname = "fabrica-storage"\nversion = "1.1.0"\n',
    'projects/rides/pyproject.toml':
      '[project]\nname = "rides"\nversion = "0.1.0"\nrequires-python = ">=3.11"\n',
    'projects/rides/fabrica.yaml': 'owner: me\n',
    'projects/rides/requirements.txt': 'fabrica-storage==1.0.0\n',
    'projects/rides/src/rides/__init__.py': 'from fabrica import storage\n',
  });

  it('says who uses what, as text and to tools', () => {
    expect(nxOk(root, ['run', 'workspace:uses']).text).toMatch(
      /fabrica-storage 1\.1\.0 +rides +production \(1 file\) +1\.0\.0/,
    );
    const { stdout } = nxOk(root, ['run', 'workspace:uses', '--of=storage', '--json']);
    const document = JSON.parse(stdout.split('\n').find((line) => line.startsWith('{')) ?? '') as object;
    expect(document).toMatchObject({
      uses: [{ by: { name: 'rides' }, imports: [{ path: 'projects/rides/src/rides/__init__.py', line: 1 }] }],
    });
  });

  it('draws it', () => {
    nxOk(root, ['run', 'workspace:uses', '--svg=uses.svg']);
    expect(readFileSync(join(root, 'uses.svg'), 'utf8')).toMatch(/<svg[\s\S]*rides[\s\S]*<\/svg>/);
  });

  it('refuses what nobody knows, with what was probably meant', () => {
    const { code, text } = nx(root, ['run', 'workspace:uses', '--of=storrage']);
    expect(code).toBe(1);
    expect(text).toContain('did you mean "storage"?');
    expect(text).not.toMatch(/^\s+at /m);
  });
});
