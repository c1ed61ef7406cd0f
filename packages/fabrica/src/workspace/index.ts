// The model of a workspace: what the rest of the toolkit reads, and the only reader of these files.
export { HOMES, LAYOUT, layoutPath, PYPROJECT, SETTINGS } from './layout';
export { checkName, moduleOf, nameProblem, suggestName } from './names';
export { optionsSchema, PLUGIN, readOptions, type FabricaOptions } from './options';
export { languageOf, readPackage, type Language, type Package } from './package';
export { readProject, type Project } from './project';
export { overridesFor, type Override, type Overrides } from './overrides';
export { parseSettings, readSettings, servicePort } from './settings';
export {
  BOUNDARY_RULES,
  SCHEMA_FILE,
  settingsJsonSchema,
  settingsSchema,
  type BoundaryException,
  type BoundaryRule,
  type FabricaYaml,
  type PipelineSettings,
} from './settings-schema';
export { didYouMean, nearest } from './suggest';
export { checkWorkspace, packageFolders, projectFolders } from './workspace';
