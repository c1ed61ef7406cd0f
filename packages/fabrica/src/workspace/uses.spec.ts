import { withUses } from './uses';

const FILE = 'projects/bikes/fabrica.yaml';

it.each([
  ['owner: me\n', 'owner: me\nexperiments:\n  uses: [rides]\n'],
  ['owner: me', 'owner: me\nexperiments:\n  uses: [rides]\n'],
  ['experiments:\n  uses: [a] # why\nowner: me\n', 'experiments:\n  uses: [a, rides] # why\nowner: me\n'],
  ['experiments: {uses: [ a ]}\nowner: me\n', 'experiments: {uses: [ a, rides ]}\nowner: me\n'],
  ['experiments: { uses: [] }\nowner: me\n', 'experiments: { uses: [rides] }\nowner: me\n'],
  ['experiments: {} # none\nowner: me\n', 'experiments: { uses: [rides] } # none\nowner: me\n'],
  [
    'experiments:\n    uses:\n    - a # first\n    - b # last\n\n# then\nowner: me\n',
    'experiments:\n    uses:\n    - a # first\n    - b # last\n    - rides\n\n# then\nowner: me\n',
  ],
  ['owner: me\nexperiments:\n  uses:\n    - a', 'owner: me\nexperiments:\n  uses:\n    - a\n    - rides'],
  ['owner: me\r\nexperiments:\r\n  uses: [a]\r\n', 'owner: me\r\nexperiments:\r\n  uses: [a, rides]\r\n'],
])('adds to %j, and changes nothing else', (before, after) => {
  expect(withUses(FILE, before, ['rides'])).toBe(after);
  expect(withUses(FILE, after, ['rides'])).toBe(after);
});

it('adds several, each once', () => {
  expect(withUses(FILE, 'owner: me\nexperiments: { uses: [a] }\n', ['b', 'a', 'c'])).toBe(
    'owner: me\nexperiments: { uses: [a, b, c] }\n',
  );
});

it("says what to write where it can't add", () => {
  expect(() => withUses(FILE, '{ owner: me }\n', ['rides'])).toThrow(
    expect.objectContaining({
      message: `${FILE}: experiments.uses can't be added to as it is written`,
      hint: 'write it by hand: experiments: { uses: [rides] }',
    }),
  );
});
