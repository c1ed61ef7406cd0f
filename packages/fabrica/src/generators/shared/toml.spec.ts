import { parse } from 'smol-toml';
import { addRequirements, distributionOf, tomlName } from './toml';

const dependencies = (text: string) =>
  (parse(text) as { project: { dependencies: string[] } }).project.dependencies;

const REQUIREMENTS = ['streamlit>=1', 'Pandas>=3', 'fabrica-storage[x]==1.0'];
const add = (text: string, requirements = REQUIREMENTS) =>
  addRequirements('projects/a/pyproject.toml', text, requirements, ['fabrica-storage']);

describe('addRequirements', () => {
  it.each([
    ['several lines', '[project]\nname = "a"\ndependencies = [\n  "pandas", # keep\n]\n'],
    ['one line', '[project]\nname = "a"\ndependencies = ["pandas"]\n'],
    ['an empty list', '[project]\nname = "a"\ndependencies = []\n'],
    ['no list', '[project]\nname = "a"\n'],
    ['no list, and no line after', '[project]'],
    ['no comma at the end', '[project]\ndependencies = [\n  "pandas"\n]\n'],
    ['comments at the headers', '[project] # keep\nname = "a"\n\n[tool.uv.sources]  # keep\n'],
    ['a comment in the list', "[project]\ndependencies = [ # keep\n  'pandas',\n]"],
    [
      'a list of another table',
      '[tool.hatch.envs.default]\ndependencies = ["ruff"]\n\n[project]\nname = "a"\n',
    ],
    [
      'a list of a later table',
      '[project]\nname = "a"\n[tool.hatch.envs.default]\ndependencies = ["ruff"]\n',
    ],
    ['line ends of Windows', '[project]\r\nname = "a"\r\ndependencies = [\r\n  "pandas",\r\n]\r\n'],
  ])('%s', (_case, text) => {
    const found = add(text);
    const before = dependencies(text) ?? [];
    const wanted = before.length ? ['streamlit>=1', 'fabrica-storage[x]==1.0', 'pandas'] : REQUIREMENTS;
    expect([...dependencies(found)].sort()).toEqual([...wanted].sort());
    expect(parse(found)).toMatchObject({
      tool: { uv: { sources: { 'fabrica-storage': { index: 'fabrica' } } } },
    });
    expect(add(found)).toBe(found);
    for (const kept of text.split('\n').filter((line) => line.includes('ruff') || line.includes('# keep')))
      expect(found).toContain(kept);
  });

  it('keeps a source that the user chose', () => {
    const text =
      '[project]\ndependencies = ["fabrica-storage"]\n\n[tool.uv.sources]\nfabrica-storage = { path = "../x" }\n';
    expect(add(text, ['fabrica-storage==1.0'])).toBe(text);
  });

  it.each([
    ['"fabrica-storage[pandas]==0.9"', '"fabrica-storage[pandas,sklearn]==0.9"'],
    ["'fabrica_storage >=0.9'", "'fabrica_storage[pandas,sklearn]>=0.9'"],
    ['"fabrica-storage[gcs, sklearn,pandas]==0.9"', '"fabrica-storage[gcs, sklearn,pandas]==0.9"'],
  ])('adds to %s the extras that it lacks, and keeps its version', (before, after) => {
    const text = (one: string) =>
      `[project]\ndependencies = [\n  ${one}, # keep\n]\n[tool.uv.sources]\nfabrica-storage = { index = "fabrica" }\n`;
    expect(add(text(before), ['fabrica-storage[pandas,sklearn]==1.0'])).toBe(text(after));
  });

  it.each([
    ['inline sources', '[project]\nname = "a"\n\n[tool.uv]\nsources = { x = { path = "../x" } }\n'],
    ['dotted sources', '[project]\nname = "a"\n\n[tool.uv]\nsources.x = { path = "../x" }\n'],
    ['a dotted list', 'project.name = "a"\nproject.dependencies = ["pandas"]\n'],
    ['an inline project', 'project = { name = "a", version = "1" }\n'],
    ['a table with quotes', '["project"]\nname = "a"\n'],
  ])('leaves what it does not understand, and says what to write: %s', (_case, text) => {
    expect(() => add(text, ['streamlit>=1', 'fabrica-storage[x]==1.0'])).toThrow(
      expect.objectContaining({
        code: 'edit-by-hand',
        message: "projects/a/pyproject.toml is written in a way that can't be added to",
        hint: `in projects/a/pyproject.toml, to the dependencies of [project]:
  "streamlit>=1",
  "fabrica-storage[x]==1.0",
in projects/a/pyproject.toml, to [tool.uv.sources]:
  fabrica-storage = { index = "fabrica" }
then the same command again`,
      }),
    );
  });
});

test('distributionOf', () => {
  expect(distributionOf('Fabrica_Storage[pandas]==1.0 ; python_version > "3"')).toBe('fabrica-storage');
});

test('tomlName', () => {
  expect(tomlName('[project]\nname = "bikes"')).toBe('bikes');
  expect(tomlName('[project')).toBeUndefined();
  expect(tomlName('')).toBeUndefined();
});
