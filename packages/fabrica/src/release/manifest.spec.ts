import { withJsonValue, withPythonVersion, withRequirement } from './manifest';

const PYPROJECT = `# ours
[project]
name = "fabrica-tracking"  # the distribution
version = '0.1.0' # raised by releases
dependencies = ["fabrica-storage>=0.1,<1", "version"]

[project.optional-dependencies]
sql = ['fabrica-storage>=0.1,<1']

[tool.other]
version = "9"
`;

describe('a pyproject.toml', () => {
  it('gets another version, and nothing else changes', () => {
    expect(withPythonVersion('pyproject.toml', PYPROJECT, '0.2.0')).toBe(
      PYPROJECT.replace("version = '0.1.0'", 'version = "0.2.0"'),
    );
  });

  it('gets a requirement in place of another, wherever that stood, in its quotes', () => {
    expect(
      withRequirement('pyproject.toml', PYPROJECT, 'fabrica-storage>=0.1,<1', 'fabrica-storage>=0.2.0,<1'),
    ).toBe(PYPROJECT.replaceAll('>=0.1,<1', '>=0.2.0,<1'));
    expect(withRequirement('pyproject.toml', PYPROJECT, 'version', 'version')).toBe(PYPROJECT);
  });

  it('that is written in another way is left, with what to write', () => {
    const inline = 'project = { name = "a", version = "0.1.0" }\n';
    expect(() => withPythonVersion('packages/a/pyproject.toml', inline, '0.2.0')).toThrow(
      expect.objectContaining({
        code: 'edit-by-hand',
        place: { file: 'packages/a/pyproject.toml' },
        hint: expect.stringContaining('version = "0.2.0"'),
      }),
    );
  });
});

test('a JSON document keeps its form', () => {
  const text = '{\n  // ours\n  "version": "0.1.0",\n  "deps": { "@acme/a": "^0.1.0" }\n}\n';
  expect(withJsonValue(text, ['version'], '0.2.0')).toBe(text.replace('"0.1.0"', '"0.2.0"'));
  expect(withJsonValue(text, ['deps', '@acme/a'], '^0.2.0')).toBe(text.replace('^0.1.0', '^0.2.0'));
});
