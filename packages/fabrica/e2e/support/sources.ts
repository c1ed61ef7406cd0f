import type { Random } from './random';

/** What mutations put into a source: all that a lexer could trip over. */
const PIECES = [
  ...[
    '"',
    "'",
    '"""',
    "'''",
    '\\',
    '\\\n',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '{{',
    ':',
    ';',
    '#',
    ',',
    '.',
    '*',
    '!',
    '=',
  ],
  ...['\n', '\r', '\r\n', '\t', ' ', '    ', '\f', '\n\n', '\0', 'é', '😀', '\ufeff', '\v'],
  ...[
    'f"',
    "f'''",
    'rb"',
    'R',
    'f"{',
    '}"',
    'b',
    't"',
    '\\N{EN DASH}',
    '{x:',
    '!r}',
    '# import a\n',
    '"import b"',
  ],
  ...[
    'import ',
    'from ',
    'import a',
    'from . import b',
    ' as ',
    '; import c',
    ': import d',
    '\nimport e\n',
    'import (f)',
  ],
  ...['if TYPE_CHECKING:', 'if x: ', 'else:', 'try:', 'lambda: ', 'pass\n', 'class C: ', 'lambda x: import_'],
  ...[
    '__import__("g")',
    'importlib.import_module(".h", "p")',
    'import_module(name="i")',
    'x = "\\\n',
    'if x:\n\t',
  ],
];

/** A source that is a few edits away from another. */
export function mutate(random: Random, source: string): string {
  let text = source;
  for (let edits = random.pick([1, 1, 1, 2, 3]); edits > 0; edits--) text = edit(random, text);
  return text;
}

function edit(random: Random, text: string): string {
  const at = random.chance(0.5) ? random.below(text.length + 1) : lineStart(random, text);
  const end = Math.min(text.length, at + 1 + random.below(12));
  switch (random.below(7)) {
    case 0:
      return text.slice(0, at) + text.slice(end);
    case 1:
      return text.slice(0, end) + text.slice(at);
    case 2: {
      const to = random.below(text.length + 1);
      return text.slice(0, to) + text.slice(at, end) + text.slice(to);
    }
    case 3:
      return swapLines(random, text);
    default:
      return text.slice(0, at) + random.pick(PIECES) + text.slice(at);
  }
}

function lineStart(random: Random, text: string): number {
  return text.lastIndexOf('\n', random.below(text.length + 1)) + 1;
}

function swapLines(random: Random, text: string): string {
  const lines = text.split('\n');
  const [one, other] = [random.below(lines.length), random.below(lines.length)];
  [lines[one], lines[other]] = [lines[other], lines[one]];
  return lines.join('\n');
}

const NAMES = [
  'a',
  'b1',
  '_c',
  'import_',
  'fromage',
  'données',
  'ﬁ',
  'match',
  'type',
  'os',
  'lazy',
  'TYPE_CHECKING',
];
const PREFIXES = ['', '', '', 'r', 'b', 'u', 'f', 'F', 'rb', 'Rb', 'bR', 'BR', 'fr', 'rF', 'U', 'B'];

/** Composes sources of import statements, and of what only looks like them. */
export class Composer {
  private indent = '';
  private readonly step: string;
  private readonly newline: string;

  constructor(
    private readonly random: Random,
    /** Python 3.12 and newer take any string in an f-string. */
    private readonly nestsStrings: boolean,
  ) {
    this.step = random.pick(['  ', '    ', '\t', ' ']);
    this.newline = random.pick(['\n', '\n', '\n', '\r\n', '\r']);
  }

  compose(): Buffer {
    const body = Array.from({ length: 1 + this.random.below(8) }, () => this.statement(0)).join('');
    const text = body.replaceAll('\n', this.newline);
    const cut = this.random.chance(0.2) ? text.trimEnd() : text;
    if (this.random.chance(0.1)) return Buffer.from('\ufeff' + cut);
    if (this.random.chance(0.1))
      return Buffer.from(`# coding: latin-1${this.newline}${cut.replaceAll('ﬁ', 'ÿ')}`, 'latin1');
    return Buffer.from(cut);
  }

