import { readIfThere } from '../../../support/files';
import { folderWith } from '../../../workspace/testing/folder';
import { readPytest, readPythonFacts } from './python-facts';
import { readSetup } from './setup';

async function read(files: Record<string, string>) {
  const folder = folderWith(files);
  const facts = await readPythonFacts(
    folder,
    Object.keys(files).filter((file) => file.endsWith('.py')),
  );
  const setup = readSetup(facts, (path) => (path in files ? readIfThere(`${folder}/${path}`) : undefined));
  return { facts, setup };
}

const stated = (setup: Awaited<ReturnType<typeof read>>['setup']) =>
  setup?.dependencies.map(({ text, group }) => (group ? `${group}: ${text}` : text));

it('reads setup.py without running it', async () => {
  const { setup } = await read({
    'setup.py': `from setuptools import setup, find_packages
raise SystemExit("this must never run")
tests = ["pytest>=6"]
def requirements(name):
    with open("requirements.txt") as file:
        return file.read().splitlines()
setup(
    name="churn",
    version="1." + "0",
    package_dir={"": "lib"},
    packages=find_packages("lib"),
    install_requires=requirements("x"),
    extras_require={"test": tests, "plots": ["plotly"] + ["kaleido"], "more": compute()},
    entry_points={"console_scripts": ["churn = churn:main"]},
    python_requires=">=3.8",
)
`,
    'requirements.txt': 'numpy>=1.20\n',
  });
  expect(setup).toMatchObject({ name: 'churn', version: '1.0', python: '>=3.8', roots: ['lib'] });
  expect(stated(setup)).toEqual(['numpy>=1.20', 'dev: pytest>=6', 'plots: plotly', 'plots: kaleido']);
  expect(setup?.left.map(({ what, place }) => `${place.line}: ${what}`)).toEqual([
    '13: dependencies',
    '14: entry points',
  ]);
});

it('reads setup.cfg', async () => {
  const { setup, facts } = await read({
    'setup.cfg': `[metadata]
name = churn
version = attr: churn.__version__
[options]
python_requires = >=3.9
package_dir =
    = src
install_requires =
    pandas>=1.3  # why
    own @ git+https://example.com/own.git
[options.extras_require]
dev = pytest; black
[tool:pytest]
addopts = --cov
`,
  });
  expect(setup).toMatchObject({ file: 'setup.cfg', name: 'churn', version: undefined, roots: ['src'] });
  expect(stated(setup)).toEqual(['pandas>=1.3', 'dev: pytest ; black']);
  expect(setup?.left.map(({ place }) => place)).toEqual([{ file: 'setup.cfg', line: 10 }]);
  expect(readPytest(facts)).toEqual({ file: 'setup.cfg', settings: { addopts: '--cov' } });
});

it('names the files that are not Python 3', async () => {
  const { facts } = await read({ 'old.py': 'x = 1\nprint "a"\n', 'new.py': 'print("a")\n' });
  expect(facts.broken).toEqual([expect.objectContaining({ file: 'old.py', line: 2 })]);
});

it.each([
  ['setup.py', 'from setuptools import setup\nsetup(name=)\n', 2],
  ['setup.cfg', '[metadata]\nname = a\nthis is nothing\n', 3],
])('tells the line of a mistake in %s', async (file, text, line) => {
  await expect(read({ [file]: text })).rejects.toMatchObject({ code: 'bad-setup', place: { file, line } });
});
