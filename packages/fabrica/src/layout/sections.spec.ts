import { BEGIN, END, sectionDifference, withoutSection, withSection, type Section } from './sections';

const section: Section = { lines: ['.venv/', '.fabrica/'], at: 'top' };
const own = `${BEGIN}\n.venv/\n.fabrica/\n${END}\n`;
const mended = (text: string | undefined, wanted = section) => withSection('.gitignore', text, wanted);

describe('a section of a file', () => {
  it.each([
    ['no file', undefined, own],
    ['an empty file', '', own],
    ["the user's lines", 'data/\n', `${own}\ndata/\n`],
    ['lines that say the same', 'data/\n.venv/\n', `${own}\ndata/\n`],
    ['a section that lacks a line', `a\n${BEGIN}\n.venv/\n${END}\nb`, `a\n${own}b\n`],
    ['a section with more than it should have', `${BEGIN}\nmine/\n${END}\n`, own],
    ['a marker in words of an older version', '# fabrica: begin\n# fabrica: end\n', own],
  ])('%s', (_case, text, expected) => {
    expect(mended(text)).toBe(expected);
    expect(mended(expected)).toBe(expected);
  });

  it('goes to the end where the last line wins', () => {
    expect(mended('* @all\n', { ...section, at: 'bottom' })).toBe(`* @all\n\n${own}`);
  });

  it('leaves what the user wrote when it goes', () => {
    expect(withoutSection('Dockerfile', `${own}\nENV A=1\n`)).toBe('ENV A=1\n');
    expect(withoutSection('Dockerfile', own)).toBe('');
  });

  it('is as far indented as its first line', () => {
    const steps = `steps:\n  - run: npm ci\n  ${BEGIN}\n  ${END}\n`;
    const text = mended(steps);
    expect(text).toBe(`steps:\n  - run: npm ci\n  ${BEGIN}\n  .venv/\n  .fabrica/\n  ${END}\n`);
    expect(sectionDifference('ci.yml', text, section)).toBeUndefined();
    expect(sectionDifference('ci.yml', steps, section)).toMatchObject({ line: 3, extra: [] });
  });

  it("keeps Windows' line ends", () => {
    expect(mended('data/\r\n')).toBe(`${own}\ndata/\n`.replaceAll('\n', '\r\n'));
    expect(sectionDifference('.gitignore', mended('data/\r\n'), section)).toBeUndefined();
  });

  it.each([
    ['no end', `a\n${BEGIN}\n.venv/\n`, '.gitignore:2: '],
    ['no begin', `.venv/\n${END}\n`, '.gitignore:2: '],
    ['two', `${own}${own}`, '.gitignore:5: '],
  ])('with %s is refused: nobody knows what is whose', (_case, text, place) => {
    expect(() => mended(text)).toThrow(place);
  });

  it('is compared line by line', () => {
    expect(sectionDifference('f', own, section)).toBeUndefined();
    expect(sectionDifference('f', `x\n${BEGIN}\n.venv/\nmine/\n${END}\n`, section)).toEqual({
      line: 2,
      missing: ['.fabrica/'],
      extra: ['mine/'],
    });
  });
});
