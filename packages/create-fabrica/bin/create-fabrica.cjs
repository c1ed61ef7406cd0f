#!/usr/bin/env node
// Old syntax on purpose: an old Node must get far enough to say that it is old.
'use strict';

var wanted = require('../package.json').engines.node.match(/\d+/g).map(Number);
var present = process.versions.node.split('.').map(Number);

if (present[0] < wanted[0] || (present[0] === wanted[0] && present[1] < wanted[1])) {
  console.error(
    'error: Fabrica needs Node ' +
      wanted.join('.') +
      ' or newer, and this is ' +
      process.version +
      '\n' +
      '  try https://nodejs.org/en/download, then the same command again',
  );
  process.exitCode = 1;
} else {
  require('../dist/main')
    .main(process.argv.slice(2))
    .then(function (code) {
      process.exitCode = code;
    });
}
