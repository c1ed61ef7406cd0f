import { isMap, isNode, parseDocument } from 'yaml';
import type { TemplateRecord } from './settings-schema';

/**
 * The text of a fabrica.yaml with another record of its template. Every other character stays as it is: the record is
 * put where the old one is, or at the end.
 *
 * @example
 * withRecord('owner: me\n', { version: 2, parts: ['app'] }); // 'owner: me\ntemplate: { version: 2, parts: [app] }\n'
 */
export function withRecord(text: string, { version, parts }: TemplateRecord): string {
  const record = `{ version: ${version}, parts: [${parts.join(', ')}] }`;
  const place = placeOfRecord(text);
  if (place) return text.slice(0, place.start) + record + text.slice(place.end);
  return `${text}${text && !text.endsWith('\n') ? '\n' : ''}template: ${record}\n`;
}

function placeOfRecord(text: string): { start: number; end: number } | undefined {
  const { contents } = parseDocument(text);
  const value: unknown = isMap(contents) ? contents.get('template', true) : undefined;
  if (!isNode(value) || !value.range) return undefined;
  const [start, end] = value.range;
  // A mapping in block style ends after its last line break, which belongs to the file.
  return { start, end: start + text.slice(start, end).trimEnd().length };
}
