// Compiles a pipeline of 50 steps to manifests. Prints the CPU milliseconds of loading the compiler, beyond what a
// command has loaded that read the workspace, of compiling, and the characters of the YAML.
// node compile.cjs <folder of the built plugin> <plan.json>
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const [plugin, plan] = process.argv.slice(2);
const { parseEnvironment, parseSettings } = require(join(plugin, 'dist', 'workspace'));

const environment = `context: staging
namespace: science
registry: registry.example.com/science
store: s3://artifacts/science
`;
const project = { name: 'bench', module: 'bench', folder: 'projects/bench', service: false, app: false };
const release = {
  project: { ...project, settings: parseSettings('fabrica.yaml', 'owner: me\n') },
  environment: parseEnvironment('staging', environment),
  image: `registry.example.com/science/bench@sha256:${'0'.repeat(64)}`,
  commit: null,
};
const text = readFileSync(plan, 'utf8');

function measured(work) {
  const start = process.cpuUsage();
  const answer = work();
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1000, answer];
}

const [loading, { parsePlan, compileToYaml }] = measured(() => ({
  ...require(join(plugin, 'dist', 'cluster', 'plan')),
  ...require(join(plugin, 'dist', 'cluster', 'compile')),
}));
// The first time, as a user has it: nothing is warm.
const [compiling, files] = measured(() => compileToYaml({ ...release, plans: [parsePlan(text)] }));
const size = [...files.values()].reduce((sum, yaml) => sum + yaml.length, 0);
process.stdout.write(`${loading} ${compiling} ${size}\n`);
