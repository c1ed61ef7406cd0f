import { readCell } from './cells';

/** What IPython would turn the cell into, with its own calls as `pass` and `None`. */
test.each<[string, string, string]>([
  ['plain Python', 'x = 1\nimport a', 'x = 1\nimport a'],
  ['a magic', '%matplotlib inline\nimport a', 'pass\nimport a'],
  ['a command', '!ls import\nimport a', 'pass\nimport a'],
  ['in a block', 'if x:\n    !ls\n    %cd y', 'if x:\n    pass\n    pass'],
  ['a captured command', '!!ls\nimport a', 'pass\nimport a'],
  ['joined lines', '!ls \\\n  import x\nimport a', 'pass\n\nimport a'],
  ['a quote in a command', "!echo it's\nimport a", 'pass\nimport a'],
  ['an assigned command', 'x = !ls "\nimport a', 'x = None\nimport a'],
  ['an assigned magic', 'x = %magic a = 1\nimport a', 'x = None\nimport a'],
  ['an assigned command over lines', 'x = !ls \\\n  y\nimport a', 'x = None\n\nimport a'],
  ['only the first assignment counts', 'x = y = 1', 'x = y = 1'],
  ['not in brackets', 'f(\n%y,\nz=!x)', 'f(\n%y,\nz=!x)'],
  ['modulo over lines', 'x = (a\n% b)\ny = a \\\n% b', 'x = (a\n% b)\ny = a \\\n% b'],
  ['not in strings', 'x = """\n!ls\n%run x\n"""', 'x = """\n!ls\n%run x\n"""'],
  ['not after a colon', 'if x: !ls', 'if x: !ls'],
  ['help', 'foo?\nimport a', 'pass\nimport a'],
  ['more help', 'foo.bar[0]??\n?foo\n??foo\n%time?\nimport a', 'pass\npass\npass\npass\nimport a'],
  ['no help in a comment', 'import a # foo?', 'import a # foo?'],
  ['no help for a call', 'foo()?', 'foo()?'],
  ['automatic calls', ',f a b\n;f a b\n/f a b', 'pass\npass\npass'],
  ['Python after %time', '%time import a', 'pass; import a'],
  ['Python after options', '%timeit -n 3 -q import a', 'pass;           import a'],
  ['a timed cell', '%%time\nimport a\n!ls', 'pass\nimport a\npass'],
  ['a timed cell with a set-up', '%%timeit -r1 import b\nimport a', 'pass;        import b\nimport a'],
  ['magics in magics', '\n%%capture out\n%%time\nimport a', '\npass\npass\nimport a'],
  ['a cell that a Python runs', '%%python3\nimport a\nx = !y', '\nimport a\nx = !y'],
  ['help for a cell magic', '%%time?\nimport a', 'pass\nimport a'],
  ['a cell of shell', '%%bash\nimport a', 'pass'],
  ['a cell of SQL', '%%sql db\nfrom x import y', 'pass'],
  ['a common indentation', '  import a\n\n  if x:\n    !ls', 'import a\n\nif x:\n  pass'],
  ['a prompt', '>>> import a\n>>> if x:\n...     import b', 'import a\nif x:\n    import b'],
  ['a prompt of IPython', 'In [12]: import a\n    ...: import b', 'import a\nimport b'],
  ['a doctest is text', 'def f():\n  """\n  >>> import a\n  """', 'def f():\n  """\n  >>> import a\n  """'],
  ['Windows', '%cd x\r\nimport a\r\n', 'pass\nimport a\n'],
])('%s', (_, cell, python) => expect(readCell(cell).python.trimEnd()).toBe(python.trimEnd()));

test.each<[string, string, string[]]>([
  ['run', '%run ../other/clean.py -x', ['run %run ../other/clean.py -x']],
  ['run in quotes', '%run "../an other/x.py"', ['run %run ../an other/x.py']],
  ['python', '!PYTHONPATH=../other python3.12 x.py', ['run PYTHONPATH=../other python3.12 x.py']],
  ['uv run', '!uv run x.py', ['run uv run x.py']],
  ['pip', '!pip install -e ../other', ['install pip install -e ../other']],
  ['pip by python', '!{sys.executable} -m pip install x', ['install {sys.executable} -m pip install x']],
  ['pip as magic', '%pip install -e ../other', ['install %pip install -e ../other']],
  ['conda', '%conda install x', ['install %conda install x']],
  ['several', '!cd ../other && pip install .', ['shell cd ../other', 'install pip install .']],
  ['assigned', 'x = !ls ../other', ['shell ls ../other']],
  [
    'other magics',
    '%cd ../other\n%load_ext autoreload',
    ['magic %cd ../other', 'magic %load_ext autoreload'],
  ],
  [
    'a cell of shell',
    '%%bash\ncd x\npip install y',
    ['foreign %%bash', 'shell cd x', 'install pip install y'],
  ],
  ['a cell of SQL', '%%sql db\nselect 1', ['foreign %%sql db']],
  ['help', 'pip?\n?pip', []],
])('events: %s', (_, cell, expected) => {
  const told = readCell(cell).events.map((event) =>
    event.kind === 'path' ? '' : `${event.kind} ${event.words.join(' ')}`,
  );
  expect(told).toEqual(expected);
});

test('an environment variable that changes the path', () => {
  expect(readCell('%env PYTHONPATH=../other').events).toEqual([
    { kind: 'path', what: 'PYTHONPATH', literals: ['PYTHONPATH=../other'], line: 1, column: 1 },
  ]);
});
