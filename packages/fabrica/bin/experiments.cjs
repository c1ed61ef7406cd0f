#!/usr/bin/env node
// JupyterLab, or one notebook or script, in the environment of a project's experiments:
//
//   node experiments.cjs <folder> [--port=8888] [--execute=notebooks/explore.ipynb]
'use strict';

const { findRoot } = require('./shared.cjs');
const { load } = require('./load.cjs');

const [folder = '.', ...args] = process.argv.slice(2);
const root = findRoot(process.cwd());
if (root) {
  load('experiments/command')
    .notebookCommand(root, folder, args)
    .then((code) => (process.exitCode = code));
} else {
  process.stderr.write('error: this is no Nx workspace: no folder above it holds an nx.json\n');
  process.exitCode = 2;
}
