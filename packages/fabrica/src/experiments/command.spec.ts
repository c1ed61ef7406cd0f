import { folderWith, pyproject } from '../workspace/testing/folder';
import { notebookCommand } from './command';

const ROOT = folderWith({
  'nx.json': '{}',
  'projects/bikes/fabrica.yaml': 'owner: me\n',
  'projects/bikes/pyproject.toml': pyproject('bikes'),
  'projects/bikes/requirements.txt': '',
  'projects/bikes/requirements-dev.txt': '',
  'projects/bikes/notebooks/explore.ipynb': '{}',
  'projects/bikes/README.md': '',
  'projects/cars/src/cars/__init__.py': '',
});

/** What a command that fails says; it starts nothing. */
async function said(...args: string[]): Promise<[code: number, text: string]> {
  let text = '';
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += chunk.toString();
    return true;
  });
  try {
    return [await notebookCommand(ROOT, 'projects/bikes', args), text];
  } finally {
    write.mockRestore();
  }
}

const USAGE = 'try npx nx run bikes:notebook [--port=8888] [--execute=notebooks/explore.ipynb]';

it.each([
  [['--port=99999'], '--port must be a port, 1 to 65535, got 99999', USAGE],
  [['--exceute=x'], "Unknown option '--exceute'", USAGE],
  [['explore.ipynb'], "Unexpected argument 'explore.ipynb'", USAGE],
  [
    ['--execute=notebooks/exlpore.ipynb'],
    'projects/bikes has no notebook',
    'try --execute=notebooks/explore.ipynb',
  ],
  [['--execute=README.md'], 'projects/bikes has no notebook or script README.md', 'try --execute='],
  [['--execute=../cars/src/cars/__init__.py'], 'projects/bikes has no notebook', 'try --execute='],
  [[], 'projects/bikes/pyproject.toml: notebooks run on ipykernel', 'then npx nx run bikes:lock'],
  [['--execute=projects/bikes/notebooks/explore.ipynb'], 'notebooks run on ipykernel', 'bikes:lock'],
])('%j is told with the way out', async (args, message, hint) => {
  const [code, text] = await said(...args);
  expect(code).toBe(1);
  expect(text).toContain(message);
  expect(text).toContain(hint);
  expect(text).not.toMatch(/^\s+at /m);
});
