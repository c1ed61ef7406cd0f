import { styleText } from 'node:util';
import type { Checked } from './check';
import type { Finding, Spot } from './findings';

/** Whether a unit passes: warnings stop nobody. */
export function passes({ findings }: Checked): boolean {
  return findings.every(({ severity }) => severity === 'warning');
}

/** `projects/rides/src/rides/train.py:3`, and of a notebook `projects/rides/notebooks/a.ipynb, cell 2, line 3`. */
export function placeText(folder: string, { path, line, cell }: Spot): string {
  const file = `${folder}/${path}`;
  if (cell !== undefined) return `${file}, cell ${cell}, line ${line ?? 1}`;
  return line === undefined ? file : `${file}:${line}`;
}

/** What a person reads of one unit. It is coloured; who prints it takes that out where there is no terminal. */
export function unitText(checked: Checked): string {
  const { unit, findings, excuses, notes } = checked;
  return [
    paint('bold', unit.folder),
    ...findings.flatMap((finding) => findingLines(unit.folder, finding)),
    ...excuses.map(
      ({ rule, path, until, reason, findings: excused }) =>
        `  ${paint('dim', `excused until ${until}: ${rule} in ${path} (${excused}): ${reason}`)}`,
    ),
    ...notes.map((note) => `  ${paint('yellow', 'note')} ${note}`),
  ].join('\n');
}

function findingLines(folder: string, finding: Finding): string[] {
  const { severity, rule, message, hint } = finding;
  const kind = severity === 'error' ? paint('red', 'error') : paint('yellow', 'warning');
  return [
    `  ${kind} ${paint('bold', rule)} ${placeText(folder, finding)}`,
    `    ${message}`,
    `    ${paint('cyan', 'try')} ${hint}`,
  ];
}

/** Counts and seconds: what every run ends with. */
export function countsText(all: readonly Checked[], seconds: number): string {
  const findings = all.flatMap((one) => one.findings);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const files = all.reduce((sum, one) => sum + one.files, 0);
  const excused = all.flatMap(({ excuses }) => excuses).length;
  const [only] = all.length === 1 ? all : [];
  return [
    count(errors, 'error'),
    count(findings.length - errors, 'warning'),
    ...(excused ? [count(excused, 'exception')] : []),
    `${count(files, 'file')} of ${only ? only.unit.name : `${all.length} projects and packages`}`,
    `${seconds.toFixed(2)} s`,
  ].join(', ');
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** What tools read of one unit. */
export function unitDocument({ unit, findings, excuses, notes, files }: Checked, seconds: number): object {
  return {
    schema: 1,
    name: unit.name,
    folder: unit.folder,
    findings: findings.map((finding) => ({ ...finding, path: `${unit.folder}/${finding.path}` })),
    exceptions: excuses,
    notes,
    files,
    seconds,
  };
}

/** Annotations of GitHub Actions, which shows each at its line. */
export function annotations({ unit, findings }: Checked): string {
  return findings
    .map(({ severity, rule, message, hint, path, line, cell }) => {
      // Of a notebook GitHub knows the lines of the JSON, which nobody writes.
      const properties = [
        `file=${property(`${unit.folder}/${path}`)}`,
        ...(line === undefined || cell !== undefined ? [] : [`line=${line}`]),
        `title=${property(`boundaries: ${rule}`)}`,
      ];
      const where = cell === undefined ? '' : `cell ${cell}, line ${line ?? 1}: `;
      return `::${severity} ${properties.join(',')}::${data(`${where}${message}\nTry: ${hint}`)}`;
    })
    .join('\n');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

function paint(colour: 'red' | 'yellow' | 'cyan' | 'bold' | 'dim', text: string): string {
  return styleText(colour, text, { validateStream: false } as Parameters<typeof styleText>[2]);
}
