import { createHash } from 'node:crypto';
import type { Environment, FabricaYaml, PipelineSettings, Project } from '../workspace';
import type { Plan } from './plan';

/** What is compiled: a project at one commit, for one environment. */
export interface Release {
  readonly project: Pick<Project, 'name' | 'module' | 'folder' | 'service' | 'app' | 'settings'>;
  readonly environment: Environment;
  /** By digest: `registry.example.com/science/bikes@sha256:…`. */
  readonly image: string;
  /** From which the image was built; null where there is none. */
  readonly commit: string | null;
  readonly plans: readonly Plan[];
}

/** An object of Kubernetes. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The labels by which an object says whose it is; `part` is `service`, `app`, `tests` or `pipeline.train`. */
export const LABELS = {
  project: 'fabrica/project',
  environment: 'fabrica/environment',
  part: 'fabrica/part',
} as const;

/** The part of workflows that run the project's tests. */
export const TESTS = 'tests';

/** Whose an object is. */
export interface Owner {
  readonly project: Pick<Project, 'name'>;
  readonly environment: Pick<Environment, 'name' | 'namespace'>;
}

/** The labels of what belongs to a release, or to a part of it. */
export function labelsOf({ project, environment }: Owner, part?: string): Record<string, string> {
  return {
    'app.kubernetes.io/managed-by': 'fabrica',
    [LABELS.environment]: environment.name,
    [LABELS.project]: project.name,
    ...(part === undefined ? {} : { [LABELS.part]: part }),
  };
}

/** The metadata of an object of a release. */
export function metadataOf(release: Owner, name: string, part?: string): Manifest['metadata'] {
  return { name, namespace: release.environment.namespace, labels: labelsOf(release, part) };
}

/** Names of Python that differ in nothing but `_` from what Kubernetes takes: no two of them become one. */
const PLAIN = /^[a-z0-9]+(_[a-z0-9]+)*$/;

/**
 * A name of Python as Argo and Kubernetes take it: lower-case letters, digits and hyphens. Different names stay
 * different.
 *
 * @param taken names that it must not be; it is added
 */
export function slug(name: string, taken: Set<string> = new Set(), longest = 40): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const isSafe = PLAIN.test(name) && plain.length <= longest && !taken.has(plain);
  const found = isSafe ? plain : [plain.slice(0, longest - 7), digest(name)].filter(Boolean).join('-');
  taken.add(found);
  return found;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}

/**
 * The name of a pipeline's objects. A point stands between, since no project's name has one: `trip-duration.train` is
 * nobody else's. A CronWorkflow's name has 52 characters at most.
 */
export function pipelineName({ project }: Pick<Release, 'project'>, pipeline: string): string {
  return `${project.name}.${slug(pipeline, new Set(), Math.max(8, 51 - project.name.length))}`;
}

type Overriding = Pick<FabricaYaml, 'pipelines' | 'service' | 'app' | 'test'>;

/** What fabrica.yaml says of a part in the release's environment: what it says of the environment wins. */
export function settingsOf<P extends 'service' | 'app' | 'test'>(
  { project, environment }: Release,
  part: P,
): NonNullable<Overriding[P]> {
  const own = project.settings.environments?.[environment.name];
  return { ...project.settings[part], ...own?.[part] } as NonNullable<Overriding[P]>;
}

/** What fabrica.yaml says of a pipeline in the release's environment. */
export function pipelineSettings({ project, environment }: Release, name: string): PipelineSettings {
  const all = project.settings.pipelines?.[name] ?? {};
  const own = project.settings.environments?.[environment.name]?.pipelines?.[name] ?? {};
  const steps = new Set([...Object.keys(all.resources ?? {}), ...Object.keys(own.resources ?? {})]);
  return {
    ...all,
    ...own,
    parameters: { ...all.parameters, ...own.parameters },
    resources: Object.fromEntries(
      [...steps].map((step) => [step, { ...all.resources?.[step], ...own.resources?.[step] }]),
    ),
  };
}
