import type { Edits } from './edits';
import { lastOf, parentOf, renamed, renamedPart, rootOf, type Rename } from './renames';
import type { Token } from './scan';
import type { Plain } from './statements';
import { readNames, type Names, type Part, type Use } from './uses';

type Here<T> = T & { readonly edits: Edits };

/** Rewrites `import a.b` in all pieces of a source, which share their names, and what uses `a.b` by that. */
export function rewritePlain(parts: readonly Part[], rename: Rename): void {
  const all = parts.flatMap(({ edits, lines }) =>
    lines.flatMap(({ statements }) =>
      statements.flatMap((one) => (one.kind === 'plain' ? [{ ...one, edits }] : [])),
    ),
  );
  for (const one of all) if (one.alias !== undefined) replace(one, renamed(one.module, rename));
  const rooted = all.filter(({ alias }) => alias === undefined);
  if (!rooted.length) return;
  const names = readNames(parts);
  for (const root of new Set(rooted.map(({ module }) => rootOf(module))))
    new Root(root, rooted, names, rename).rewrite();
}

function replace({ edits, first, last, module }: Here<Plain>, now: string): void {
  if (now !== module) edits.replace(first, last, now);
}

/** A name that `import a.b` binds: `a`. */
class Root {
  private readonly imports: readonly Here<Plain>[];
  private readonly uses: readonly Use[];
  /** What the imports bind afterwards. */
  private readonly after: ReadonlySet<string>;

  constructor(
    private readonly name: string,
    private readonly all: readonly Here<Plain>[],
    private readonly names: Names,
    private readonly rename: Rename,
  ) {
    this.imports = all.filter(({ module }) => rootOf(module) === name);
    this.uses = names.uses.get(name) ?? [];
    this.after = new Set(this.imports.map(({ module }) => rootOf(renamed(module, rename))));
  }

  rewrite(): void {
    const { imports, rename, name } = this;
    const isMoved = imports.some(({ module }) => renamed(module, rename) !== module);
    if (!isMoved && !this.uses.some((use) => this.moved(use))) return;
    const now = renamed(name, rename);
    const isSimple = imports.every(({ module }) => module === name);
    if (isSimple && now !== name && (now.includes('.') || !this.isClear()))
      for (const one of imports) this.keepName(one, now);
    else if (this.isClear()) this.rewriteUses();
    else imports.filter(({ module }) => renamed(module, rename) !== module).forEach((one) => this.leave(one));
  }

  private leave({ edits, first, module }: Here<Plain>): void {
    const now = renamed(module, this.rename);
    edits.leave(
      first,
      `"${this.name}" has other meanings here, so import ${module} (now ${now}) can't be rewritten: write from ${parentOf(module)} import ${lastOf(module)}`,
    );
  }

  /** Imports something else by the same name, so that its uses can stay: `import a` → `from b import a`. */
  private keepName({ edits, alone, first, last }: Here<Plain>, now: string): void {
    if (alone && parentOf(now) !== '' && lastOf(now) === this.name)
      edits.replace(alone, last, `from ${parentOf(now)} import ${this.name}`);
    else edits.replace(first, last, `${now} as ${this.name}`);
  }

  /** Whether the names before and after mean these modules, and nothing else, wherever they stand. */
  private isClear(): boolean {
    const { names, all, name } = this;
    return [name, ...this.after].every((one) => {
      const uses = names.uses.get(one) ?? [];
      const isImported = all.some(({ module }) => rootOf(module) === one);
      return (
        !names.bound.has(one) &&
        (isImported || !uses.length) &&
        uses.every(({ names: chain }) => chain.length > 1)
      );
    });
  }

  /** Rewrites the imports and their uses, or none of them. */
  private rewriteUses(): void {
    const edits = this.uses.map((use) => this.editOf(use));
    const left = edits.flatMap((edit) => (edit && 'why' in edit ? [edit] : []));
    for (const { use, why } of left) use.edits.leave(use.names[0], why);
    if (left.length) return;
    for (const one of this.imports) replace(one, renamed(one.module, this.rename));
    for (const edit of edits)
      if (edit && 'now' in edit) edit.use.edits.replace(edit.use.names[0], edit.last, edit.now);
  }

  /** What becomes of a use, or why that is for a person; undefined where it stays. */
  private editOf(use: Use): { use: Use; last: Token; now: string } | { use: Use; why: string } | undefined {
    const found = this.moved(use);
    const now = found?.now ?? this.name;
    if (!this.after.has(rootOf(now))) return { use, why: `nothing imports ${now} here any longer` };
    if (!found) return undefined;
    const last = use.names[found.before.split('.').length - 1];
    const isOnOneLine = !/[\r\n#]/.test(use.edits.piece.text.slice(use.names[0].start, last.end));
    return isOnOneLine
      ? { use, last, now }
      : { use, why: `${found.before} is ${now} now: write it on one line` };
  }

  private moved({ names }: Use) {
    return renamedPart(names.map(({ text }) => text).join('.'), this.rename);
  }
}
