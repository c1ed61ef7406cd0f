// Where the environments of the toolkit's own Python programs are.
'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { join } = require('node:path');

/** The requirement file of a tool, with the hashes of all files it may install. */
function pins(name) {
  const folders = ['src', 'dist'].map((folder) => join(__dirname, '..', folder, 'python', 'pins'));
  return join(
    folders.find((folder) => fs.existsSync(folder)),
    `${name}.txt`,
  );
}

/** The folder of a tool's environment: another one when its pins change. */
function toolHome(root, name) {
  const digest = createHash('sha256')
    .update(fs.readFileSync(pins(name)))
    .digest('hex');
  return join(root, '.fabrica', 'tools', `${name}-${digest.slice(0, 12)}`);
}

module.exports = { pins, toolHome };
