import { importsOf } from './index';
import type { Import } from './types';

/** One import as a line of text: `3:1 from ..a.b import x, y`. */
function told({ kind, module, names, level, line, column, typeChecking, package: anchor }: Import): string {
  const name = '.'.repeat(level) + module;
  const what =
    kind === 'from'
      ? `from ${name} import ${names?.join(', ')}`
      : `${kind === 'plain' ? 'import' : 'load'} ${name}`;
  return `${line}:${column} ${what}${anchor ? ` in ${anchor}` : ''}${typeChecking ? ' (types)' : ''}`;
}

function found(...lines: string[]): string[] {
  const { imports, problem } = importsOf(lines.join('\n'));
  return [...imports.map(told), ...(problem ? [`${problem.line}: ${problem.message}`] : [])];
}

test.each<[string, string[], string[]]>([
  ['plain', ['import a.b as c, d'], ['1:8 import a.b', '1:18 import d']],
  ['from', ['from x.y import a, b as c'], ['1:1 from x.y import a, b']],
  ['in brackets', ['from x import (  # why', '  a,', '  b as c,', ')'], ['1:1 from x import a, b']],
  [
    'relative',
    ['from . import x', 'from ..p.q import y'],
    ['1:1 from . import x', '2:1 from ..p.q import y'],
  ],
  ['dots apart', ['from . .. import x', 'from .import y'], ['1:1 from ... import x', '2:1 from . import y']],
  ['star', ['from x import *', 'from.x import*'], ['1:1 from x import *', '2:1 from .x import *']],
  [
    'inside blocks',
    ['def f():', '  if x:', '    import a', 'class C: import b'],
    ['3:12 import a', '4:17 import b'],
  ],
  ['after ;', ['x = 1; import a; from b import c'], ['1:15 import a', '1:18 from b import c']],
  [
    'after :',
    ['if x: import a', 'try: import b', 'except E: import c', 'else: pass; import d'],
    ['1:14 import a', '2:13 import b', '3:18 import c', '4:20 import d'],
  ],
  [
    'over joined lines',
    ['import \\', '  a', 'from b \\', '  import c, \\', '  d'],
    ['2:3 import a', '3:1 from b import c, d'],
  ],
  ['after a join', ['if x: \\', '  import a', '\\', 'import b'], ['2:10 import a', '4:8 import b']],
  ['wide characters before', ['x = "é😀"; import a'], ['1:19 import a']],
  ['names that look the same', ['import ﬁnance'], ['1:8 import finance']],
  ['unicode', ['import données.modèle'], ['1:8 import données.modèle']],
  ['lazy', ['lazy import a', 'lazy from b import c'], ['1:13 import a', '2:1 from b import c']],
  ['form feeds', ['\fimport a', 'if x:', '  pass', ' \fimport b'], ['1:9 import a', '4:10 import b']],
])('%s', (_, lines, expected) => expect(found(...lines)).toEqual(expected));

test.each([
  ['newlines of Windows', 'import a\r\nimport b\r\n'],
  ['newlines of old Macs', 'import a\rimport b\r'],
  ['a join of nothing at the end', 'import a\r\nimport b\r\n\\\r\n'],
  ['no newline at the end', 'import a\nimport b'],
  ['a byte order mark', '\ufeffimport a\nimport b\n'],
])('%s', (_, text) => {
  expect(importsOf(Buffer.from(text)).imports.map(told)).toEqual(['1:8 import a', '2:8 import b']);
});

test.each([
  ['a string', 'x = "import a"'],
  ['a docstring', 'def f():\n  """\n  import a\n  """'],
  ['a comment', '# import a\nx = 1 # from a import b'],
  ['a joined string', "x = 'a \\\nimport b'"],
  ['strings with a prefix', 'x = rb"""\nimport a\n""" + Rb"\\\\"; import_a'],
  ['an f-string', 'x = f"{y:import a}{z!r:>{width}}"; y = f"""\nimport a {b} {{\nimport c\n"""'],
  ['nested f-strings', `x = f"{f"{"import a"}"}"`],
  ['a quote in a nested string', `x = f'{a["it's"]}'`.replace('"it\'s"', '"it\\"s"')],
  ['lambda', 'f = lambda: from_x\ng = lambda x: x'],
  ['slices and dicts', 'x[a:from_b]\nd = {\n  a:\n  b}'],
  ['names that begin like it', 'imports = 1; important()\nfrom_ = 2\nif x: imported = 3'],
  ['raise and yield from', 'def f():\n  yield from a\n  raise b from c'],
  ['soft keywords', 'match x:\n  case 1: pass\nmatch = case = type = lazy = 1'],
  ['an attribute', 'x.import_module("a")\nself.__import__("b")'],
  ['a name that is not literal', 'import_module("a")\n__import__(name)'],
])('%s is no import', (_, text) => expect(found(text)).toEqual([]));

