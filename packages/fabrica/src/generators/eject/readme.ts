import type { Project } from '../../workspace';
import { inFull, SETTINGS } from '../../workspace';
import { manifestsOf } from './clusters';
import { withPlainCommands, type Plain } from './plain';

const HEADING = '## Work on it';

/** The README of the project with plain commands: its section on how to work on it, or a new one at the end. */
export function plainReadme(text: string, plain: Plain, project: Project): string {
  const section = `${HEADING}\n\n${fence(workOn(plain))}${store(plain)}${schedules(project)}`;
  const own = new RegExp(`^${HEADING}\\n+\`\`\`[^]*?\n\`\`\`\n`, 'm');
  const all = own.test(text) ? text.replace(own, () => section) : `${text.trimEnd()}\n\n${section}`;
  const lines = all.split('\n').filter((line) => !line.startsWith(`| \`${SETTINGS}\``));
  const told = withPlainCommands(lines.join('\n'), plain).replaceAll(
    `\`npx nx run ${plain.name}:lock\``,
    '[lock it](#dependencies)',
  );
  return `${told.trimEnd()}\n\n${dependencies(plain)}${inClusters(plain)}`;
}

function fence(lines: readonly string[]): string {
  return `\`\`\`\n${lines.join('\n')}\n\`\`\`\n`;
}

function workOn({ python, commands, runs }: Plain): string[] {
  const { install, test, lint, typecheck, serve, app, deploy } = commands;
  const setUp = [`python${python} -m venv .venv && . .venv/bin/activate && export PYTHONPATH=src`, install];
  return [...setUp, test, lint, typecheck, ...runs, serve, app, deploy].filter((line) => line !== undefined);
}

function store({ commands }: Plain): string {
  return commands.run || commands.serve
    ? '\nRuns and models are kept in `.fabrica/store`, or where `FABRICA_STORE` says (a path, `gs://…`, `s3://…`): a container is to be told.\n'
    : '';
}

function schedules({ settings }: Project): string {
  const rows = Object.entries(settings.pipelines ?? {}).flatMap(([name, { schedule }]) => {
    if (!schedule) return [];
    const { cron, timeZone } = inFull(schedule);
    return [`- \`${name}\`: \`${cron}\`${timeZone ? ` in ${timeZone}` : ''}`];
  });
  return rows.length
    ? `\nWhen pipelines are to run (UTC, where no other time zone is named):\n\n${rows.join('\n')}\n`
    : '';
}

function inClusters({ name, clusters = [] }: Plain): string {
  if (!clusters.length) return '';
  const commands = clusters.map((one) => `kubectl apply --server-side -f ${manifestsOf(one)}`);
  return `\n## In a cluster\n\nPlain manifests of Kubernetes and Argo Workflows. They name the image that was pushed last, by its digest; after a new one, write its digest in its place.\n\n${fence([`docker build --tag REGISTRY/${name} . && docker push REGISTRY/${name}`, ...commands])}`;
}

function dependencies({ lock, vendored }: Plain): string {
  const wheels = vendored
    ? 'The packages in `vendor/` are on no public index: the locks name them by version and hash, and take them from there. A newer one is a newer wheel there, with its version in `pyproject.toml`.\n\n'
    : '';
  return `## Dependencies\n\n${wheels}After a change of \`pyproject.toml\`, with [uv](https://docs.astral.sh/uv/):\n\n${fence(lock)}`;
}
