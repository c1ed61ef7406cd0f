/** What folders are for, by the names that projects give them. */
export const FOLDERS = {
  tests: /^tests?$/,
  notebooks: /^(notebooks?|nbs?|jupyter|ipynb)$/i,
  data: /^(data|datasets?)$/i,
  /** Code for exploring, and for showing what the project can do. */
  experiments: /^(experiments?|examples?|benchmarks?|demos?|sandbox|playground|tutorials?|samples?)$/i,
  /** What stays where it is, whatever it holds. */
  aside: /^(docs?|\..*|assets|static|images?|figures?|node_modules|docker|deploy(ment)?|terraform|infra)$/i,
} as const;

export const PYTHON = /\.pyi?$/;
export const NOTEBOOK = /\.ipynb$/;

/** What pytest takes for tests. */
export const TEST = /(^|\/)(test_[^/]*|[^/]*_test)\.py$/;

/** What stays at the top: tools look for it there. */
const AT_THE_TOP = /^(conftest|noxfile|fabfile|tasks|dodo)\.py$/;

/** What built or started a project, and no longer does. */
export const SETUP = /^(setup|versioneer|ez_setup)\.py$/;

export function staysAtTheTop(name: string): boolean {
  return AT_THE_TOP.test(name);
}

/** Whether a folder at the top has a meaning by its name, and so is no package of the project. */
export function isSpecial(name: string): boolean {
  return Object.values(FOLDERS).some((pattern) => pattern.test(name));
}

/** The paths below a folder, relative to it. */
export function below(paths: readonly string[], folder: string): string[] {
  if (folder === '') return [...paths];
  return paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
}

/** The folders at the top of some paths. */
export function topFolders(paths: readonly string[]): string[] {
  return [
    ...new Set(paths.filter((path) => path.includes('/')).map((path) => path.split('/', 1)[0] as string)),
  ].sort();
}