test.each<[string, string[], string[]]>([
  ['if', ['if TYPE_CHECKING:', '  import a', 'import b'], ['2:10 import a (types)', '3:8 import b']],
  [
    'blocks in it',
    ['if typing.TYPE_CHECKING:', '  if x:', '    import a', '  import b', 'else:', '  import c'],
    ['3:12 import a (types)', '4:10 import b (types)', '6:10 import c'],
  ],
  [
    'one line',
    ['if TYPE_CHECKING: import a; import b', 'if x:', '  import c'],
    ['1:26 import a (types)', '1:36 import b (types)', '3:10 import c'],
  ],
  ['elif', ['if x: pass', 'elif t.TYPE_CHECKING: import a'], ['2:30 import a (types)']],
  ['brackets', ['if (TYPE_CHECKING):', '  import a'], ['2:10 import a (types)']],
  ['not', ['if not TYPE_CHECKING:', '  import a'], ['2:10 import a']],
  ['more than that', ['if TYPE_CHECKING or x:', '  import a'], ['2:10 import a']],
  [
    'dynamic',
    ['import importlib', 'if TYPE_CHECKING:', '  importlib.import_module("a")', '__import__("b")'],
    ['1:8 import importlib', '3:3 load a (types)', '4:1 load b'],
  ],
])('TYPE_CHECKING: %s', (_, lines, expected) => expect(found(...lines)).toEqual(expected));

test.each<[string, string[], string[]]>([
  ['import_module', ['importlib.import_module("a.b")'], ['1:1 load a.b']],
  [
    'under another name',
    ['from importlib import import_module as load', 'load("a")'],
    ['1:1 from importlib import import_module', '2:1 load a'],
  ],
  [
    'of another name',
    ['import importlib as il', 'il.import_module("a")'],
    ['1:8 import importlib', '2:1 load a'],
  ],
  ['__import__', ['x = __import__("a", level=1)'], ['1:5 load .a']],
  ['relative', ['importlib.import_module("..a", package="b.c")'], ['1:1 load ..a in b.c']],
  ['by keyword', ['importlib.import_module(name="a")'], ['1:1 load a']],
  ['in pieces', ['importlib.import_module(', '  "a."  # why', '  r"b")'], ['1:1 load a.b']],
  ['with escapes', ['importlib.import_module("\\x61.\\u0062")'], ['1:1 load a.b']],
  ['in an f-string', ['x = f"{__import__(\'a\')}"'], ['1:8 load a']],
  [
    'before its import',
    ['def f(): il.import_module("a")', 'import importlib as il'],
    ['1:10 load a', '2:8 import importlib'],
  ],
])('dynamic: %s', (_, lines, expected) => expect(found(...lines)).toEqual(expected));

test.each<[string, string, string, string[]]>([
  ['append', 'import sys\nsys.path.append("../a")', 'sys.path', ['../a']],
  ['insert', 'import sys\nsys.path.insert(0, str(Path(__file__).parent / "a"))', 'sys.path', ['a']],
  ['extend', 'import sys as s\ns.path.extend(["a", "b"])', 'sys.path', ['a', 'b']],
  ['+=', 'from sys import path as p\np += ["a"]', 'sys.path', ['a']],
  ['a slice', 'import sys\nsys.path[0:0] = ["a"]', 'sys.path', ['a']],
  ['several', 'import sys\nsys.path, x = ["a"], 1', 'sys.path', ['a']],
  ['=', 'import sys\nsys.path = ["a"]', 'sys.path', ['a']],
  ['f-strings', 'import sys\nsys.path.append(f"{root}/../{x:>3}/b")', 'sys.path', ['/../', '/b']],
  ['addsitedir', 'import site\nsite.addsitedir("a")', 'site.addsitedir', ['a']],
  ['environ', 'import os\nos.environ["PYTHONPATH"] = "a"', 'PYTHONPATH', ['PYTHONPATH', 'a']],
  [
    'setdefault',
    'from os import environ\nenviron.setdefault("PYTHONPATH", "a")',
    'PYTHONPATH',
    ['PYTHONPATH', 'a'],
  ],
  ['update', 'import os\nos.environ.update(PYTHONPATH="a")', 'PYTHONPATH', ['a']],
  ['putenv', 'import os\nos.putenv("PYTHONPATH", "a")', 'PYTHONPATH', ['PYTHONPATH', 'a']],
])('path: %s', (_, text, what, literals) => {
  expect(importsOf(text).events).toEqual([{ kind: 'path', what, literals, line: 2, column: 1 }]);
});

