// Who uses what in a workspace, from imports and locks.
export { usesPicture } from './picture';
export { projectsThatPin, type Pinned, type PinningProject } from './pins';
export { readUses, type WorkspaceUses } from './read';
export { usesDocument, usesText } from './report';
export type { Usage } from './usages';
