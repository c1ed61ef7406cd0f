import type { Plan, PlanStep } from './plan';

/**
 * Steps of a pipeline that are one task of its workflow: a step that runs once, or all steps that run per value and
 * need nothing that is gathered in between. Of the latter each chunk of values has a DAG of its own, so that a value
 * whose first step failed holds up no other.
 */
export interface Stage {
  readonly scope: 'once' | 'each';
  readonly steps: readonly PlanStep[];
  /** Stages that it needs products of. */
  readonly needs: readonly Stage[];
}

/** The stages of a plan, each after those that it needs. */
export function stagesOf({ steps }: Pick<Plan, 'steps'>): Stage[] {
  const levels = levelsOf(steps);
  const groups = new Map<string, PlanStep[]>();
  for (const step of steps) {
    const key = step.scope === 'once' ? `once ${step.name}` : `each ${levels.get(step.name)}`;
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  const ordered = [...groups.values()].sort((a, b) => levelOf(a, levels) - levelOf(b, levels));
  const stageOf = new Map<string, Stage>();
  return ordered.map((members) => {
    const inside = new Set(members.map(({ name }) => name));
    const outside = members.flatMap(({ after }) => after).filter((name) => !inside.has(name));
    const needs = new Set(outside.map((name) => stageOf.get(name)).filter((one) => one !== undefined));
    const [{ scope }] = members as [PlanStep];
    const stage: Stage = { scope, steps: members, needs: [...needs] };
    for (const name of inside) stageOf.set(name, stage);
    return stage;
  });
}

/** How often the scope changes on the way to a step: steps of one scope and level need no other stage in between. */
function levelsOf(steps: readonly PlanStep[]): Map<string, number> {
  const known = new Map<string, number>();
  const byName = new Map(steps.map((step) => [step.name, step]));
  for (const { name, scope, after } of steps) {
    const before = after.map((other) => (known.get(other) ?? 0) + Number(byName.get(other)?.scope !== scope));
    known.set(name, Math.max(0, ...before));
  }
  return known;
}

function levelOf(members: readonly PlanStep[], levels: ReadonlyMap<string, number>): number {
  return levels.get(members[0]?.name ?? '') ?? 0;
}

/** Nodes of a workflow that all chunks together may have: Argo keeps 600 to 800 bytes of each in one object. */
const MOST_NODES = 200;
const FEWEST_CHUNKS = 4;

/**
 * Into how many chunks the values are divided. A few values get a pod each; of many, a pod takes several, one after the
 * other, so that neither the workflow nor the API server has an object for each.
 */
export function chunksOf(stages: readonly Stage[], values: number): number {
  const perChunk = stages
    .filter(({ scope }) => scope === 'each')
    // A retried step is two nodes, and the DAG around them is one.
    .reduce((sum, { steps }) => sum + 1 + 2 * steps.length, 0);
  const most = Math.max(FEWEST_CHUNKS, Math.floor(MOST_NODES / Math.max(1, perChunk)));
  return Math.max(1, Math.min(values, most));
}
