import type { GeneratorCallback, Tree } from '@nx/devkit';
import { isMap, parseDocument } from 'yaml';
import { probeEnvironment } from '../../cluster/probe';
import { throwAll } from '../../support/errors';
import { interruptible } from '../../support/interrupts';
import { Progress } from '../../support/progress';
import { environmentFile, parseEnvironment } from '../../workspace';
import { prepareWorkspace } from '../init/generator';
import { sayNext } from '../shared/next';
import { asCallback, asGenerator } from '../shared/outcome';
import { projectsIn, nameOf } from '../shared/projects';
import { KEYS, readOptions, type EnvironmentGeneratorSchema, type EnvironmentOptions } from './options';

const HEADER = ` An environment of this workspace: a cluster, and where its parts are. Your editor completes the rest;
 docs/cluster.md of Fabrica explains it. No passwords here: name secrets.`;

/**
 * Describes a cluster to the workspace: `npx nx g fabrica:environment staging`. Each part is asked whether it is there;
 * nothing is written when one isn't. Run again, it changes what is given, keeps the rest, and asks anew.
 */
export default async function environmentGenerator(
  tree: Tree,
  given: EnvironmentGeneratorSchema,
): Promise<GeneratorCallback | void> {
  return asGenerator(tree.root, async () => {
    const options = readOptions(given);
    const file = environmentFile(options.name);
    const before = tree.read(file, 'utf8') ?? '';
    const text = withOptions(before, options);
    const environment = parseEnvironment(options.name, text);
    if (options.check)
      throwAll(await interruptible((signal) => probeEnvironment(environment, signal, new Progress())));
    if (text !== before) tree.write(file, text);
    prepareWorkspace(tree);
    const project = projectsIn(tree).map(nameOf)[0] ?? 'PROJECT';
    return asCallback(tree.root, async () =>
      sayNext([
        `git add --all && git commit -m "Add the environment ${options.name}"`,
        `npx nx run ${project}:deploy --environment=${options.name}`,
      ]),
    );
  });
}

/** The file with what the command line gives; comments and all else stay. */
function withOptions(text: string, options: EnvironmentOptions): string {
  const document = parseDocument(text);
  // What can't be read is told with its line, by who reads it.
  if (document.errors.length || (text.trim() && !isMap(document.contents))) return text;
  if (!text.trim()) document.commentBefore = HEADER;
  for (const key of KEYS) if (options[key]) document.set(key, options[key]);
  const changed = document.toString({ lineWidth: 0 });
  return KEYS.some((key) => options[key]) && changed !== text ? changed : text;
}
