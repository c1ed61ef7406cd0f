import { COPY_IN } from './dockerfile-rules';
import { refuse, type Finding, type Spot } from './findings';
import { yaml } from './on-demand';
import { pythonPathRules, type PathContext } from './path-rules';
import { folderOf, textOf, type SourceFile } from './source';
import { isAddress, isInside, isOwnRepository, normalPath, unitWithin, type Unit, type World } from './world';
import { YamlReader, type Text } from './yaml-reader';

/** Whether a file is one of Docker Compose, by its name. */
export function isCompose(name: string): boolean {
  return /^(docker-)?compose.*\.ya?ml$/i.test(name);
}

/** `docker-outside` and `path` of a compose file. */
export function composeRules(context: PathContext, file: SourceFile): Finding[] {
  const text = textOf(file);
  if (!MAY_LEAVE.test(text)) return [];
  const { LineCounter, parseAllDocuments } = yaml();
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) {
      const spot = { path: file.path, line: lines.linePos(error.pos[0]).line };
      return [
        refuse(
          'unparsed',
          spot,
          `this is not YAML: ${error.message}`,
          'repair it: nothing in it was looked at',
        ),
      ];
    }
    const reader = new YamlReader(document, lines);
    return [
      ...pathsIn(reader, document.contents, context, file.path),
      ...pythonPathsIn(reader, document.contents, context, file.path),
    ];
  });
}

/** Without any of these nothing leads out, and YAML need not be parsed: a path, an address, what may hide one. */
const MAY_LEAVE = /\.\.|PYTHONPATH|projects|packages|:\/\/|git@|\\/;

function pathsIn(reader: YamlReader, root: unknown, context: PathContext, file: string): Finding[] {
  const services = reader.entries(reader.get(root, 'services')).map(([, service]) => service);
  const named = [
    ...services.flatMap((service) => serviceTexts(reader, service)),
    ...includeTexts(reader, root),
    ...['configs', 'secrets'].flatMap((section) =>
      reader
        .entries(reader.get(root, section))
        .flatMap(([, one]) => as(`${section}.file`, reader.texts(reader.get(one, 'file')))),
    ),
    ...reader
      .entries(reader.get(root, 'volumes'))
      .flatMap(([, one]) =>
        as('volumes.device', reader.texts(reader.get(reader.get(one, 'driver_opts'), 'device'))),
      ),
  ];
  return named.flatMap(({ key, text }) => outside(context, { path: file, line: text.line }, key, text.value));
}

interface Named {
  readonly key: string;
  readonly text: Text;
}

function as(key: string, texts: readonly Text[]): Named[] {
  return texts.map((text) => ({ key, text }));
}

function serviceTexts(reader: YamlReader, service: unknown): Named[] {
  const build = reader.get(service, 'build');
  const extended = reader.get(service, 'extends');
  const watched = reader.items(reader.get(reader.get(service, 'develop'), 'watch'));
  return [
    ...(reader.isMap(build) ? buildTexts(reader, build) : as('build', reader.texts(build))),
    ...reader.items(reader.get(service, 'volumes')).flatMap((volume) => volumeTexts(reader, volume)),
    ...reader
      .items(reader.get(service, 'env_file'))
      .flatMap((one) => as('env_file', reader.texts(reader.isMap(one) ? reader.get(one, 'path') : one))),
    ...(reader.isMap(extended) ? as('extends.file', reader.texts(reader.get(extended, 'file'))) : []),
    ...watched.flatMap((one) => as('develop.watch', reader.texts(reader.get(one, 'path')))),
  ];
}

function buildTexts(reader: YamlReader, build: unknown): Named[] {
  const [context] = reader.texts(reader.get(build, 'context'));
  const more = reader.get(build, 'additional_contexts');
  const contexts = reader.isMap(more)
    ? reader.entries(more).flatMap(([, value]) => reader.texts(value))
    : reader.texts(more).map(({ value, line }) => ({ value: value.slice(value.indexOf('=') + 1), line }));
  // The Dockerfile is looked up in the context, which is refused by itself when it is outside.
  const dockerfile = reader
    .texts(reader.get(build, 'dockerfile'))
    .map(({ value, line }) => ({ value: joined(context?.value, value), line }));
  return [
    ...(context ? as('build.context', [context]) : []),
    ...as('build.dockerfile', dockerfile),
    ...as('build.additional_contexts', contexts),
  ];
}

function joined(context: string | undefined, path: string): string {
  return context === undefined || path.startsWith('/') || /:\/\//.test(context) ? path : `${context}/${path}`;
}

/** The host's side of a volume; a name is no path. */
function volumeTexts(reader: YamlReader, volume: unknown): Named[] {
  if (reader.isMap(volume)) {
    const [type] = reader.texts(reader.get(volume, 'type'));
    return type?.value === 'bind' ? as('volumes.source', reader.texts(reader.get(volume, 'source'))) : [];
  }
  return reader.texts(volume).flatMap(({ value, line }) => {
    const host = hostOf(value);
    return /^[./~$]/.test(host) ? as('volumes', [{ value: host, line }]) : [];
  });
}

/** What stands before the first colon that isn't part of a variable: `${DATA:-../data}:/data`. */
function hostOf(volume: string): string {
  let depth = 0;
  for (let at = 0; at < volume.length; at++) {
    if (volume[at] === '{') depth++;
    if (volume[at] === '}') depth--;
    if (volume[at] === ':' && depth === 0) return volume.slice(0, at);
  }
  return volume;
}

function includeTexts(reader: YamlReader, root: unknown): Named[] {
  return reader.items(reader.get(root, 'include')).flatMap((one) => {
    if (!reader.isMap(one)) return as('include', reader.texts(one));
    return ['path', 'project_directory', 'env_file'].flatMap((key) =>
      as(`include.${key}`, reader.texts(reader.get(one, key))),
    );
  });
}

function pythonPathsIn(reader: YamlReader, root: unknown, context: PathContext, file: string): Finding[] {
  return reader.entries(reader.get(root, 'services')).flatMap(([, service]) => {
    const environment = reader.get(service, 'environment');
    const texts = reader.isMap(environment)
      ? reader.texts(reader.get(environment, 'PYTHONPATH'))
      : reader
          .texts(environment)
          .filter(({ value }) => value.startsWith('PYTHONPATH='))
          .map(({ value, line }) => ({ value: value.slice('PYTHONPATH='.length), line }));
    return texts.flatMap(({ value, line }) => pythonPathRules(context, { path: file, line }, value));
  });
}

function outside({ source, world }: PathContext, spot: Spot, key: string, written: string): Finding[] {
  const { folder } = source.unit;
  // `${DATA:-../data}` is ../data unless somebody says otherwise.
  const path = written.replace(/\$\{\w+:?-([^}]*)\}/g, '$1');
  return leaves(source.unit, world, spot.path, path)
    ? [refuse('docker-outside', spot, `${key} names ${written}, which is outside of ${folder}`, COPY_IN)]
    : [];
}

/** Whether what a file of a unit names is none of it. */
function leaves({ folder }: Unit, world: World, file: string, path: string): boolean {
  if (isOwnRepository(world, path)) return true;
  // `docker-image://…` and `service:…` are no paths either.
  if (/^[$~]/.test(path) || /^[a-z][a-z+-]*:/i.test(path) || isAddress(path)) return false;
  if (!path.startsWith('/')) return !isInside(folder, normalPath(`${folder}/${folderOf(file)}/${path}`));
  const other = unitWithin(world, path);
  return other !== undefined && other.folder !== folder;
}
