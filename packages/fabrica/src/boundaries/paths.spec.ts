import { check, found, notebook } from './testing/planted';

const TRAIN = 'src/rides/train.py';
const NOTEBOOK = 'notebooks/explore.ipynb';

describe('path: nothing is put on the path that lies outside', () => {
  it.each([
    ['from the project', 'import sys\nsys.path.append("../bikes/src")'],
    [
      'from the file',
      'import sys, os\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "..", "bikes", "src"))',
    ],
    ['from the workspace', 'import sys\nsys.path.append("projects/bikes/src")'],
    ["on somebody's laptop", 'import sys\nsys.path.append("/home/me/acme/projects/bikes/src")'],
    [
      'by segment',
      'import sys\nfrom pathlib import Path\nsys.path.append(str(Path(__file__).parents[3] / "bikes" / "src"))',
    ],
    ['in an f-string', 'import sys\nsys.path += [f"{ROOT}/bikes/src"]'],
    ['with a backslash', 'import sys\nsys.path.append("..\\\\bikes\\\\src")'],
    ['to a package', 'import sys\nsys.path.append("../../packages/storage/src")'],
    ['to the folder of all projects', 'import sys\nsys.path.append("../../projects")'],
    ['addsitedir', 'import site\nsite.addsitedir("../bikes/src")'],
    ['PYTHONPATH', 'import os\nos.environ["PYTHONPATH"] = "src:../bikes/src"'],
  ])('%s', (_name, text) => {
    const line = text.split('\n').length;
    expect(found({ [TRAIN]: text })).toEqual([`path ${TRAIN}:${line}`]);
  });

  it('says where it leads, and the way out', () => {
    const [toProject] = check({ [TRAIN]: 'import sys\nsys.path.append("../bikes/src")' }).findings;
    expect(toProject).toMatchObject({
      message: 'sys.path names ../bikes/src, which leads to projects/bikes',
      hint: expect.stringContaining('npx nx g fabrica:graduate bikes.MODULE --to bikes-shared'),
    });
    const [toPackage] = check({
      [TRAIN]: 'import sys\nsys.path.append("../../packages/storage/src")',
    }).findings;
    expect(toPackage).toMatchObject({
      hint: 'add "fabrica-storage==1.4.0" to dependencies in projects/rides/pyproject.toml, then: npx nx run rides:lock',
    });
  });

  it.each([
    ['its own src, from a test', 'tests/unit/test_a.py', 'import sys\nsys.path.insert(0, "../../src")'],
    ['its own src, from a notebook', 'notebooks/a.py', 'import sys\nsys.path.append("../src")'],
    ['its own folder, from a notebook', 'notebooks/a.py', 'import sys\nsys.path.append("..")'],
    [
      'a folder of its own that has the name of a project',
      TRAIN,
      'import sys\nsys.path.append("data/bikes")',
    ],
    ['a path that goes up and comes back', TRAIN, 'import sys\nsys.path.append("src/../src")'],
    ['a name that begins like a project', TRAIN, 'import sys\nsys.path.append("bikes_of_mine")'],
    ['the path of the machine', TRAIN, 'import sys\nsys.path.append("/opt/spark/python")'],
    ['a comment', TRAIN, 'import sys\n# sys.path.append("../bikes")'],
    ['a string that is no path', TRAIN, 'import sys\nx = "../bikes/src"'],
  ])('is silent about %s', (_name, path, text) => {
    expect(found({ [path]: text }, { paths: ['data/bikes/trips.csv', 'tests/unit/x'] })).toEqual([]);
  });
});

