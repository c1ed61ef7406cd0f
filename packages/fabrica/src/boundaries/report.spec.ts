import { stripVTControlCharacters } from 'node:util';
import type { Checked } from './check';
import { refuse, warn } from './findings';
import { annotations } from './annotations';
import { countsText, passes, remarksText, unitDocument, unitText } from './report';
import { WORLD } from './testing/planted';
import type { Unit } from './world';

const CHECKED: Checked = {
  unit: WORLD.byFolder.get('projects/rides') as Unit,
  findings: [
    refuse('imports-project', { path: 'src/rides/train.py', line: 3 }, 'imports bikes', 'move it'),
    warn('unused', { path: 'pyproject.toml', line: 5 }, 'nothing imports x', 'take it out'),
    refuse('path', { path: 'notebooks/a.ipynb', cell: 2, line: 1 }, '100%: sys.path, names', 'copy it'),
  ],
  excuses: [{ rule: 'path', path: 'notebooks', reason: 'moving', until: '2026-12-31', findings: 2 }],
  isInstalled: false,
  isBehind: false,
  files: 40,
};

describe('the report', () => {
  it('groups by project and says place, rule, message and way out', () => {
    expect(stripVTControlCharacters(unitText(CHECKED)).split('\n')).toEqual([
      'projects/rides',
      '  error imports-project projects/rides/src/rides/train.py:3',
      '    imports bikes',
      '    try move it',
      '  warning unused projects/rides/pyproject.toml:5',
      '    nothing imports x',
      '    try take it out',
      '  error path projects/rides/notebooks/a.ipynb, cell 2, line 1',
      '    100%: sys.path, names',
      '    try copy it',
      '  note not installed: undeclared imports were not looked for; npx nx run rides:install',
    ]);
  });

  it('says of every run what is excused, and where something was not looked for', () => {
    const bikes = { ...CHECKED, unit: WORLD.byFolder.get('projects/bikes') as Unit, excuses: [] };
    const lines = (...all: Checked[]) => remarksText(all).map(stripVTControlCharacters);
    const excused = 'excused until 2026-12-31: path in projects/rides/notebooks (2 findings): moving';
    expect(lines(CHECKED)).toEqual([excused]);
    const behind = { ...bikes, isInstalled: true, isBehind: true };
    expect(unitText(behind)).toContain('not installed as the lock is now');
    expect(unitDocument(behind, 0)).toMatchObject({ installed: false });
    expect(lines(CHECKED, bikes)).toEqual([
      excused,
      'note 2 not installed: undeclared imports were not looked for; npx nx run-many -t install -p rides,bikes',
    ]);
    expect(lines(CHECKED, { ...bikes, isInstalled: true }).at(-1)).toBe(
      'note not installed: undeclared imports were not looked for; npx nx run rides:install',
    );
  });

  it('ends with counts and seconds', () => {
    expect(countsText([CHECKED], 0.1234)).toBe('2 errors, 1 warning, 1 exception, 40 files of rides, 0.12 s');
    expect(countsText([CHECKED, { ...CHECKED, findings: [], excuses: [] }], 1)).toBe(
      '2 errors, 1 warning, 1 exception, 80 files of 2 projects and packages, 1.00 s',
    );
  });

  it('fails for errors alone', () => {
    expect(passes(CHECKED)).toBe(false);
    expect(passes({ ...CHECKED, findings: CHECKED.findings.slice(1, 2) })).toBe(true);
  });

  it('writes annotations of GitHub, escaped', () => {
    expect(annotations(CHECKED).split('\n')).toEqual([
      '::error file=projects/rides/src/rides/train.py,line=3,title=boundaries%3A imports-project::imports bikes%0ATry: move it',
      '::warning file=projects/rides/pyproject.toml,line=5,title=boundaries%3A unused::nothing imports x%0ATry: take it out',
      '::error file=projects/rides/notebooks/a.ipynb,title=boundaries%3A path::cell 2, line 1: 100%25: sys.path, names%0ATry: copy it',
      '::notice title=boundaries%3A exception::excused until 2026-12-31: path in projects/rides/notebooks (2 findings): moving',
    ]);
  });

  it('is a document for tools, with paths from the workspace', () => {
    expect(unitDocument(CHECKED, 0.1)).toMatchObject({
      schema: 1,
      name: 'rides',
      findings: [{ rule: 'imports-project', path: 'projects/rides/src/rides/train.py', line: 3 }, {}, {}],
      exceptions: [{ reason: 'moving' }],
      installed: false,
    });
  });
});
