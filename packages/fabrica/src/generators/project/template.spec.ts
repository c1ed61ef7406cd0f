import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  freeze,
  frozenFile,
  TEMPLATE_VERSION,
  TEMPLATES,
  thaw,
  todaysTemplate,
  type Template,
} from './template';

/**
 * Projects that were made from a version are compared with it for ever. So a version that was released stays as it
 * is: raise TEMPLATE_VERSION in template.ts, then `UPDATE_TEMPLATE=1 npx jest template` writes the new one. (One that
 * was never released may be written again: remove its file in templates/ first.)
 */
describe('the template', () => {
  const file = frozenFile(TEMPLATE_VERSION);

  it('is frozen as it is: a change of files/ or of requirements is a new version', () => {
    if (process.env.UPDATE_TEMPLATE && !existsSync(file)) writeFileSync(file, freeze(todaysTemplate()));
    const today = todaysTemplate();
    const frozen = thaw(readFileSync(file, 'utf8'));
    expect(changed(frozen, today)).toEqual([]);
    expect({ ...frozen, files: [] }).toEqual({ ...today, files: [] });
  });

  it('has all of its versions, each under its number', () => {
    const versions = Array.from({ length: TEMPLATE_VERSION }, (_, index) => index + 1);
    expect(versions.map((version) => thaw(readFileSync(frozenFile(version), 'utf8')).version)).toEqual(
      versions,
    );
    expect(versions.map((version) => TEMPLATES.read(version).version)).toEqual(versions);
  });

  it('says what to do about a version that is not there', () => {
    expect(() => TEMPLATES.read(TEMPLATE_VERSION + 1)).toThrow(
      `there is no template ${TEMPLATE_VERSION + 1}: this plugin has 1 to ${TEMPLATE_VERSION}`,
    );
  });

  it('keeps every byte when it is frozen', () => {
    const files = new Map([
      ['base/logo.png', Buffer.from([0x89, 0x50, 0, 0xff])],
      ['base/name.txt', Buffer.from('Zürich\r\n')],
    ]);
    const template: Template = {
      version: 9,
      requirements: { base: { shared: [], others: ['x'] } },
      renamed: { a: 'b' },
      files,
    };
    expect(thaw(freeze(template))).toEqual(template);
  });
});

function changed({ files: frozen }: Template, { files: today }: Template): string[] {
  return [...new Set([...frozen.keys(), ...today.keys()])].filter(
    (path) => !today.get(path)?.equals(frozen.get(path) ?? Buffer.from('there was none')),
  );
}