test('a change of the path beside a dynamic import', () => {
  expect(importsOf('import sys\n__import__("a")\nsys.path.append("b")').events).toHaveLength(1);
});

test.each([
  'import sys\nprint(sys.path)',
  'import sys\nif sys.path == ["a"]: x = sys.path[0]',
  'import sys\nf(path=sys.path)',
  'import sys\n"sys.path.append(1)" # sys.path.append(2)',
  'import sys\nsys.path.remove("a")',
  'from sys import path\nf(path=1)\ndef g(path=["a"]): x = f"{path=}"',
  'sys = 1\nsys.path.append("a"); __import__("b")',
  'import os\nos.environ["HOME"] = "PYTHONPATH_"\nx = os.environ["PYTHONPATH"]',
])('no change of the path: %s', (text) => expect(importsOf(text).events).toEqual([]));

test.each<[string, string[], string[]]>([
  ['a string', ['import a', 'x = "b', 'import c'], ['1:8 import a', '2: this string is never closed']],
  ['a long string', ['import a', '"""', 'import c'], ['1:8 import a', '2: this string is never closed']],
  ['a bracket', ['import a', 'f(', 'import c'], ['1:8 import a', '2: this bracket is never closed']],
  ['another bracket', ['f(]'], ['1: this ] closes no bracket']],
  ['an import', ['import a.', 'import b'], ['1: this import is malformed']],
  ['a from', ['from a import (b', 'import c'], ['1: this import is malformed']],
  ['a from without names', ['from a import'], ['1: this import is malformed']],
  ['a from with a trailing comma', ['from a import b,'], ['1: this import is malformed']],
  ['a keyword', ['import class'], ['1: this import is malformed']],
  [
    'a dedent',
    ['if x:', '    import a', '  import b'],
    ['2:12 import a', '3: this line fits no block: its indentation is none of those before it'],
  ],
  ['an indent', ['import a', '  import b'], ['1:8 import a', '2: this line is indented for no reason']],
  ['no block', ['if x:', 'import b'], ['2: an indented block is missing']],
  [
    'tabs and spaces',
    ['if x:', '        import a', '\timport b'],
    ['2:16 import a', '3: tabs and spaces of this indentation are mixed differently from the line before it'],
  ],
  ['null bytes', ['import a', 'x = "\0"', 'import b'], ['1:8 import a', '2: Python takes no null bytes']],
  ['a stray character', ['import a', 'x?'], ['1:8 import a', '2: Python knows no ?']],
  ['a stray backslash', ['import a', 'x \\ y'], ['1:8 import a', '2: a backslash joins nothing']],
])('a problem: %s', (_, lines, expected) => expect(found(...lines)).toEqual(expected));

describe('encodings', () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1');

  it.each([
    ['latin-1', '# -*- coding: latin-1 -*-\nimport donn\xe9es'],
    ['on the second line', '#!/usr/bin/python\n# vim: set fileencoding=ISO_8859_1 :\nimport donn\xe9es'],
    ['another that Node knows', '# coding=cp1252\nimport donn\xe9es'],
  ])('%s', (_, text) => {
    expect(importsOf(bytes(text)).imports.map(({ module }) => module)).toEqual(['données']);
  });

  it.each([
    [
      'undeclared',
      'import a\nx = "\xe9"\nimport b',
      2,
      'these bytes are not UTF-8, and no comment names an encoding',
    ],
    [
      'after code',
      'import a\n# coding: latin-1\nx = "\xe9"',
      3,
      'these bytes are not UTF-8, and no comment names an encoding',
    ],
    ['ASCII', '# coding: ascii\nx = "\xe9"', 2, 'the encoding is ASCII, but these bytes are not'],
    ['unknown', '# coding: martian\nimport a', 1, "the encoding martian can't be read"],
  ])('that cannot be read: %s', (_, text, line, message) => {
    expect(importsOf(bytes(text)).problem).toEqual({ message, line });
  });

  it('keeps what stands before the first wrong byte', () => {
    expect(importsOf(bytes('import a\nx = "\xe9"\nimport b')).imports.map(({ module }) => module)).toEqual([
      'a',
    ]);
  });
});
