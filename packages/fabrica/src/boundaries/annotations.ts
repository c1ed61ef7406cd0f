import type { Checked } from './check';
import { excuseText } from './report';

/** Annotations of GitHub Actions, which shows each at its line. */
export function annotations({ unit, findings, excuses }: Checked): string {
  return [
    ...findings.map(({ severity, rule, message, hint, path, line, cell }) => {
      // Of a notebook GitHub knows the lines of the JSON, which nobody writes.
      const properties = [
        `file=${property(`${unit.folder}/${path}`)}`,
        ...(line === undefined || cell !== undefined ? [] : [`line=${line}`]),
        `title=${property(`boundaries: ${rule}`)}`,
      ];
      const where = cell === undefined ? '' : `cell ${cell}, line ${line ?? 1}: `;
      return `::${severity} ${properties.join(',')}::${data(`${where}${message}\nTry: ${hint}`)}`;
    }),
    ...excuses.map(
      (one) => `::notice title=${property('boundaries: exception')}::${data(excuseText(unit.folder, one))}`,
    ),
  ].join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
