/** What a tool makes anew in a project, and git ignores. */
export const MADE_ANEW: ReadonlySet<string> = new Set([
  '.venv',
  '__pycache__',
  '.pytest_cache',
  '.ruff_cache',
  '.ipynb_checkpoints',
]);
