import { hasOutputs, isStripped } from '../../bin/notebook-outputs.cjs';

const notebook = (cell: object, metadata: object = {}) =>
  JSON.stringify({ cells: [{ cell_type: 'code', source: [], ...cell }], metadata, nbformat: 4 });

test.each([
  ['that was never run', notebook({ outputs: [], execution_count: null }), false, true],
  ['with an output', notebook({ outputs: [{}] }), true, false],
  ['with the number of a run', notebook({ outputs: [], execution_count: 1 }), true, false],
  ['with notes of an editor', notebook({ metadata: { collapsed: true } }), false, false],
  ['with a version of Python', notebook({}, { language_info: { version: '3.11.7' } }), false, false],
  ['of an old format', '{"worksheets": [], "nbformat": 3}', false, false],
  ['that is no JSON', 'half a noteb', false, true],
])('a notebook %s', (_case, text, outputs, stripped) => {
  expect([hasOutputs(text), isStripped(text)]).toEqual([outputs, stripped]);
});
