import { nx, nxOk, workspaceWithPlugin, write } from './workspace';

const pyproject = (name: string) => `[project]\nname = "${name}"\nversion = "0.1.0"\n`;

/** What a person sees on the terminal, from real Nx, when the mistake is theirs. */
describe('a mistake is told with its place and the way out, and without a stack', () => {
  const good = {
    'projects/bikes/pyproject.toml': pyproject('bikes'),
    'projects/bikes/fabrica.yaml': 'owner: mobility\n',
    'packages/maps/pyproject.toml': pyproject('fabrica-maps'),
  };
  const root = workspaceWithPlugin(good);

  function said(args: readonly string[]): string {
    const { code, text } = nx(root, args);
    expect(code).not.toBe(0);
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    return text;
  }

  it.each([
    [
      'an unknown key',
      'owner: me\nschedul: daily\n',
      'projects/bikes/fabrica.yaml:2:1: unknown key "schedul"',
    ],
    ['a wrong type', 'owner: 3\n', 'projects/bikes/fabrica.yaml:1:8: owner must be a text, got a number (3)'],
    ['a missing owner', 'description: Bikes.\n', 'projects/bikes/fabrica.yaml:1:1: owner is missing'],
    ['no YAML', 'owner: [\n', 'this is not YAML'],
  ])('%s in fabrica.yaml', (_case, text, expected) => {
    write(root, { ...good, 'projects/bikes/fabrica.yaml': text });
    expect(said(['show', 'projects'])).toContain(expected);
    write(root, good);
  });

  it.each([
    ['[project\n', ':1: ', 'Invalid TOML document'],
    [
      `${pyproject('fabrica-maps')}requires-python = "3.11"\n`,
      ':4: requires-python: ',
      '"3.11" is not a version',
    ],
  ])('a mistake in pyproject.toml is told once, with its line: %j', (text, line, what) => {
    write(root, { ...good, 'packages/maps/pyproject.toml': text });
    const shown = said(['show', 'projects']);
    expect(shown).toContain(`packages/maps/pyproject.toml${line}${what}`);
    expect(shown.split(what)).toHaveLength(2);
    write(root, good);
  });

  it('two projects with one name', () => {
    const other = workspaceWithPlugin({
      ...good,
      'projects/cars/pyproject.toml': pyproject('bikes'),
      'projects/cars/fabrica.yaml': 'owner: me\n',
    });
    const { code, text } = nx(other, ['show', 'projects']);
    expect(code).not.toBe(0);
    expect(text).toContain(
      'projects/cars/pyproject.toml:2: two have the name "bikes": projects/bikes and projects/cars',
    );
    expect(text).toContain('try in projects/cars/pyproject.toml: name = "cars"');
  });

  it.each([
    ['Trip Bikes', 'npx nx g fabrica:project trip-bikes'],
    ['json', "Python's standard library"],
    ['workspace', 'it is reserved'],
    ['maps', '"maps" is taken: packages/maps has it'],
  ])('the name %j for a project', (name, expected) => {
    expect(said(['g', 'fabrica:project', name, '--owner=me', '--no-interactive'])).toContain(expected);
  });

  it('tests in a cluster are neither answered from the cache of Nx nor kept in it', () => {
    const shown = said(['run', 'bikes:test', '--environment=nowhere']);
    expect(shown).toContain('there is no environment "nowhere"');
    expect(shown).toContain('Skipped (--skip-nx-cache)');
  });

  it('--dry-run says what would be written, and writes nothing', () => {
    const { text } = nxOk(root, ['g', 'fabrica:package', 'routes', '--dry-run', '--no-interactive']);
    expect(text).toContain('CREATE packages/routes/src/fabrica/routes/__init__.py');
    expect(text).not.toContain('Next:');
    expect(nxOk(root, ['show', 'projects']).stdout).not.toContain('routes');
  });
});
