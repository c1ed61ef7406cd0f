import { z } from 'zod';

/** What a deploy reads of a plan (PIPELINES: `plan.json`). */
export const planDocument = z.looseObject({
  each: z.looseObject({ parameter: z.string() }).nullish(),
  gate: z.looseObject({ model: z.string().nullish() }).nullish(),
  parameters: z
    .record(
      z.string(),
      z.looseObject({ default: z.unknown().optional(), jsonSchema: z.unknown().optional() }),
    )
    .nullish(),
  steps: z
    .array(
      z.looseObject({
        parameters: z.array(z.string()).nullish(),
        products: z.array(z.looseObject({ name: z.string() })).nullish(),
      }),
    )
    .nullish(),
});

export type PlanDocument = z.infer<typeof planDocument>;

/**
 * A parameter to try next: the first number that the step of the model takes, else the first of any step. With twice
 * the value that the run was given, or twice the default, whichever is larger: a person who tried a small one is not
 * sent to another that is worse than the default. Undefined where no parameter is a number with a default.
 *
 * @param passed arguments of the runner
 * @example
 * proposalOf(plan, []); // 'iterations=30', where the default is 15
 */
export function proposalOf(plan: PlanDocument, passed: readonly string[]): string | undefined {
  const byDefault = defaults(plan);
  const values = { ...byDefault, ...given(passed) };
  const name = inOrder(plan).find((one) => one !== plan.each?.parameter && isTunable(plan, one, values[one]));
  return name === undefined ? undefined : `${name}=${larger(values[name] as number, byDefault[name]) * 2}`;
}

function defaults({ parameters }: PlanDocument): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters ?? {}).map(([name, one]) => [name, one.default]));
}

/** Names as the steps list them, those of the step that makes the model first. */
function inOrder({ steps, gate }: PlanDocument): string[] {
  const makesModel = ({ products }: { products?: { name: string }[] | null }): boolean =>
    (products ?? []).some(({ name }) => name === gate?.model);
  const sorted = [...(steps ?? [])].sort((a, b) => Number(makesModel(b)) - Number(makesModel(a)));
  return sorted.flatMap(({ parameters }) => parameters ?? []);
}

/** The value or the default, whichever is further from zero: a required parameter has no default. */
function larger(value: number, byDefault: unknown): number {
  return typeof byDefault === 'number' && Math.abs(byDefault) > Math.abs(value) ? byDefault : value;
}

/** A number that may be any: not one of a few choices, nor zero, which doubles to itself. */
function isTunable({ parameters }: PlanDocument, name: string, value: unknown): boolean {
  const schema = z.looseObject({ type: z.enum(['integer', 'number']), enum: z.undefined().optional() });
  return (
    typeof value === 'number' &&
    Number.isFinite(value * 2) &&
    value !== 0 &&
    schema.safeParse(parameters?.[name]?.jsonSchema).success
  );
}

/** The numbers in `--set name=value` and `--settings JSON`; what the runner refuses is refused by the runner. */
function given(passed: readonly string[]): Record<string, unknown> {
  return Object.assign({}, ...passed.map((word, index) => readSetting(passed[index - 1], word)));
}

function readSetting(option: string | undefined, text: string): Record<string, unknown> {
  const [name, ...value] = text.split('=');
  try {
    if (option === '--settings') return JSON.parse(text) as Record<string, unknown>;
    return option === '--set' ? { [name as string]: JSON.parse(value.join('=')) as unknown } : {};
  } catch {
    return {};
  }
}
