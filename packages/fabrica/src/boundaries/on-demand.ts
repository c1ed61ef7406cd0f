// What few units need and takes longer to load than most units take to check: it is loaded when it is first called for.
/* eslint-disable @typescript-eslint/no-require-imports */

/** The YAML parser: for settings and compose files in which there may be something to find. */
export const yaml = () => require('yaml') as typeof import('yaml');

const load = () => require('../workspace/settings') as typeof import('../workspace/settings');
// Nx reads TypeScript only while it loads an executor: where the plugin runs from its sources, later is too late.
const loaded = __filename.endsWith('.ts') ? load() : undefined;

/** The reader of fabrica.yaml, with its schema: for projects that say something about their boundaries. */
export const settings = () => loaded ?? load();
