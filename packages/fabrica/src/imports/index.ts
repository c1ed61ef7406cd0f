// Python imports of .py, .pyi and .ipynb files, found without running or parsing them.
export { notebookImports } from './notebooks';
export { importsOf } from './python';
export { readImports } from './read';
export { resolveRelative } from './relative';
export type { Escape, FileImports, Happening, Import, PathChange, Problem } from './types';
