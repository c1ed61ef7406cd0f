// Writes packages/fabrica/src/cluster/kubernetes.json: what Kubernetes and Argo Workflows say of the objects that Fabrica
// compiles to, without prose, and with unknown fields refused. Needs Go, which checks both modules against its
// checksum database. Run again when a version below changes: node tools/cluster/manifest-schemas.cjs
'use strict';

const { execFileSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** Later sources win: Kubernetes' own word on its types counts. Both projects are under the Apache license 2.0. */
const SOURCES = [
  {
    module: 'github.com/argoproj/argo-workflows/v3',
    version: 'v3.7.9',
    file: 'api/jsonschema/schema.json',
  },
  { module: 'k8s.io/kubernetes', version: 'v1.34.4', file: 'api/openapi-spec/swagger.json' },
];

const ARGO = 'io.argoproj.workflow.v1alpha1';
const KINDS = {
  'apps/v1 Deployment': 'io.k8s.api.apps.v1.Deployment',
  'argoproj.io/v1alpha1 CronWorkflow': `${ARGO}.CronWorkflow`,
  'argoproj.io/v1alpha1 WorkflowTemplate': `${ARGO}.WorkflowTemplate`,
  'autoscaling/v2 HorizontalPodAutoscaler': 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'networking.k8s.io/v1 NetworkPolicy': 'io.k8s.api.networking.v1.NetworkPolicy',
  'policy/v1 PodDisruptionBudget': 'io.k8s.api.policy.v1.PodDisruptionBudget',
  'rbac.authorization.k8s.io/v1 Role': 'io.k8s.api.rbac.v1.Role',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'io.k8s.api.rbac.v1.RoleBinding',
  'v1 Secret': 'io.k8s.api.core.v1.Secret',
  'v1 Service': 'io.k8s.api.core.v1.Service',
  'v1 ServiceAccount': 'io.k8s.api.core.v1.ServiceAccount',
};

/** Types whose JSON is wider than the definition's `type` says. */
const WIDER = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: ['string', 'number'] },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: ['string', 'integer'] },
};

/** Argo names the container of a template itself, and a template's defaults may hold its image. */
const WITHOUT_REQUIRED = ['io.k8s.api.core.v1.Container'];

function download({ module, version, file }) {
  const said = execFileSync('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: tmpdir() });
  const { Dir: folder, Sum: sum } = JSON.parse(said);
  const { definitions } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return { source: { module, version, sum, file }, definitions };
}

/** The part of a definition that decides, closed: an object with properties has no others. */
function essence({ properties, items, additionalProperties, ...rest }) {
  const { type, required, enum: values, $ref } = rest;
  return {
    ...(type && { type }),
    ...(required && { required }),
    ...(values && { enum: values }),
    ...($ref && { $ref }),
    ...(properties && {
      properties: mapValues(properties, essence),
      additionalProperties: false,
    }),
    ...(items && { items: essence(items) }),
    ...(additionalProperties && { additionalProperties: essence(additionalProperties) }),
  };
}

function mapValues(object, change) {
  const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, value]) => [key, change(value)]));
}

/** What the kinds are made of, and no more. `status` is the cluster's to write. */
function reachable(all) {
  const found = {};
  const visit = (name) => {
    if (found[name]) return;
    found[name] = WIDER[name] ?? essence(all[name]);
    if (WITHOUT_REQUIRED.includes(name)) delete found[name].required;
    if (Object.values(KINDS).includes(name)) delete found[name].properties.status;
    for (const [, next] of JSON.stringify(found[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) visit(next);
  };
  Object.values(KINDS).forEach(visit);
  return mapValues(found, (definition) => definition);
}

const parts = SOURCES.map(download);
const definitions = reachable(Object.assign({}, ...parts.map((part) => part.definitions)));
const document = { sources: parts.map(({ source }) => source), kinds: KINDS, definitions };
writeFileSync(
  join(__dirname, '..', '..', 'packages', 'fabrica', 'src', 'cluster', 'kubernetes.json'),
  `${JSON.stringify(document)}\n`,
);
