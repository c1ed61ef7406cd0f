import { joinDependencies, relaxedDependencies, type Uses } from './dependencies';
import type { Manifest } from './manifests';

const needed = (...modules: string[]) => modules.map((module) => ({ module, file: 'a.py', line: 1 }));

function manifest(
  kind: Manifest['kind'],
  texts: string[],
  more: Partial<Manifest> = {},
  group?: string,
): Manifest {
  const dependencies = texts.map((text) => {
    return { name: (/^[\w-]+/.exec(text) as string[])[0] as string, text, group, place: { file: kind } };
  });
  return { kind, file: kind, dependencies, left: [], ...more };
}

function join(manifests: Manifest[], uses: Partial<Uses> = {}, locked: [string, string][] = []) {
  const all = joinDependencies(manifests, { production: [], others: [], ...uses }, new Map(locked));
  const own = all.stated.filter(({ place }) => place.file !== 'pyproject.toml');
  return { ...all, own: own.map(({ text, group }) => (group ? `${group}: ${text}` : text)) };
}

it('takes the weightiest manifest in whole, and of others what code imports or development needs', () => {
  const { own, unused } = join(
    [
      manifest('setup.py', ['pandas>=1', 'shap']),
      manifest('requirements', ['pandas==1.5.3', 'scikit-learn==1.2', 'six==1.16']),
      manifest('requirements', ['black'], {}, 'dev'),
    ],
    { production: needed('sklearn') },
  );
  expect(own).toEqual(['pandas>=1', 'shap', 'scikit-learn==1.2', 'dev: black']);
  expect(unused.map(({ text }) => text)).toEqual(['six==1.16']);
});

it('takes of a list of all that was installed what code imports', () => {
  const listed = manifest('Conda', ['numpy==1.26', 'pillow==10', 'zipp==3'], { isLock: true });
  expect(join([listed], { others: needed('PIL', 'numpy') }).own).toEqual(['numpy==1.26', 'pillow==10']);
});

it('states what code imports and another distribution brought, by the old lock; the rest is told', () => {
  const { own, missing } = join(
    [manifest('Conda', ['pandas'])],
    { production: needed('numpy', 'deepchecks') },
    [['numpy', '1.26.0']],
  );
  expect(own).toEqual(['pandas', 'numpy']);
  expect(missing.map(({ module }) => module)).toEqual(['deepchecks']);
});

it('guesses from imports where nothing is stated', () => {
  const { own, missing } = join([], { production: needed('yaml'), others: needed('matplotlib', 'google') });
  expect(own).toEqual(['pyyaml', 'dev: matplotlib']);
  expect(missing.map(({ module }) => module)).toEqual(['google']);
});

it("adds what the house develops with, and keeps the project's own pins of it", () => {
  const { stated } = join([manifest('Poetry', ['pandas']), manifest('Poetry', ['pytest>=7'], {}, 'dev')]);
  expect(stated.filter(({ group }) => group === 'dev').map(({ text }) => text)).toEqual([
    'pytest>=7',
    'basedpyright',
    'ipykernel',
    'ruff',
  ]);
});

it('makes lower limits of pins, and remembers what they were', () => {
  const { stated } = relaxedDependencies(join([manifest('Conda', ['pandas==1.5.3', 'numpy<2'])]));
  expect(stated.slice(0, 2).map(({ text, was }) => [text, was])).toEqual([
    ['pandas>=1.5.3', 'pandas==1.5.3'],
    ['numpy<2', undefined],
  ]);
});
