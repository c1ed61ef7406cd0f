/** What is for developing, whatever a project calls it: it goes to the group `dev`, which the environment installs. */
const DEV = /^(dev|develop|development|test|tests|testing|pytest|ci)([-_].*)?$/i;

/** What is not needed to run the code, nor its tests: a group of its own, which nothing installs by itself. */
const ASIDE =
  /^(docs?|documentation|lint|linting|linters?|style|format|typing|mypy|release|build|publish|all|complete|full)$/i;

/** The group for the dependencies that a project has under some name: an extra, a group. */
export function groupNamed(name: string): string {
  return DEV.test(name) ? 'dev' : name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

/** Whether the group `dev` brings those of another group, too: tests may need them. */
export function isInDev(group: string): boolean {
  return group !== 'dev' && !ASIDE.test(group);
}
