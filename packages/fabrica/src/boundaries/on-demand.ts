// What few units need and takes longer to load than most units take to check: it is loaded when it is first called for.
/* eslint-disable @typescript-eslint/no-require-imports */

/** The YAML parser: for settings and compose files in which there may be something to find. */
export const yaml = () => require('yaml') as typeof import('yaml');

/** The reader of fabrica.yaml, with its schema: for projects that say something about their boundaries. */
export const settings = () => require('../workspace/settings') as typeof import('../workspace/settings');
