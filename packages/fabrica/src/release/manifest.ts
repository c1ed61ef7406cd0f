import { applyEdits, modify } from 'jsonc-parser';
import { parse } from 'smol-toml';
import { replaceText, says, tableOf } from '../python/toml';
import { FabricaError } from '../support/errors';

/**
 * A pyproject.toml with another version; comments, order and all else stay.
 *
 * @param file relative to the workspace, for the error
 * @throws FabricaError `edit-by-hand` when the file is written in a way that isn't understood here
 */
export function withPythonVersion(file: string, text: string, version: string): string {
  const document = parse(text) as { project?: object };
  const table = tableOf(text, 'project');
  const line = /^([ \t]*version[ \t]*=[ \t]*)(?:"[^"\n]*"|'[^'\n]*')/m;
  const after = table
    ? text.slice(0, table.start) +
      text.slice(table.start, table.end).replace(line, (_all, key) => `${key}${JSON.stringify(version)}`) +
      text.slice(table.end)
    : text;
  return checked(
    file,
    after,
    { ...document, project: { ...document.project, version } },
    `version = "${version}"`,
  );
}

/** A pyproject.toml in which a requirement stands in place of another, wherever that one stood. */
export function withRequirement(file: string, text: string, before: string, after: string): string {
  let result = text;
  for (let last = ''; last !== result && before !== after;) {
    last = result;
    result = replaceText(result, before, after);
  }
  const document = JSON.parse(JSON.stringify(parse(text)), (_key, value) =>
    value === before ? after : value,
  );
  return checked(file, result, document, `${JSON.stringify(after)} in place of ${JSON.stringify(before)}`);
}

/** TOML can be written in more ways than are understood here: the result is read again. */
function checked(file: string, after: string, document: object, edit: string): string {
  if (says(after, document)) return after;
  throw new FabricaError('edit-by-hand', `${file} is written in a way that can't be edited here`, {
    place: { file },
    hint: `write ${edit} yourself, commit, then the same command again`,
  });
}

/** A JSON document in which one value is another; comments, order and all else stay. */
export function withJsonValue(text: string, path: readonly string[], value: string): string {
  const formattingOptions = { insertSpaces: true, tabSize: 2 };
  return applyEdits(text, modify(text, [...path], value, { formattingOptions }));
}
