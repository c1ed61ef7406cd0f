import { join } from 'node:path';
import { writeAtomically } from '../../support/files';
import { PYPROJECT } from '../../workspace';
import { sayNext } from '../shared/next';
import { firstLock } from './first-lock';
import type { AdoptOptions } from './options';
import type { Plan } from './plan';
import { printedReport, REPORT } from './report';

/** Locks it, and says what is left to do: also when it can't be locked. */
export async function finish(
  root: string,
  folder: string,
  plan: Plan,
  looser: Plan | undefined,
  options: AdoptOptions,
): Promise<void> {
  const { name, locked: versions } = plan.analysis;
  let { report } = plan;
  const relax =
    looser &&
    (() => {
      process.stdout.write(
        "\nThe exact pins can't be locked for the Pythons of the house: they are lower limits now.\n",
      );
      for (const path of [PYPROJECT, REPORT])
        writeAtomically(join(root, folder, path), looser.files.get(path)?.content.toString() as string);
      report = looser.report;
    });
  try {
    if (!options.skipLock) await firstLock(root, folder, { versions, relax });
  } finally {
    process.stdout.write(printedReport(report, folder));
  }
  sayNext(nextSteps(name, folder, options));
}

function nextSteps(name: string, folder: string, { skipLock }: AdoptOptions): string[] {
  return [
    ...(skipLock ? [`npx nx run ${name}:lock`] : []),
    `npx nx test ${name}`,
    `git add --all && git commit -m "Take in ${name}"   # then ${folder}/${REPORT}`,
  ];
}