  private statement(depth: number): string {
    const { random } = this;
    if (depth < 4 && random.chance(0.35)) return this.compound(depth);
    const noise = random.chance(0.2)
      ? random.pick(['\n', '# import a\n', '      # from a import b\n', ' \t\f\n'])
      : '';
    const join = random.chance(0.05) && this.indent === '' ? '\\\n' : '';
    const feed = random.chance(0.03) ? '\f' : '';
    return noise + feed + this.indent + join + this.simples() + this.end();
  }

  private end(): string {
    return (this.random.chance(0.1) ? ' ;' : '') + (this.random.chance(0.2) ? '  # import "a\n' : '\n');
  }

  private simples(): string {
    const count = this.random.chance(0.2) ? 2 + this.random.below(2) : 1;
    return Array.from({ length: count }, () => this.simple()).join(this.random.pick(['; ', ';', ' ; \\\n ']));
  }

  private compound(depth: number): string {
    const { random, indent } = this;
    const condition = random.chance(0.4)
      ? random.pick(['TYPE_CHECKING', 'typing.TYPE_CHECKING', '(t . TYPE_CHECKING)'])
      : this.value();
    const block = () => this.block(depth);
    const head = (text: string) => `${indent}${text}${random.pick(['', '', ' ', '\\\n'])}:`;
    switch (random.below(6)) {
      case 0:
        return head('try') + block() + head(random.pick(['except', 'except a', 'finally'])) + block();
      case 1:
        return head(`def f(x: ${this.value()} = 1) -> ${this.value()}`) + block();
      case 2:
        return (
          head(random.pick(['class C', 'class C(a)', `while ${this.value()}`, 'for x in y', 'with a as b'])) +
          block()
        );
      case 3:
        return `${head(`if ${condition}`)}${block()}${head(`elif ${this.value()}`)}${block()}${head('else')}${block()}`;
      case 4:
        return this.match(depth);
      default:
        return head(`if ${condition}`) + block();
    }
  }

  private match(depth: number): string {
    const outer = this.indent;
    this.indent = outer + this.step;
    const cases =
      this.indent + 'case {"import": 1}:' + this.block(depth) + this.indent + 'case _:' + this.block(depth);
    this.indent = outer;
    return `${outer}match ${this.value()}:\n${cases}`;
  }

  private block(depth: number): string {
    const { random } = this;
    if (random.chance(0.3)) return random.pick([' ', '', ' \\\n  ', '\t']) + this.simples() + this.end();
    const outer = this.indent;
    this.indent = outer + this.step;
    const body = Array.from({ length: 1 + random.below(3) }, () => this.statement(depth + 1)).join('');
    this.indent = outer;
    return (random.chance(0.2) ? ' # import a' : '') + '\n' + body;
  }

  private simple(): string {
    const { random } = this;
    switch (random.below(9)) {
      case 0:
      case 1:
        return this.plain();
      case 2:
      case 3:
        return this.from();
      case 4:
        return this.loader();
      case 5:
        return `x: ${this.value()} = ${this.value()}`;
      case 6:
        return `x = ${this.value()}`;
      case 7:
        return random.pick([
          'pass',
          'importlib = 1',
          'from_ = 2',
          'raise a from b',
          'x[a:b, ::2] = 1',
          'lazy = 1',
        ]);
      default:
        return this.value();
    }
  }

  private blank(): string {
    return this.random.pick([' ', ' ', ' ', '  ', '\t', ' \\\n ', '\f']);
  }

  private dotted(): string {
    const count = 1 + this.random.below(3);
    const dot = this.random.pick(['.', '.', '.', ' . ', '.\\\n']);
    return Array.from({ length: count }, () => this.random.pick(NAMES)).join(dot);
  }

  private alias(): string {
    return this.random.chance(0.3) ? `${this.blank()}as${this.blank()}${this.random.pick(NAMES)}` : '';
  }

  private plain(): string {
    const modules = Array.from({ length: 1 + this.random.below(3) }, () => this.dotted() + this.alias());
    return `import${this.blank()}${modules.join(this.random.pick([',', ', ', ' ,\\\n']))}`;
  }

