import type { ExecutorContext } from '@nx/devkit';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedNotebooks, toMarkdown, toText } from '../../notebooks/review';
import { pinnedTool } from '../../python/tools';
import { readIfThere } from '../../support/files';
import { withoutComments } from '../../../bin/shared.cjs';
import { runCommand, type CommonOptions } from '../command';

export interface NotebooksOptions extends CommonOptions {
  /** A branch or commit: what differs from where this branch left it is shown. */
  readonly base?: string;
  /** A file that gets the changes as Markdown, added to its end. */
  readonly summary?: string;
}

/** Shows how notebooks changed, cell by cell; in GitHub Actions also in the job's summary. */
export default function notebooks(
  options: NotebooksOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async ({ root, signal, progress, answer }) => {
    const nbdime = () =>
      progress.quietly('Installing nbdime', () => pinnedTool(root, 'nbdime', { signal, progress }));
    const base = options.base ?? process.env.NX_BASE ?? defaultBase(root);
    const changes = await changedNotebooks(root, { nbdime, base, signal });
    const summary = options.summary ?? process.env.GITHUB_STEP_SUMMARY;
    if (summary && changes.length) appendFileSync(summary, toMarkdown(changes));
    answer({ schema: 1, base, notebooks: changes }, toText(changes) || `no notebook differs from ${base}`);
  });
}

function defaultBase(root: string): string {
  const text = readIfThere(join(root, 'nx.json')) ?? '{}';
  return (JSON.parse(withoutComments(text)) as { defaultBase?: string }).defaultBase ?? 'main';
}
