import { parse, parseAllDocuments } from 'yaml';
import { toYaml } from './emit';

const manifest = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' }, spec });
const read = (text: string, version: '1.1' | '1.2') => (parse(text, { version }) as { spec: unknown }).spec;

it('begins with what people look for, and goes on by the alphabet', () => {
  const spec = { volumes: [], args: ['--run', '-m'], b: 1, image: 'x/y@sha256:0a', a: {}, name: 'nn' };
  expect(toYaml([{ spec, metadata: { name: 'x' }, kind: 'Thing', apiVersion: 'v1' }])).toBe(
    'apiVersion: v1\nkind: Thing\nmetadata:\n  name: x\nspec:\n  name: nn\n  image: x/y@sha256:0a\n  args:\n' +
      '    - --run\n    - -m\n  a: {}\n  b: 1\n  volumes: []\n',
  );
});

const TEXTS = [
  ...[
    '',
    ' ',
    'a b',
    'no',
    'Off',
    'y',
    'null',
    '~',
    'true',
    '1',
    '01',
    '0x1f',
    '1e3',
    '1:30',
    '12:30:45',
    '.5',
    '.inf',
  ],
  ...[
    '-',
    '- a',
    '--',
    '-1',
    '? a',
    ': a',
    'a: b',
    'a:',
    'a #b',
    '#b',
    '@a',
    '`a`',
    '%a',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
  ],
  ...[
    '{a}',
    '[a]',
    '{{item}}',
    "it's",
    '"a"',
    'a\nb',
    '\ta',
    'a\t',
    ' a',
    'a ',
    '\\',
    '\u0000',
    '\u007f',
    '\u2028',
  ],
  ...[
    '\ufeff',
    'é',
    '😀',
    '2026-01-01',
    '500m',
    '2Gi',
    '0 4 * * *',
    '=',
    '<<',
    'a,b',
    '=a',
    'yes sir',
    'a'.repeat(300),
  ],
];

it.each(['1.1', '1.2'] as const)('gives every text back as YAML %s reads it', (version) => {
  for (const value of TEXTS) {
    expect(read(toYaml([manifest([value])]), version)).toEqual([value]);
    expect(read(toYaml([manifest({ key: value })]), version)).toEqual({ key: value });
    expect(read(toYaml([manifest({ [`k${value}`]: 1 })]), version)).toEqual({ [`k${value}`]: 1 });
  }
});

it('nests as deep as one likes, and leaves out what is not there', () => {
  const spec = { a: [{ b: [[1, 2], [{ c: [] }]] }, null, false], d: undefined };
  const [first, second] = parseAllDocuments(toYaml([manifest(spec), manifest(1)]));
  expect(first?.toJS()).toMatchObject({ spec: { a: [{ b: [[1, 2], [{ c: [] }]] }, null, false] } });
  expect(second?.toJS()).toMatchObject({ spec: 1 });
});
