#!/usr/bin/env node
// Keeps files and ports of a pod in step that somebody develops in:
//
//   node develop-link.cjs <root> <project> <environment>
'use strict';

const { load } = require('./load.cjs');

const [root, project, environment] = process.argv.slice(2);
load('develop/cluster/link')
  .runLink(root, project, environment)
  .then((code) => process.exit(code));
