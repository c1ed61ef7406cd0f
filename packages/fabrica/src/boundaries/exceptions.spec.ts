import { check, found } from './testing/planted';

const excused = (path: string, until: string, rule = 'imports-project') => ({
  'fabrica.yaml': `owner: me\nboundaries:\n  exceptions:\n    - { rule: ${rule}, path: ${path}, reason: until it moved, until: ${until} }\n`,
});
const FILES = { 'src/rides/old.py': 'import bikes\n', 'src/rides/new.py': 'import bikes\n' };
const NEW = 'imports-project src/rides/new.py:1';
const OLD = 'imports-project src/rides/old.py:1';

describe('exceptions', () => {
  it('excuse a file until their day is over', () => {
    expect(found({ ...FILES, ...excused('src/rides/old.py', '2026-11-21') })).toEqual([NEW]);
    expect(found({ ...FILES, ...excused('./src/rides/old.py', '2026-12-31') })).toEqual([NEW]);
    expect(found({ ...FILES, ...excused('src/rides/old.py', '2026-11-20') })).toEqual([
      'exception-ended fabrica.yaml:4',
      NEW,
      OLD,
    ]);
  });

  it('excuse a folder, and no other whose name begins so', () => {
    expect(found({ ...FILES, ...excused('src/', '2026-12-31') })).toEqual([]);
    expect(found({ ...FILES, ...excused('src/ri', '2026-12-31') })).toEqual([
      '~exception-unused fabrica.yaml:4',
      NEW,
      OLD,
    ]);
  });

  it('excuse their rule alone', () => {
    expect(found({ ...FILES, ...excused('src', '2026-12-31', 'path') })).toEqual([
      '~exception-unused fabrica.yaml:4',
      NEW,
      OLD,
    ]);
  });

  it('are listed by every run', () => {
    const { excuses } = check({ ...FILES, ...excused('src', '2026-12-31') });
    expect(excuses).toEqual([
      { rule: 'imports-project', path: 'src', reason: 'until it moved', until: '2026-12-31', findings: 2 },
    ]);
    expect(check({ ...FILES, ...excused('src', '2026-11-20') }).excuses).toEqual([]);
  });

  it.each([
    ['rule', excused('src', '2026-12-31', 'everything')],
    ['until', excused('src', 'never')],
    ['until', excused('src', '2026-02-30')],
  ])('are refused with a %s that makes no sense', (key, files) => {
    expect(() => check(files)).toThrow(`boundaries.exceptions[0].${key}`);
  });

  it('are refused without a reason', () => {
    const text = 'owner: me\nboundaries: { exceptions: [{ rule: path, path: src, until: 2026-12-31 }] }\n';
    expect(() => check({ 'fabrica.yaml': text })).toThrow('boundaries.exceptions[0].reason is missing');
  });
});
