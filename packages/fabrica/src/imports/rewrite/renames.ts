/** The new name of a module that has one; undefined for all others. It is asked for modules that exist, and for others. */
export type Rename = (module: string) => string | undefined;

/** What a module or something in it is called afterwards: that of the longest part of the name that has a new one. */
export function renamed(name: string, rename: Rename): string {
  const found = renamedPart(name, rename);
  return found ? found.now + name.slice(found.before.length) : name;
}

/** The longest part of a dotted name, from its start, that has a new name. */
export function renamedPart(
  name: string,
  rename: Rename,
): { readonly before: string; readonly now: string } | undefined {
  for (let before = name; before !== ''; before = parentOf(before)) {
    const now = rename(before);
    if (now !== undefined) return now === before ? undefined : { before, now };
  }
  return undefined;
}

/** `a.b.c` → `a.b`; nothing for a name without dots. */
export function parentOf(module: string): string {
  return module.slice(0, Math.max(module.lastIndexOf('.'), 0));
}

/** `a.b.c` → `c` */
export function lastOf(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

/** `a.b.c` → `a` */
export function rootOf(module: string): string {
  return module.split('.', 1)[0];
}
