// Checks all units of a workspace in this one process, as Nx makes it do, and prints what it found as JSON.
// node boundaries.cjs <folder of the built plugin> <workspace>
'use strict';

const { join } = require('node:path');

const [plugin, root] = process.argv.slice(2);
const { default: boundaries } = require(join(plugin, 'dist', 'executors', 'boundaries', 'batch.js'));
const { listUnits } = require(join(plugin, 'dist', 'boundaries', 'units.js'));

async function main() {
  const units = listUnits(root).filter(({ python }) => python);
  const tasks = Object.fromEntries(
    units.map(({ name, folder }) => [`${name}:boundaries`, { projectRoot: folder }]),
  );
  const options = Object.fromEntries(Object.keys(tasks).map((task) => [task, { json: true }]));
  for await (const { result } of boundaries({ tasks }, options, {}, { root })) {
    const { findings } = JSON.parse(result.terminalOutput);
    for (const { rule, path } of findings) process.stdout.write(`${rule} ${path}\n`);
  }
}

void main();
