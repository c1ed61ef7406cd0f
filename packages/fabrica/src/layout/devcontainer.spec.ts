import { isOwnDevcontainer } from './devcontainer';
import type { Facts, Unit } from './facts';
import { ownedByProject } from './owned';

const folder = 'projects/bikes';

function mend(text: string | undefined, unit: Partial<Unit> = {}) {
  const facts = { units: [{ kind: 'project', folder, parts: [], place: { file: '' }, ...unit }] } as Facts;
  const file = ownedByProject(folder, facts).find((one) => one.file.endsWith('devcontainer.json'));
  return file?.mend(text);
}

const written = mend(undefined)?.text ?? '';

it('opens the container of develop, which is prepared before', () => {
  expect(mend(undefined)?.what).toBe('is not there');
  expect(JSON.parse(written)).toMatchObject({
    initializeCommand: 'npx nx run bikes:develop --prepare',
    dockerComposeFile: ['../../../.fabrica/develop/bikes/compose.yaml'],
    workspaceFolder: '/workspace/projects/bikes',
  });
  expect(isOwnDevcontainer(written)).toBe(true);
  expect(mend(written)).toBeUndefined();
});

it("keeps a person's own keys, comments and extensions", () => {
  const own = written
    .replace('{', '{\n  // ours\n  "forwardPorts": [9000],')
    .replace('"ms-python.python"', '"acme.theme", "ms-python.python"');
  expect(mend(own)).toBeUndefined();
});

it("takes in the project's own compose file", () => {
  expect(JSON.parse(mend(written, { compose: 'compose.yml' })?.text ?? '')).toMatchObject({
    dockerComposeFile: ['../../../.fabrica/develop/bikes/compose.yaml', '../compose.yml'],
  });
});

it('leaves one alone that opens another container', () => {
  expect(mend('{ "image": "acme/all-in-one" }')).toBeUndefined();
});
