import { stripVTControlCharacters } from 'node:util';
import { notebook } from '../boundaries/testing/planted';
import { folderWith, pyproject } from '../workspace/testing/folder';
import { projectsThatPin, readUses, usesDocument, usesPicture, usesText } from '.';

const HASHES = `--hash=sha256:${'a'.repeat(64)}`;
const SITE = 'projects/rides/.venv/lib/python3.11/site-packages';
const FILES = {
  'nx.json': '{}',
  'packages/storage/pyproject.toml': pyproject('fabrica-storage'),
  'packages/storage/src/fabrica/storage/__init__.py': '',
  'packages/tracking/pyproject.toml': pyproject('fabrica-tracking'),
  'packages/tracking/src/fabrica/tracking/__init__.py': 'from fabrica.storage import a, b\n',
  'packages/portal/package.json': '{"name": "@acme/portal", "version": "1.0.0"}',
  'projects/bikes/pyproject.toml': pyproject('bikes'),
  'projects/bikes/src/bikes/__init__.py': '',
  'projects/rides/pyproject.toml': pyproject('rides'),
  'projects/rides/src/rides/__init__.py': 'import os\nimport rides.train\n',
  'projects/rides/src/rides/train.py':
    'import pandas\nfrom fabrica import storage\nimport fabrica.storage.x\n',
  'projects/rides/tests/test_a.py': 'def test_a():\n    import fabrica.storage\n    import pandas\n',
  'projects/rides/notebooks/a.ipynb': notebook('x = 1', 'x\nfrom bikes import trips'),
  'projects/rides/requirements.txt': `fabrica-storage==0.0.9 ${HASHES}\nfabrica-tracking==0.1.0 \\\n    ${HASHES}\n`,
  'projects/rides/requirements-dev.txt': `fabrica-storage==0.0.9 \\\n    ${HASHES}\npandas==2.0 ; python_version < '3.12'\npandas==3.0 ; python_version >= '3.12'\n`,
  [`${SITE}/pandas-2.0.dist-info/METADATA`]: 'Name: pandas\nVersion: 2.0\n\nText',
  [`${SITE}/pandas-2.0.dist-info/RECORD`]: 'pandas/__init__.py,,\n',
};

function rows(root: string, of?: string): string[] {
  const text = stripVTControlCharacters(usesText(readUses(root, of), of !== undefined));
  return text.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
}

const HEAD = 'USED | BY | IMPORTED IN | VERSION';

describe('who uses what', () => {
  it('is read from imports and locks: of what, by whom, in which zone and version', () => {
    expect(rows(folderWith(FILES))).toEqual([
      HEAD,
      'bikes | rides | experiment (1 file) | as in the workspace',
      'fabrica-storage 0.1.0 | tracking | production (1 file) | as in the workspace',
      'fabrica-storage 0.1.0 | rides | production (1 file), test (1 file) | 0.0.9',
      'fabrica-tracking 0.1.0 | rides | no file | 0.1.0',
    ]);
  });

  it.each(['storage', 'fabrica-storage', 'Fabrica_Storage'])('can be asked of one package: %s', (name) => {
    expect(rows(folderWith(FILES), name)).toEqual([
      HEAD,
      'fabrica-storage 0.1.0 | tracking | production (1 file) | as in the workspace',
      'fabrica-storage 0.1.0 | rides | production (1 file), test (1 file) | 0.0.9',
      '',
      'packages/tracking/src/fabrica/tracking/__init__.py:1 (production)',
      'projects/rides/src/rides/train.py:2 (production)',
      'projects/rides/src/rides/train.py:3 (production)',
      'projects/rides/tests/test_a.py:2 (test)',
    ]);
  });

  it('can be asked of a project, whose modules notebooks may use', () => {
    expect(rows(folderWith(FILES), 'bikes').at(-1)).toBe(
      'projects/rides/notebooks/a.ipynb, cell 2, line 2 (experiment)',
    );
    expect(rows(folderWith(FILES), 'rides')).toEqual(['nothing uses it']);
  });

  it('can be asked of any distribution, whose modules the environments tell', () => {
    expect(rows(folderWith(FILES), 'pandas')).toEqual([
      HEAD,
      'pandas | rides | production (1 file), test (1 file) | 2.0, 3.0 (development)',
      '',
      'projects/rides/src/rides/train.py:1 (production)',
      'projects/rides/tests/test_a.py:3 (test)',
    ]);
  });

  it('is refused of what nobody knows', () => {
    expect(() => readUses(folderWith(FILES), 'pandsa')).toThrow('did you mean "pandas"?');
  });

  it('says what could not be read', () => {
    const root = folderWith({ ...FILES, 'projects/bikes/src/bikes/a.py': 'x = 1\ny = """text\n' });
    expect(rows(root).at(-1)).toMatch(/^not read: projects\/bikes\/src\/bikes\/a\.py:2: /);
    expect(usesDocument(readUses(root))).toMatchObject({
      unparsed: [{ path: 'projects/bikes/src/bikes/a.py', line: 2 }],
    });
  });

  it('is a document for tools', () => {
    expect(usesDocument(readUses(folderWith(FILES), 'storage'))).toMatchObject({
      schema: 1,
      uses: [
        { by: { name: 'tracking', kind: 'package' }, pinned: {} },
        {
          by: { name: 'rides', kind: 'project', folder: 'projects/rides' },
          of: { name: 'fabrica-storage', kind: 'package', version: '0.1.0' },
          zones: ['production', 'test'],
          pinned: { production: '0.0.9', development: '0.0.9' },
          imports: [{ path: 'projects/rides/src/rides/train.py', line: 2, zone: 'production' }, {}, {}],
        },
      ],
    });
  });

  it('is a picture that stands alone', async () => {
    const svg = await usesPicture(readUses(folderWith(FILES)).usages);
    expect(svg).toMatch(/^<\?xml/);
    for (const text of ['rides', 'bikes', 'fabrica&#45;storage', '0.0.9', 'stroke-dasharray'])
      expect(svg).toContain(text);
  });
});

describe('who pins what', () => {
  it('is read from the locks of projects', () => {
    const root = folderWith(FILES);
    expect(projectsThatPin(root, 'Fabrica.Storage')).toEqual([
      { folder: 'projects/rides', production: '0.0.9', development: '0.0.9' },
    ]);
    expect(projectsThatPin(root, 'pandas')).toEqual([
      { folder: 'projects/rides', production: undefined, development: '2.0, 3.0' },
    ]);
    expect(projectsThatPin(root, 'numpy')).toEqual([]);
  });
});
