import { parse } from 'smol-toml';
import { addRequirements, distributionOf, tomlName } from './toml';

const dependencies = (text: string) =>
  (parse(text) as { project: { dependencies: string[] } }).project.dependencies;

describe('addRequirements', () => {
  it.each([
    ['several lines', '[project]\nname = "a"\ndependencies = [\n  "pandas", # keep\n]\n'],
    ['one line', '[project]\nname = "a"\ndependencies = ["pandas"]\n'],
    ['an empty list', '[project]\nname = "a"\ndependencies = []\n'],
    ['no list', '[project]\nname = "a"\n'],
    ['no comma at the end', '[project]\ndependencies = [\n  "pandas"\n]\n'],
  ])('%s', (_case, text) => {
    const found = addRequirements(
      text,
      ['streamlit>=1', 'Pandas>=3', 'fabrica-storage[x]==1.0'],
      ['fabrica-storage'],
    );
    const before = dependencies(text) ?? [];
    const wanted = before.length
      ? ['streamlit>=1', 'fabrica-storage[x]==1.0', 'pandas']
      : ['streamlit>=1', 'Pandas>=3', 'fabrica-storage[x]==1.0'];
    expect([...dependencies(found)].sort()).toEqual([...wanted].sort());
    expect(parse(found)).toMatchObject({
      tool: { uv: { sources: { 'fabrica-storage': { index: 'fabrica' } } } },
    });
    expect(
      addRequirements(found, ['streamlit>=1', 'Pandas>=3', 'fabrica-storage[x]==1.0'], ['fabrica-storage']),
    ).toBe(found);
    if (text.includes('# keep')) expect(found).toContain('"pandas", # keep');
  });

  it('keeps a source that the user chose', () => {
    const text =
      '[project]\ndependencies = ["fabrica-storage"]\n\n[tool.uv.sources]\nfabrica-storage = { path = "../x" }\n';
    expect(addRequirements(text, ['fabrica-storage==1.0'], ['fabrica-storage'])).toBe(text);
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
