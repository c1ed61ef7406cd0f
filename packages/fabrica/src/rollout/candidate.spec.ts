import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { candidateChange, type Candidate } from './candidate';
import { moveChange } from './move';

const WHEEL = '/drafts/fabrica_calendar-0.2.0-py3-none-any.whl';
const URL = `file://${WHEEL}`;

const candidate: Candidate = {
  name: 'calendar',
  folder: 'packages/calendar',
  distribution: 'fabrica-calendar',
  version: '0.2.0',
  wheel: { path: WHEEL, file: 'fabrica_calendar-0.2.0-py3-none-any.whl', sha256: 'f'.repeat(64) },
};

describe('a project with another version of a package', () => {
  const at = join(mkdtempSync(join(tmpdir(), 'fabrica-')), 'churn');
  beforeAll(() => mkdirSync(at));
  afterAll(() => rmSync(join(at, '..'), { recursive: true }));

  const manifest = (dependencies: string, dev = '') =>
    [
      '[project]\nname = "churn"\nversion = "0.1.0"',
      `dependencies = [${dependencies}]\n`,
      `[dependency-groups]\ndev = [${dev}]\n`,
      '[tool.uv.sources]\nFabrica_Calendar = { index = "fabrica" }\nother = { index = "fabrica" }\n',
    ].join('\n');
  const write = (text: string, lock = '') => {
    writeFileSync(join(at, 'pyproject.toml'), text);
    writeFileSync(join(at, 'requirements.txt'), lock);
    return text;
  };
  const withCandidate = (text: string, lock?: string) =>
    parse(candidateChange([candidate]).edit(at, write(text, lock))) as {
      project: { dependencies: string[] };
      'dependency-groups': { dev: string[] };
      tool: { uv: { sources: object } };
    };

  it('asks for the candidate by its file, wherever it asked for the package', () => {
    const { project, tool, ...rest } = withCandidate(
      manifest('"pandas", "fabrica-calendar[sql]==0.1.0 ; python_version > \'3\'"', '"Fabrica.Calendar"'),
    );
    expect(project.dependencies).toEqual(['pandas', `fabrica-calendar[sql] @ ${URL} ; python_version > '3'`]);
    expect(rest['dependency-groups'].dev).toEqual([`fabrica-calendar @ ${URL}`]);
    expect(tool.uv.sources).toEqual({ other: { index: 'fabrica' } });
  });

  it('asks for it in production, or for development, where another package brings it', () => {
    const shipped = withCandidate(manifest('"pandas"'), 'fabrica-calendar==0.1.0\n');
    expect(shipped.project.dependencies).toEqual(['pandas', `fabrica-calendar @ ${URL}`]);
    const developed = withCandidate(manifest('"pandas"', '"pytest"'));
    expect(developed['dependency-groups'].dev).toEqual(['pytest', `fabrica-calendar @ ${URL}`]);
  });

  it.each(['>=0.1,<0.2', '~=0.1.0', '==0.1.*', '!=0.2.0'])('does not get what %s leaves out', (specifier) => {
    expect(() => withCandidate(manifest(`"fabrica-calendar${specifier}"`))).toThrow(
      `fabrica-calendar${specifier} does not allow 0.2.0`,
    );
  });

  it('asks for a release as it asked before, and all else in the file stays', () => {
    const text = write(
      `# mine\n${manifest('"fabrica-calendar[sql]==0.1.0"', '"fabrica-calendar>=0.1,<0.2"')}`,
    );
    expect(moveChange('fabrica-calendar', '0.2.0').edit(at, text)).toBe(
      text.replace('==0.1.0"', '==0.2.0"').replace('>=0.1,<0.2"', '>=0.2.0,<0.3"'),
    );
  });
});
