// The model of a workspace: what the rest of the toolkit reads, and the only reader of these files.
export { FILES, HOMES, LAYOUT, layoutPath, PYPROJECT, SETTINGS } from './layout';
export {
  environmentFile,
  environmentNames,
  ENVIRONMENTS,
  parseEnvironment,
  readEnvironment,
} from './environment';
export { ENVIRONMENT_SCHEMA_FILE, type Environment } from './environment-schema';
export { checkName, moduleOf, nameProblem, suggestName } from './names';
export { isHandle, optionsSchema, parseOptions, PLUGIN, readOptions, type FabricaOptions } from './options';
export { BESIDE, conflictLines, findConflicts, type OpenConflict } from './conflicts';
export { languageOf, readPackage, type Language, type Package } from './package';
export { readProject, type Project } from './project';
export { overridesFor, type Override, type Overrides } from './overrides';
export type { Placement } from './resources-schema';
export { inFull, type Running, type Schedule } from './running-schema';
export { parseSettings, readSettings, servicePort } from './settings';
export {
  BOUNDARY_RULES,
  PARTS,
  SCHEMA_FILE,
  settingsJsonSchema,
  settingsSchema,
  type BoundaryException,
  type BoundaryRule,
  type FabricaYaml,
  type Part,
  type PipelineSettings,
  type TemplateRecord,
} from './settings-schema';
export { didYouMean, nearest } from './suggest';
export { withRecord } from './template-record';
export { withUses } from './uses';
export { checkWorkspace, packageFolders, projectFolders } from './workspace';
