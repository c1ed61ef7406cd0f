import type { Project } from '../workspace';
import type { Revision } from './revision';

/** The names of an image. */
export interface ImageNames {
  /** In the engine: `trip-duration:0.1.0-4f2a9c0d1e3b`. */
  readonly local: string;
  /** By which `nx release` and `docker:run` of @nx/docker find it: `projects-trip-duration`. */
  readonly inferred: string;
}

type Named = Pick<Project, 'name' | 'folder' | 'version' | 'description'>;

/** A tag says the version and the commit; one that is pushed never means anything else. */
export function tagOf({ version }: Pick<Project, 'version'>, { commit, dirty }: Revision): string {
  const parts = [version.replaceAll(/[^\w.-]/g, '-'), commit?.slice(0, 12), dirty ? 'dirty' : undefined];
  return parts.filter(Boolean).join('-');
}

/** The names of a project's image with a tag. */
export function namesOf({ name, folder }: Named, tag: string): ImageNames {
  return { local: `${name}:${tag}`, inferred: folder.replaceAll(/[\\/\s]+/g, '-').toLowerCase() };
}

/** The labels of the OCI standard. What isn't known is left out. */
export function labelsOf(project: Named, revision: Revision, base?: string): Record<string, string> {
  const { commit, dirty, date, source } = revision;
  const [reference, digest] = base?.split('@') ?? [];
  const labels = {
    title: project.name,
    description: project.description,
    version: project.version,
    revision: commit && `${commit}${dirty ? '-dirty' : ''}`,
    created: date,
    source,
    'base.name': reference,
    'base.digest': digest,
  };
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) =>
      value ? [[`org.opencontainers.image.${key}`, value]] : [],
    ),
  );
}
