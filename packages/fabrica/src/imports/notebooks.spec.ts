import { notebookImports } from './index';

const code = (source: string | string[], more: object = {}) => ({
  cell_type: 'code',
  source,
  metadata: {},
  ...more,
});
const notebook = (cells: object[], metadata: object = {}) =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }, null, 1);

const found = (text: string | Buffer) => {
  const { imports, ...rest } = notebookImports(text);
  return {
    ...rest,
    imports: imports.map(({ cell, line, column, module }) => `${cell}:${line}:${column} ${module}`),
  };
};

test('each import is told with its cell, its line and its column', () => {
  const markdown = { cell_type: 'markdown', source: 'import nothing' };
  const text = notebook([
    markdown,
    code(['import a\n', '\n', 'import b']),
    code('%time import c\n  \nimport d'),
  ]);
  expect(found(text)).toEqual({ events: [], imports: ['2:1:8 a', '2:3:8 b', '3:1:14 c', '3:3:8 d'] });
});

test('columns count what was taken from the start of a line', () => {
  expect(found(notebook([code('  import a\n  import b'), code('>>> import c')])).imports).toEqual([
    '1:1:10 a',
    '1:2:10 b',
    '2:1:12 c',
  ]);
});

test('names of one cell are known in the next', () => {
  const text = notebook([
    code('import importlib as il\nimport sys'),
    code('il.import_module("a")\nsys.path.append("../other")'),
  ]);
  expect(found(text)).toMatchObject({
    imports: ['1:1:8 importlib', '1:2:8 sys', '2:1:1 a'],
    events: [{ kind: 'path', what: 'sys.path', literals: ['../other'], cell: 2, line: 2, column: 1 }],
  });
});

test('magics and shell lines are events', () => {
  expect(
    found(notebook([code('import a\n%run ../other/x.py\nif a:\n  !pip install -e ../b')])).events,
  ).toEqual([
    { kind: 'run', words: ['%run', '../other/x.py'], cell: 1, line: 2, column: 1 },
    { kind: 'install', words: ['pip', 'install', '-e', '../b'], cell: 1, line: 4, column: 3 },
  ]);
});

test('a cell that cannot be read is a problem, and the others are read', () => {
  expect(found(notebook([code('import a\nx = (\n'), code('import b')]))).toEqual({
    events: [],
    imports: ['1:1:8 a', '2:1:8 b'],
    problem: { message: 'this bracket is never closed', line: 2, cell: 1 },
  });
  expect(found(notebook([{ cell_type: 'code' }])).problem).toEqual({
    message: 'this cell has no source',
    line: 1,
    cell: 1,
  });
});

test('a cell with a null byte is a problem, too', () => {
  expect(found(notebook([code('import a\n!ls\nx = "\0"')])).problem).toMatchObject({ cell: 1 });
});

test('version 3', () => {
  const cells = [
    { cell_type: 'code', language: 'python', input: ['import a\n', 'import b'] },
    { cell_type: 'code', language: 'ruby', input: 'import c' },
  ];
  const text = JSON.stringify({ nbformat: 3, metadata: {}, worksheets: [{ cells }, { cells }] });
  expect(found(text)).toMatchObject({
    imports: ['1:1:8 a', '1:2:8 b', '3:1:8 a', '3:2:8 b'],
    events: [
      { kind: 'foreign', words: ['ruby'], cell: 2 },
      { kind: 'foreign', words: ['ruby'], cell: 4 },
    ],
  });
});

test.each([
  [{ kernelspec: { name: 'ir', language: 'R' } }, 'r'],
  [{ kernelspec: { name: 'ir' } }, 'r'],
  [{ language_info: { name: 'julia' } }, 'julia'],
])('a notebook in another language says so: %j', (metadata, language) => {
  expect(found(notebook([code('import a')], metadata))).toEqual({ imports: [], events: [], language });
});

test.each([
  [{ kernelspec: { name: 'python3', language: 'python' } }],
  [{ language_info: { name: 'ipython' } }],
  [{}],
])('a notebook in Python: %j', (metadata) => {
  expect(found(notebook([code('import a')], metadata)).imports).toEqual(['1:1:8 a']);
});

test('a cell in another language, as VS Code marks it', () => {
  const sql = code('from x import y', { metadata: { vscode: { languageId: 'sql' } } });
  expect(found(notebook([sql]))).toEqual({
    imports: [],
    events: [{ kind: 'foreign', words: ['sql'], cell: 1, line: 1, column: 1 }],
  });
});

test.each<[string, string | Buffer, number, string]>([
  ['a comma too much', '{\n "cells": [\n  1,\n ]\n}', 4, 'this is not JSON (column 2)'],
  ['cut off', '{\n "cells": [\n  "x', 3, 'this is not JSON (column 5)'],
  ['a bad escape', '{"cells":\n"\\x"}', 2, 'this is not JSON (column 2)'],
  ['more after the end', '{}\n{}', 2, 'this is not JSON (column 1)'],
  ['marks of a merge', '{\n<<<<<<< HEAD\n', 2, 'this is not JSON (column 1)'],
  ['empty', '', 1, 'this is not JSON (column 1)'],
  ['no notebook', '[]', 1, 'this is no notebook: it has no list of cells'],
  ['no UTF-8', Buffer.from([0x7b, 0xff]), 1, 'these bytes are not UTF-8'],
])('broken: %s', (_, text, line, message) => expect(found(text).problem).toEqual({ message, line }));