describe('path: nor run or installed', () => {
  it.each([
    ['%run', '%run ../../bikes/notebooks/clean.py'],
    ['!python', '!python ../../bikes/src/bikes/clean.py'],
    ['!pip install -e', '!pip install -e ../../bikes'],
    ['%pip install', '%pip install ../../bikes'],
    ['--editable=', '!uv pip install --editable=../../bikes[all]'],
    [
      'from the repository',
      '!pip install "x @ git+https://example.com/acme/science#subdirectory=projects/bikes"',
    ],
  ])('%s', (_name, text) => {
    expect(found({ [NOTEBOOK]: notebook('x = 1', text) })).toEqual([`path ${NOTEBOOK}#2:1`]);
  });

  it.each([
    ['its own file', '%run ../src/rides/train.py'],
    ['a distribution', '!pip install pandas'],
    ['another repository', '!pip install git+https://example.com/acme/other'],
    ['a shell command', '!ls ../../bikes'],
  ])('is silent about %s', (_name, text) => {
    expect(found({ [NOTEBOOK]: notebook(text), [TRAIN]: '' })).toEqual([]);
  });

  it('lets an experiment use what fabrica.yaml names', () => {
    const files = { 'fabrica.yaml': 'owner: me\nexperiments: { uses: [bikes] }\n' };
    const text = 'import sys\nsys.path.append("../../bikes/src")';
    expect(found({ ...files, [NOTEBOOK]: notebook(text) })).toEqual([]);
    expect(found({ ...files, [TRAIN]: 'import sys\nsys.path.append("../bikes/src")' })).toEqual([
      `path ${TRAIN}:2`,
    ]);
  });
});

describe('path: nor linked, nor set elsewhere', () => {
  it('a symbolic link', () => {
    const links = [
      { path: 'src/bikes', target: 'projects/bikes/src/bikes' },
      { path: 'data/all.csv', target: '/mnt/all.csv' },
      { path: 'data/theirs', target: 'projects/bikes/data' },
    ];
    expect(found({}, { links })).toEqual(['path data/all.csv', 'path data/theirs', 'path src/bikes']);
    const hints = check({}, { links }).findings.map(({ hint }) => hint);
    expect(hints).toEqual([
      expect.stringContaining('copy what is needed'),
      expect.stringContaining('copy the data'),
      expect.stringContaining('fabrica:graduate'),
    ]);
  });

  it('a .pth file', () => {
    const text = '# bikes\nsrc\nimport site\n../bikes/src\n';
    expect(found({ 'bikes.pth': text })).toEqual(['path bikes.pth:4']);
  });

  it.each([
    ['ENV', 'FROM python\nENV PYTHONPATH=/app/src:../bikes/src', 2],
    ['ENV, the old form', 'FROM python\nENV PYTHONPATH /app/projects/bikes/src', 2],
    ['ARG', 'FROM python\nARG PYTHONPATH="../bikes/src"', 2],
    ['RUN export', 'FROM python\nRUN cd /app && \\\n  export PYTHONPATH=../bikes/src', 2],
  ])('a Dockerfile: %s', (_name, text, line) => {
    expect(found({ Dockerfile: text })).toEqual([`path Dockerfile:${line}`]);
  });

  it('a compose file', () => {
    const list = 'services:\n  app:\n    environment:\n      - PYTHONPATH=../bikes/src\n';
    const map = 'services:\n  app:\n    environment:\n      PYTHONPATH: src:../bikes/src\n';
    expect(found({ 'compose.yaml': list, 'docker-compose.dev.yml': map })).toEqual([
      'path compose.yaml:4',
      'path docker-compose.dev.yml:4',
    ]);
  });

  it('fabrica.yaml, before anybody asks whether it may', () => {
    const text = (value: string) =>
      `owner: me\nenvironment:\n  PYTHONPATH: ${value}\nservice: { env: ["PYTHONPATH=${value}"] }\n`;
    const settings = (value: string) => found({ 'fabrica.yaml': text(value) }, { settings: 'owner: me\n' });
    expect(settings('src:../bikes/src')).toEqual(['path fabrica.yaml:3', 'path fabrica.yaml:4']);
    expect(settings('src')).toEqual([]);
  });

  it('what pyproject.toml tells pytest and others', () => {
    const text =
      '[project]\nname = "rides"\n[tool.pytest.ini_options]\npythonpath = ["src", "../bikes/src"]\n';
    expect(found({ 'pyproject.toml': text })).toEqual(['path pyproject.toml:4']);
  });

  it("is silent about an image's own folders", () => {
    expect(
      found({ Dockerfile: 'FROM python\nENV PYTHONPATH=/app/src:$PYTHONPATH PATH=/app/bin:$PATH\n' }),
    ).toEqual([]);
  });
});
