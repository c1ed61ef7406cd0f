// What running a notebook leaves in its file. Plain JavaScript: git asks for each notebook, and a start counts.
'use strict';

function read(text) {
  try {
    const notebook = JSON.parse(text);
    return Array.isArray(notebook?.cells) ? notebook : undefined;
  } catch {
    return undefined;
  }
}

function wasRun(cell) {
  return (cell.outputs?.length ?? 0) > 0 || (cell.execution_count ?? null) !== null;
}

/** Whether a notebook holds outputs, or the numbers of its runs. What is no notebook holds none. */
function hasOutputs(text) {
  return (read(text)?.cells ?? []).some(wasRun);
}

/** Whether there is surely nothing to take out: where it isn't sure, nbstripout decides. */
function isStripped(text) {
  const notebook = read(text);
  // Before its version 4 a notebook had worksheets; anything else is none.
  if (!notebook) return !text.includes('"worksheets"');
  const { widgets, signature, language_info: language } = notebook.metadata ?? {};
  if (widgets || signature || language?.version) return false;
  return notebook.cells.every((cell) => !wasRun(cell) && Object.keys(cell.metadata ?? {}).length === 0);
}

module.exports = { hasOutputs, isStripped };
