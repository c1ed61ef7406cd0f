import { join } from 'node:path';
import { z } from 'zod';
import { withoutComments } from '../../bin/shared.cjs';
import { FabricaError } from '../support/errors';
import { readIfThere } from '../support/files';
import { SERVICES } from './settings-schema';
import { readShape } from './shape';

const address = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
  .refine((url) => !URL.canParse(url) || !new URL(url).password, {
    error: 'must hold no password: nx.json is for all to read (FABRICA_PYPI_PASSWORD, FABRICA_NPM_TOKEN)',
  });

/** Addresses only, at most with a user: credentials come from the environment, a keyring or .npmrc. */
const registries = z.strictObject({
  pypi: z
    .strictObject({
      url: address,
      publishUrl: address.optional(),
      keyring: z
        .boolean()
        .optional()
        .describe('The password of the user in the address is asked of keyring.'),
    })
    .optional(),
  npm: z.strictObject({ url: address }).optional(),
  public: z.boolean().optional().describe('Publishing to a public registry is meant.'),
});

const environment = z.strictObject({
  store: z.string().min(1).optional().describe('Artifact store, an fsspec URL: file:///…, gs://…, s3://…'),
  warehouse: z.string().min(1).optional().describe('duckdb:///… or snowflake://…'),
});

const REFERENCE = /^[a-z0-9]+([._:/-]+[A-Za-z0-9]+)*(@sha256:[0-9a-f]{64})?$/;

const reference = z
  .string()
  .regex(REFERENCE, 'must be the name of an image, such as "python:3.11-slim-bookworm@sha256:…"');

/** Names only: Docker knows the credentials (`docker login`). */
const images = z.strictObject({
  base: reference
    .optional()
    .describe('What all images are made from; with a digest, it is the same everywhere.'),
  registry: z.string().min(1).optional().describe('Where images are pushed to: <registry>/<project>.'),
  services: z
    .partialRecord(z.enum(SERVICES, { error: `must be one of ${SERVICES.join(', ')}` }), reference)
    .optional()
    .describe('What the services are made from that projects ask for: {"postgres": "postgres:17"}.'),
});

const HANDLE = /^(@[A-Za-z0-9][\w.-]*(\/[\w.-]+)*|[^\s@#]+@[^\s@]+\.[^\s@]+)$/;

/** Whether code hosts know an owner as it is written: `@user`, `@org/team` or an e-mail address. */
export function isHandle(owner: string): boolean {
  return HANDLE.test(owner);
}

const HANDLES = 'must be "@org/team", "@user", an e-mail address, or a list of these';
const handle = z.string().regex(HANDLE, HANDLES);

/** What nx.json may say in the options of `fabrica/plugin`. A workspace needs none of it. */
export const optionsSchema = z.strictObject({
  registries: registries.optional(),
  environments: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens'),
      environment,
    )
    .optional(),
  images: images.optional(),
  owners: z
    .record(z.string().min(1), z.union([handle, z.array(handle).min(1)], { error: HANDLES }))
    .optional()
    .describe('Owners as fabrica.yaml names them, and their handles: {"mobility": "@acme/mobility"}.'),
});

/** The options of the plugin as nx.json has them. */
export type FabricaOptions = z.output<typeof optionsSchema>;

export const PLUGIN = 'fabrica/plugin';

/**
 * Reads the plugin's options from nx.json.
 *
 * @throws FabricaError, FabricaErrors with file, line and column
 */
export function readOptions(root: string): FabricaOptions {
  const text = readIfThere(join(root, 'nx.json'));
  if (text === undefined)
    throw new FabricaError('no-workspace', `${root} is no Nx workspace: it has no nx.json`);
  return parseOptions(text);
}

/** {@link readOptions} of the text of an nx.json. */
export function parseOptions(text: string): FabricaOptions {
  const source = { file: 'nx.json', text: withoutComments(text) };
  const { plugins = [] } = readShape(z.looseObject({ plugins: z.array(z.unknown()).optional() }), source);
  const index = plugins.findIndex((plugin) => (plugin as { plugin?: unknown } | null)?.plugin === PLUGIN);
  return index < 0 ? {} : readShape(optionsSchema, source, ['plugins', index, 'options']);
}
