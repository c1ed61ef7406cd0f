// What leads out of a project or a package, and what to do instead.
export { checkUnit, type Checked } from './check';
export type { Finding, RuleId } from './findings';
export { checkAll, type Outcome } from './check-all';
export { checkFolder } from './read';
export { annotations } from './annotations';
export { countsText, passes, remarksText, unitDocument, unitText } from './report';
export { readWorld, worldOf, type Unit, type World } from './world';
