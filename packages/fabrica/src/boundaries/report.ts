import { styleText } from 'node:util';
import type { Checked } from './check';
import type { Excuse } from './exceptions';
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
  const { unit, findings } = checked;
  return [
    paint('bold', unit.folder),
    ...findings.flatMap((finding) => findingLines(unit.folder, finding)),
    ...environmentTexts([checked]).map((text) => `  ${text}`),
  ].join('\n');
}

/** What every run says, also when all is well: what is excused, and where something could not be looked for. */
export function remarksText(all: readonly Checked[]): string[] {
  return [
    ...all.flatMap(({ unit, excuses }) => excuses.map((one) => excuseText(unit.folder, one))),
    ...(all.length > 1 ? environmentTexts(all) : []),
  ];
}

/** One line about an exception. */
export function excuseText(folder: string, { rule, path, until, reason, findings }: Excuse): string {
  const number = count(findings, 'finding');
  return `excused until ${until}: ${rule} in ${folder}/${path} (${number}): ${reason}`;
}

/** Where undeclared imports could not be looked for, or by what an environment held before alone. */
function environmentTexts(all: readonly Checked[]): string[] {
  const without = all.filter(({ isInstalled }) => !isInstalled);
  const behind = all.filter(({ isBehind }) => isBehind);
  return [
    ...noteText(without, 'not installed: undeclared imports were not looked for'),
    ...noteText(
      behind,
      'not installed as the lock is now: undeclared imports were looked for in what was before',
    ),
  ];
}

function noteText(units: readonly Checked[], text: string): string[] {
  const names = units.map(({ unit }) => unit.name);
  if (!names.length) return [];
  const [only] = names.length === 1 ? names : [];
  const install = only ? `run ${only}:install` : `run-many -t install -p ${names.join(',')}`;
  return [`${paint('yellow', 'note')} ${only ? '' : `${names.length} `}${text}; npx nx ${install}`];
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
export function unitDocument(
  { unit, findings, excuses, isInstalled, isBehind, files }: Checked,
  seconds: number,
): object {
  return {
    schema: 1,
    name: unit.name,
    folder: unit.folder,
    findings: findings.map((finding) => ({ ...finding, path: `${unit.folder}/${finding.path}` })),
    exceptions: excuses,
    installed: isInstalled && !isBehind,
    files,
    seconds,
  };
}

function paint(colour: 'red' | 'yellow' | 'cyan' | 'bold' | 'dim', text: string): string {
  return styleText(colour, text, { validateStream: false } as Parameters<typeof styleText>[2]);
}