  private from(): string {
    const { random } = this;
    const dots = random.pick(['', '', '.', '..', '...', '....', '. .']);
    const module = dots === '' || random.chance(0.6) ? this.dotted() + this.blank() : '';
    const space = dots === '' ? this.blank() : random.pick([' ', '', '\\\n']);
    return `from${space}${dots}${random.pick(['', ' '])}${module}import${this.taken()}`;
  }

  private taken(): string {
    const { random } = this;
    if (random.chance(0.15)) return this.indent === '' ? random.pick(['*', ' *']) : ' *';
    const names = Array.from({ length: 1 + random.below(3) }, () => random.pick(NAMES) + this.alias());
    if (random.chance(0.5)) return this.blank() + names.join(random.pick([',', ', ', ',\\\n']));
    const gap = random.pick(['', ' ', '\n', ' # import (x\n', '\n\n  ', '\\\n']);
    return (
      random.pick(['(', ' (']) + gap + names.join(`,${gap}`) + random.pick(['', ',', gap, `,${gap}`]) + ')'
    );
  }

  private loader(): string {
    return this.random.pick([
      '__import__("a.b")',
      'x = [__import__ ("a", level=1)]',
      'importlib.import_module("a")',
      'importlib . import_module(".a", package="p" "q")',
      'importlib.import_module(name)',
      'importlib.import_module(f"a")',
      'importlib.import_module(b"a")',
      'f(lambda: importlib.import_module(\n"a"  # why\n))',
      '"importlib.import_module(\'a\')"',
      'from importlib import import_module as load; load("a\\x62")',
      'import importlib as il; il.import_module(r"a" u"b")',
      'x.import_module("a")',
      'import sys; sys.path.insert(0, "a")',
      'import sys as s; s.path[0:0] = ["a"]; s.path[0] == s.path',
      'from sys import path as p, path; p += path; f(path=1)',
      'import os; x = os.environ["PYTHONPATH"] = "a"; os.environ["HOME"] = "b"',
      'import os, site; site.addsitedir("a"); os.putenv("PYTHONPATH", "a")',
      'from os import *; environ.update(PYTHONPATH="a")',
      'print(sys.path, [sys.path.append(x) for x in y]); sys.path = sys.path + []',
      'import sys; sys.path, x = x, sys.path; x, sys.path[0] = a, b; assert sys.path, x == 1',
    ]);
  }

  private value(depth = 0): string {
    const { random } = this;
    const inner = () => (depth < 3 ? this.value(depth + 1) : 'a');
    switch (random.below(10)) {
      case 0:
        return `{${inner()}: ${inner()},${random.pick(['', '\n', ' # import "\n'])}}`;
      case 1:
        return `x[${inner()}:${inner()}]`;
      case 2:
        return `(lambda x, y=${inner()}: ${inner()})`;
      case 3:
        return `[\n# it's\n${inner()} for from_ in ${inner()}]`;
      case 4:
        return `(${inner()} if ${inner()} else\timports)`;
      case 5:
        return random.pick([
          '1',
          '0x1f',
          '1_0.5e-3j',
          '...',
          'a.b . c',
          'x@y',
          'x!=y',
          '(x:=1)',
          '.5',
          '(1 if 1else 2)',
        ]);
      default:
        return this.string(depth);
    }
  }

  private string(depth: number): string {
    const { random } = this;
    const prefix = random.pick(PREFIXES);
    const quote = random.pick(['"', "'", '"""', "'''"]);
    const pieces = Array.from({ length: random.below(4) }, () =>
      this.piece(quote, prefix.toLowerCase(), depth),
    );
    const text = pieces.join('');
    const bytes = prefix.toLowerCase().includes('b');
    return prefix + quote + (bytes ? text.replaceAll('é', 'e') : text) + quote;
  }

