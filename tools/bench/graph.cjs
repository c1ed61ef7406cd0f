// Makes the plugin's part of the graph of a workspace, once, with nothing remembered but what its cache holds.
// node graph.cjs <folder of the built plugin>, in the workspace
'use strict';

const { existsSync } = require('node:fs');
const { join } = require('node:path');

const [home] = process.argv.slice(2);
const { createNodes, createDependencies } = require(join(home, 'dist', 'plugin.js'));
const { listUnits } = require(join(home, 'dist', 'boundaries', 'units.js'));

async function main() {
  const workspaceRoot = process.cwd();
  const named = listUnits(workspaceRoot).flatMap(({ folder }) =>
    ['pyproject.toml', 'fabrica.yaml'].map((name) => `${folder}/${name}`),
  );
  const files = ['nx.json', ...named.filter((file) => existsSync(file))];
  const nodes = await createNodes[1](files, undefined, { workspaceRoot, nxJsonConfiguration: {} });
  const projects = nodes.flatMap(([, result]) => Object.values(result.projects));
  const byName = Object.fromEntries(projects.map((project) => [project.name, project]));
  const edges = await createDependencies(undefined, { workspaceRoot, projects: byName, externalNodes: {} });
  process.stdout.write(`${projects.length} projects, ${edges.length} edges\n`);
}

void main();
