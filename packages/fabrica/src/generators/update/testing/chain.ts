import { render, type Answers } from '../../project/render';
import type { Template, Templates } from '../../project/template';

/** A chain of three templates, small enough to be read. For tests alone. */
const SETTINGS = `owner: <%- yaml(owner) %>
description: <%- yaml(description) %>
# Schedules go like this:
# pipelines: {train: {schedule: "0 4 * * *"}}
`;

const PYPROJECT = `[project]
name = "<%= name %>"
version = "0.1.0"
dependencies = [
<% for (const requirement of requirements) { %>  "<%- requirement %>",
<% } %>]

[tool.ruff]
line-length = 100
`;

const README = `# <%- title %>

Owner: <%- owner %>

## Work on it

nx test <%= name %>
<% if (app) { %>nx run <%= name %>:app
<% } %>`;

const DATA = `"""The data of <%= name %>."""

import pandas as pd


def read() -> pd.DataFrame:
    """Read all days."""
    return pd.read_csv("data/days.csv")


def check(days: pd.DataFrame) -> pd.DataFrame:
    """Return the days as they are."""
    return days
`;

export const NOTEBOOK = (title: string) =>
  JSON.stringify(
    {
      cells: [
        { cell_type: 'markdown', source: [title] },
        { cell_type: 'code', source: [] },
      ],
    },
    null,
    1,
  );

const files = (some: Record<string, string | Buffer>) =>
  new Map(Object.entries(some).map(([path, content]) => [path, Buffer.from(content)]));

const shared = ['fabrica-storage'];

const FIRST: Template = {
  version: 1,
  requirements: {
    base: { shared, others: ['numpy>=1,<3', 'pandas>=2.2,<4'] },
    app: { shared: [], others: ['streamlit>=1,<2'] },
  },
  renamed: {},
  files: files({
    'base/fabrica.yaml.template': SETTINGS,
    'base/pyproject.toml.template': PYPROJECT,
    'base/README.md.template': README,
    'base/data/days.csv': 'day,rentals\n1,10\n2,20\n',
    'base/logo.png': Buffer.from([0x89, 0, 1]),
    'base/notebooks/explore.ipynb': NOTEBOOK('Exploring'),
    'base/src/__module__/data.py.template': DATA,
    'base/src/__module__/old.py': 'OLD = 1\n',
    'base/src/__module__/plot.py': 'import altair\n\n\nCOLOUR = "blue"\n',
    'base/tests/test_data.py': 'def test_data():\n    assert True\n',
    'app/src/__module__/app.py': 'print("app")\n',
  }),
};

const PLOT = 'base/src/__module__/plot.py';
const CHARTS = 'base/src/__module__/charts.py';
const LATEST = 'base/src/__module__/plots/charts.py';

function renamed(files: Template['files'], from: string, to: string): Template['files'] {
  return new Map([...files].map(([path, content]) => [path === from ? to : path, content]));
}

/** Other commands in the README, a wider range of pandas, a rule for the linter, another name for a file. */
const SECOND: Template = {
  version: 2,
  renamed: { [PLOT]: CHARTS },
  requirements: { ...FIRST.requirements, base: { shared, others: ['numpy>=1,<3', 'pandas>=2.2,<5'] } },
  files: new Map([
    ...renamed(FIRST.files, PLOT, CHARTS),
    ...files({
      'base/README.md.template': README.replace('nx test', 'npx nx test'),
      'base/pyproject.toml.template': `${PYPROJECT}preview = true\n`,
    }),
  ]),
};

/** Another way to read, a file more, a file less, a file renamed again, other data, another notebook, logo and test. */
const THIRD: Template = {
  version: 3,
  renamed: { [CHARTS]: LATEST },
  requirements: SECOND.requirements,
  files: new Map([
    ...[...renamed(SECOND.files, CHARTS, LATEST)].filter(([path]) => !path.endsWith('old.py')),
    ...files({
      [LATEST]: 'import altair as alt\n\n\nCOLOUR = "blue"\n',
      'base/fabrica.yaml.template': SETTINGS.replace('0 4 * * *', '0 5 * * *'),
      'base/src/__module__/data.py.template': DATA.replace(
        'read_csv("data/days.csv")',
        'read_parquet("data/days")',
      ),
      'base/src/__module__/checks.py': 'CHECKS = []\n',
      'base/notebooks/explore.ipynb': NOTEBOOK('Exploring the data'),
      'base/data/days.csv': 'day,rentals\n1,10\n2,21\n',
      'base/logo.png': Buffer.from([0x89, 0, 2]),
      'base/tests/test_data.py': 'def test_data():\n    assert 1\n',
    }),
  ]),
};

/** The templates up to one of them. */
export function templatesUpTo(current: 1 | 2 | 3): Templates {
  return { current, read: (version) => [FIRST, SECOND, THIRD][version - 1] as Template };
}

/** What a project holds that one of the templates has just made. */
export function made(version: 1 | 2 | 3, answers: Partial<Answers> = {}): Record<string, string> {
  const all = { name: 'bikes', owner: 'me', description: 'Bikes.', parts: [], ...answers };
  const template = templatesUpTo(version).read(version);
  const rendered = render(template, { ...all, versions: new Map([['fabrica-storage', '0.1.0']]) });
  return Object.fromEntries([...rendered].map(([path, content]) => [path, content.toString('latin1')]));
}