  private piece(quote: string, prefix: string, depth: number): string {
    const { random } = this;
    const formatted = prefix.includes('f');
    const long = quote.length === 3;
    const other = quote.includes('"') ? "'" : '"';
    if (formatted && random.chance(0.5)) return this.field(quote, depth);
    return random.pick([
      ...[
        'import a',
        ' from a import b ',
        'é',
        '#',
        `\\${quote[0]}`,
        '\\\\',
        other,
        '\\\n',
        ';',
        ':',
        '(',
        '\\x41',
      ],
      ...(long ? ['\n', '\nimport a\n', `${quote[0]} `, `\\${quote[0]}${quote[0]} `] : [' ']),
      ...(formatted ? ['{{', '}}', '{{import a}}', prefix === 'f' ? '\\N{EN DASH}' : ''] : ['{', '}']),
    ]);
  }

  private field(quote: string, depth: number): string {
    const { random } = this;
    const tail = random.pick([
      '',
      '',
      '!r',
      ':>10',
      ':{w}.{p}',
      '!s:^{w}',
      '=',
      ' = !r:x',
      ":'>3".replace("'", quote.includes('"') ? "'" : '.'),
    ]);
    if (!this.nestsStrings || depth > 2)
      return `{${random.pick(['x', 'x[1:2]', '(lambda: 1)', ' {1: 2}[1] ', 'x != y', 'd[k]', '(a, b)', '__import__(name)'])}${tail}}`;
    const inner = random.chance(0.5) ? this.string(depth + 1) : `(${this.value(depth + 1)})`;
    const comment = random.chance(0.1) ? ' # import }"\n' : '';
    return `{ ${inner}${comment}${tail}}`;
  }
}

/** Cells where it is easy to be wrong about IPython. */
export const CELLS = [
  'import a\n%matplotlib inline\n!ls "import b"',
  'x = !ls\ny = %magic z\nz: int = !ls\nimport a',
  'x = (a\n% b)\nf(\n!x)\n',
  'if x:\n    !ls \\\n  y\n    %cd z\nimport a',
  'x = """\n!ls\n%cd\n"""\nimport a',
  'foo?\nfoo.bar[0]??\n?foo\n??foo\n%time?\n*foo*?\nimport a',
  'foo()?\nimport a',
  'x = foo?\nimport a',
  '!echo it\'s\nx = !echo "\nimport a',
  '%cd a \\\n  b\nimport a',
  '# %cd\n  # !ls\nimport a',
  '  import a\n\n  if x:\n    !ls',
  '>>> import a\n>>> if x:\n...     import b',
  'In [1]: import a\n   ...: import b',
  'def f():\n    """\n    >>> import a\n    """',
  'f = x\\\n% y\nimport a',
  'x = {\n"a": !ls}\n',
  'x == !ls\n',
  'x, y = !ls\nx[1] = !ls\nf(a=1).b = !ls\n',
  'lambda: !x',
  'if x: !ls',
  '\n\n  \n%cd\nimport a',
  '%%bash\nimport a',
  '%%sql x\nfrom a import b',
  '!!ls\n! ls\n% cd\nimport a',
  'a; !ls',
  'x = y = !ls',
  'x += !ls\nx = % cd\nx =%cd\nx =!cd',
  'import a # foo?',
  "x = '?'\nimport a",
  '@d\n!ls\ndef f(): pass',
];

const LINES = [
  ...[
    'import a',
    'x = 1',
    'x = [',
    ']',
    'f(',
    ')',
    '"""',
    '# c',
    '',
    'if x:',
    '    y = 2',
    'else:',
    'x = "\\',
    'z"',
  ],
  ...[
    '!ls',
    '%cd x',
    '    !ls',
    '    %cd',
    'x = !ls',
    'y = %cd z',
    'foo?',
    'foo.a??',
    '?foo',
    '!ls \\',
    '  % 3',
    'x \\',
  ],
  ...[
    '    x = !ls',
    'f"{x}"',
    "s = 'it''s'",
    '!echo "',
    'a == b',
    'f(x=1)',
    '% cd',
    'x = y % z',
    '%%bash',
    '    pass',
  ],
];

/** A cell of lines that mean something else beside each other. */
export function composeCell(random: Random): string {
  return Array.from({ length: 1 + random.below(7) }, () => random.pick(LINES)).join('\n');
}
