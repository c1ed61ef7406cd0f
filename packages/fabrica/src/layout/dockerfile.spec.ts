import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pins, UV_VERSION } from '../python/uv';
import { folderWith, pyproject, writeFiles } from '../workspace/testing/folder';
import { dockerfileLines, dockerignoreLines, UV_REQUIREMENT } from './dockerfile';
import { readFacts } from './facts';
import { filesOnDisk } from './files';
import { driftOf, ownedByProject } from './owned';

const FILES = {
  'nx.json':
    '{"plugins": [{"plugin": "fabrica/plugin", "options": {"images": {"base": "acme.example/python:3.12"}}}]}',
  'projects/bikes/fabrica.yaml': 'owner: mobility\n',
  'projects/bikes/pyproject.toml': pyproject('bikes'),
};
const DOCKERFILE = 'projects/bikes/Dockerfile';

/** The files of a project once they are in step. */
function mended(files: Readonly<Record<string, string>> = {}): Record<string, string> {
  const root = folderWith({ ...FILES, ...files });
  const disk = filesOnDisk(root);
  const facts = readFacts(disk);
  const drifts = driftOf(disk, ownedByProject('projects/bikes', facts));
  writeFiles(root, Object.fromEntries(drifts.map(({ file, text }) => [file, text])));
  return {
    [DOCKERFILE]: disk.read(DOCKERFILE) ?? '',
    '.dockerignore': disk.read('projects/bikes/.dockerignore') ?? '',
  };
}

describe("a project's Dockerfile", () => {
  it('is made from the base image of the workspace, and ends with what the project is', () => {
    const service = mended({ 'projects/bikes/src/bikes/service.py': '' })[DOCKERFILE];
    expect(service).toContain('\nARG BASE=acme.example/python:3.12\n');
    expect(service).toContain('EXPOSE 8000\nCMD ["python","-m","fabrica.serving","serve"');
    expect(mended({ 'projects/bikes/src/bikes/app.py': '' })[DOCKERFILE]).toContain(
      'CMD ["streamlit","run","src/bikes/app.py"',
    );
    const pipelines = mended({ 'projects/bikes/src/bikes/pipelines/train.py': '' })[DOCKERFILE];
    expect(pipelines).toContain('CMD ["python","-m","fabrica.pipelines","list"]');
    expect(pipelines).not.toContain('EXPOSE');
  });

  it('keeps what a person writes below, and follows the settings above', () => {
    const yours = 'ENV SEASON=winter\n';
    const before = `${mended()[DOCKERFILE]}${yours}`.replace('ARG BASE=acme', 'ARG BASE=other');
    expect(mended({ [DOCKERFILE]: before })[DOCKERFILE]).toBe(`${mended()[DOCKERFILE]}${yours}`);
  });

  it('is left alone when it has no section: then it is all yours', () => {
    expect(mended({ [DOCKERFILE]: 'FROM python\n' })[DOCKERFILE]).toBe('FROM python\n');
  });

  it('lets only production and tests through to Docker', () => {
    expect(mended()['.dockerignore']).toContain(dockerignoreLines().join('\n'));
    expect(dockerignoreLines()[0]).toBe('*');
  });

  it('installs the uv that makes the locks, by hashes that the plugin pins', () => {
    const pinned = readFileSync(pins('uv'), 'utf8');
    const [name, ...hashes] = UV_REQUIREMENT;
    expect(name).toBe(`uv==${UV_VERSION}`);
    expect(hashes.filter((hash) => !pinned.includes(hash))).toEqual([]);
  });

  it('ends no command in the middle: a line that goes on is followed by one that is indented', () => {
    const lines = dockerfileLines({ name: 'bikes', parts: ['service'] });
    const open = lines.filter((line, index) => line.endsWith('\\') && !lines[index + 1]?.startsWith('    '));
    expect(open).toEqual([]);
  });

  it('is described in the guide', () => {
    const guide = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'images.md'), 'utf8');
    for (const stage of ['wheels', 'dependencies', 'source', 'runtime'])
      expect(guide).toContain(`\`${stage}\``);
  });
});
