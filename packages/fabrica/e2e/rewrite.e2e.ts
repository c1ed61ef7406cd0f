import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { importsOf, resolveRelative } from '../src/imports';
import { rewriteModules } from '../src/imports/rewrite';
import { findPython, type Interpreter } from '../src/python/interpreter';
import { environments, pythonFiles, sample, standardLibrary } from './support/python-files';
import { Random } from './support/random';
import { runPython } from './support/truth';

jest.setTimeout(600_000);

const SEED = Number(process.env.FABRICA_SEED ?? 20_26);
/** How much is rewritten unless more is asked for, as by `FABRICA_FUZZ=50000`. */
const MEGABYTES = Number(process.env.FABRICA_FUZZ ?? 0) > 3000 ? Infinity : 3;

let python: Interpreter;
let files: string[];
beforeAll(async () => {
  python = await findPython();
  const all = [...standardLibrary(python.path), ...environments().flatMap((folder) => pythonFiles(folder))];
  files = sample(all, MEGABYTES);
});

/** Where a file stands: in a package of a package. */
function placeOf(file: string): string {
  return `package/part/${basename(file)}`;
}

it('leaves each file as it is, byte by byte, when nothing has a new name', () => {
  const same = (module: string) => module;
  const changed = files.filter((file) => {
    const content = readFileSync(file);
    return [same, () => undefined].some(
      (rename) => !rewriteModules(content, { rename, file: placeOf(file) }).content.equals(content),
    );
  });
  expect(changed).toEqual([]);
});

/** New names for what a file imports: a root, a module of a package that goes to another, a root that goes into one. */
const RENAMES: Record<string, (module: string) => [string, string]> = {
  'another root': (module) => [module.split('.')[0], 'renamed_root'],
  'another package': (module) => [module, `new_home.${module.split('.').at(-1)}`],
  'into a package': (module) => [module.split('.')[0], `new_home.${module.split('.')[0]}`],
};

it.each(Object.keys(RENAMES))('what has new names means the same: %s', async (kind) => {
  const random = new Random(SEED);
  const requests = files.flatMap((file) => {
    const content = readFileSync(file);
    const modules = importsOf(content).imports.flatMap((one) => resolveRelative(one, placeOf(file)) || []);
    if (!modules.length || content.includes('renamed_root')) return [];
    const renames = Object.fromEntries([RENAMES[kind](random.pick(modules))]);
    const { content: after, left } = rewriteModules(content, {
      rename: (module) => (Object.hasOwn(renames, module) ? renames[module] : undefined),
      file: placeOf(file),
    });
    return [{ file, content, after, left, renames }];
  });
  const whole = requests.filter(({ left }) => !left.length);
  const answers = await runPython<string>(
    python.path,
    'rewrite_ast.py',
    whole.map(({ file, content, after, renames }) =>
      JSON.stringify({
        file: placeOf(file),
        before: content.toString('base64'),
        after: after.toString('base64'),
        renames,
      }),
    ),
  );
  const changed = whole.filter(({ content, after }) => !content.equals(after)).length;
  process.stdout.write(
    `${kind}, seed ${SEED}: ${requests.length} sources, ${changed} changed, ${requests.length - whole.length} left to a person, ${answers.filter((one) => one === 'refused').length} refused\n`,
  );
  const wrong = answers.flatMap((answer, at) =>
    ['same', 'refused'].includes(answer)
      ? []
      : [`${whole[at].file} ${JSON.stringify(whole[at].renames)}: ${answer}`],
  );
  expect(wrong.slice(0, 10)).toEqual([]);
  expect(changed).toBeGreaterThan(requests.length / 2);
});
