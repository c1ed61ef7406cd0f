import { moduleOf } from '../../workspace';
import { titleOf } from '../shared/text';

/** What a project is called. */
interface Called {
  readonly name: string;
  readonly module: string;
  readonly title: string;
}

/** A text about a project that has another name. */
export type Retell = (text: string) => string;

/**
 * Rewrites what texts say of a project where it can mean nothing else: paths, commands of Nx, modules that are started,
 * the registry of its models. A name that stands by itself may be a word, and stays.
 *
 * @param modules of the project, without its name: `data`, `pipelines.train`
 */
export function retelling(before: string, now: string, modules: readonly string[]): Retell {
  const [from, to] = [called(before), called(now)];
  const rules = rulesFor(from, to, modules);
  return (text) => rules.reduce((some, [pattern, text]) => some.replace(pattern, text), text);
}

function called(name: string): Called {
  return { name, module: moduleOf(name), title: titleOf(name) };
}

/** Names consist of letters, digits, `-` and `_`: they need no escape in a pattern. */
function rulesFor(from: Called, to: Called, modules: readonly string[]): [RegExp, string][] {
  const own = modules.map((module) => module.replaceAll('.', '\\.')).join('|');
  return [
    // projects/bikes, src/bikes, "src" / "bikes"
    [new RegExp(`(?<![\\w-])(projects/)${from.name}(?![\\w-])`, 'g'), `$1${to.name}`],
    [new RegExp(`(?<![\\w-])(src/)${from.module}(?![\\w-])`, 'g'), `$1${to.module}`],
    [new RegExp(`((\\\\?["'])src\\2\\s*[/,]\\s*\\2)${from.module}(?=\\2)`, 'g'), `$1${to.module}`],
    // nx run bikes:test, nx test bikes, nx g fabrica:update bikes
    [
      new RegExp(`(\\bnx (?:run |(?:g |generate )?[a-z][\\w:-]* ))${from.name}(?![\\w-])`, 'g'),
      `$1${to.name}`,
    ],
    // python -m bikes, bikes.service:app
    [new RegExp(`(\\s-m )${from.module}(?![\\w-])`, 'g'), `$1${to.module}`],
    ...(own
      ? [
          [new RegExp(`(?<![\\w./-])${from.module}(?=\\.(?:${own})(?!\\w))`, 'g'), to.module] as [
            RegExp,
            string,
          ],
        ]
      : []),
    // Registry(open_store(), "bikes")
    [
      new RegExp(`(\\bRegistry\\((?:[^()]|\\([^()]*\\))*?,\\s*(\\\\?["']))${from.name}(?=\\2)`, 'g'),
      `$1${to.name}`,
    ],
    [new RegExp(`^(# )${from.title}$`, 'gm'), `$1${to.title}`],
  ];
}

/**
 * The text of a project's pyproject.toml with its new name, and its module where a setting of a tool names it; undefined
 * where the name isn't found.
 */
export function withName(text: string, before: string, now: string): string | undefined {
  const [from, to] = [called(before), called(now)];
  const table = /^\s*\[project\]/m.exec(text)?.index ?? 0;
  const name = new RegExp(`^(\\s*name\\s*=\\s*["'])${from.name}(?=["'])`, 'm').exec(text.slice(table));
  if (!name) return undefined;
  const [start, end] = [table + name.index, table + name.index + name[0].length];
  const settings = (some: string) =>
    some.replace(new RegExp(`(["'])${from.module}(?=\\1)`, 'g'), `$1${to.module}`);
  return `${settings(text.slice(0, start))}${name[1]}${to.name}${settings(text.slice(end))}`;
}
