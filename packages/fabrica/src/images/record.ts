import { join } from 'node:path';
import { z } from 'zod';
import { readDocument, stateFolder } from '../support/files';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const shape = z.object({
  schema: z.literal(1),
  project: z.string(),
  version: z.string(),
  /** The project's last commit, and whether the folder held something else. */
  commit: z.string().nullable(),
  dirty: z.boolean(),
  /** In the engine. */
  image: z.string(),
  id: digest,
  layers: z.array(digest),
  /** `registry/project@sha256:…`, once it is pushed: what deployments name. */
  reference: z.string().nullable(),
  bases: z.array(z.object({ name: z.string(), digest })),
  sbom: z.string(),
});

/** What was built last of a project, for whoever tests or deploys it. */
export type ImageRecord = z.output<typeof shape>;

/** Where the documents of a project's image are. */
export function imageFolder(root: string, project: string): string {
  return stateFolder(root, 'images', project);
}

/** The file that a build writes last. */
export function recordFile(root: string, project: string): string {
  return join(imageFolder(root, project), 'image.json');
}

/** The image that was built last; undefined when none was. */
export function readImageRecord(root: string, project: string): ImageRecord | undefined {
  return readDocument(recordFile(root, project), shape, `npx nx run ${project}:image`);
}
