// Loads a module of the plugin: compiled in the packed plugin, compiled on the fly in the plugin's own workspace.
'use strict';

const fs = require('node:fs');
const { join } = require('node:path');

/** @param name relative to src, without an extension: `python/sync-command` */
function load(name) {
  const source = join(__dirname, '..', 'src', `${name}.ts`);
  if (!fs.existsSync(source)) return require(join(__dirname, '..', 'dist', `${name}.js`));
  registerTypeScript(join(__dirname, '..', 'tsconfig.json'));
  return require(source);
}

function registerTypeScript(project) {
  const before = process.env.SWC_NODE_PROJECT;
  process.env.SWC_NODE_PROJECT = project;
  require('@swc-node/register');
  if (before === undefined) delete process.env.SWC_NODE_PROJECT;
  else process.env.SWC_NODE_PROJECT = before;
}

module.exports = { load };
