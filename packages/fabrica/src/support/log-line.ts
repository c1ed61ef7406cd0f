import { redact } from './secrets';
import { traceback } from './traceback';

/** A line of the house format as it is; any other, such as one of a traceback, as a document that says it. */
export function asDocument(line: string): string {
  const text = redact(line);
  return fieldsOf(text) ? text : JSON.stringify({ message: text });
}

/** The fields of a line in the house format; undefined for any other. */
export function fieldsOf(line: string): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(line);
    return document instanceof Object && !Array.isArray(document)
      ? (document as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * One line of the house format for a person: time, level, event, and the fields that are left. An exception stands
 * below it as a traceback.
 */
export function readable(line: string): string {
  const text = redact(line);
  const document = fieldsOf(text);
  if (!document) return text;
  const { timestamp = '', level = '', event = '', message = event, logger: _logger, ...rest } = document;
  const trace = traceback(rest.error);
  const fields = Object.entries(rest)
    .filter(([key]) => !(trace && key === 'error'))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const first = [timestamp, String(level).padEnd(7), message, ...fields].join(' ').trimEnd();
  return [first, ...(trace ?? [])].join('\n');
}
