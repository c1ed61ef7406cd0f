#!/usr/bin/env node
// Checks the layout of a project, or of the workspace's own files (folder `.`):
//
//   node layout.cjs <folder> [--json]
'use strict';

const { findRoot } = require('./shared.cjs');
const { load } = require('./load.cjs');

const [folder = '.', ...args] = process.argv.slice(2);
const root = findRoot(process.cwd());
if (root) process.exitCode = load('layout/command').layoutCommand(root, folder, args);
else {
  process.stderr.write('error: this is no Nx workspace: no folder above it holds an nx.json\n');
  process.exitCode = 2;
}
