import { z } from 'zod';
import { cpu, memory, placement, positive, variable } from './resources-schema';

const CRON = /^(@(hourly|daily|weekly|monthly|yearly)|\S+(\s+\S+){4})$/;
const expression = z
  .string()
  .trim()
  .regex(CRON, 'must be a cron expression of five fields, such as "0 4 * * *", or @daily');

/** The name of a project, as another one's fabrica.yaml says it. */
export const unitName = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be the name of a project');

/** When a pipeline runs by itself. */
export const schedule = z
  .union(
    [
      expression,
      z.strictObject({
        cron: expression.describe('"0 4 * * *", or @daily.'),
        timeZone: z
          .string()
          .refine(isTimeZone, 'must be a time zone, such as Europe/Zurich')
          .optional()
          .describe(
            'Whose clock it is: Europe/Zurich. UTC by default, or the one that the environment names.',
          ),
        concurrency: z
          .enum(['forbid', 'replace', 'allow'], { error: 'must be forbid, replace or allow' })
          .optional()
          .describe(
            'What becomes of a run that is due while the one before goes on: it is left out (forbid, the default), it takes its place (replace), or both run (allow).',
          ),
        when: z
          .enum(['always', 'new-data'], { error: 'must be always or new-data' })
          .optional()
          .describe(
            'Whether it runs each time (always, the default), or looks first and ends at once where there is nothing new since a run succeeded (new-data).',
          ),
      }),
    ],
    {
      error:
        'must be a cron expression of five fields, such as "0 4 * * *", or {cron: "0 4 * * *", timeZone: Europe/Zurich, concurrency: forbid | replace | allow, when: always | new-data}',
    },
  )
  .optional()
  .describe(
    'When it runs by itself in a cluster, as a cron expression: "0 4 * * *". On a laptop nothing does.',
  );

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return /^(UTC|[A-Z]\w+\/[\w/+-]+)$/.test(name);
  } catch {
    return false;
  }
}

const scale = z.strictObject({
  min: positive.default(2).describe('Replicas at least.'),
  max: positive.describe('Replicas at most.'),
  cpu: positive.max(100, 'must be at most 100').default(70).describe('Percent of its CPUs to aim at.'),
});

/** How a service or an app runs in a cluster. */
export const running = {
  cpu: cpu.optional().describe('In a cluster: CPUs of each replica.'),
  memory: memory.optional().describe('In a cluster: memory of each replica.'),
  ...placement,
  replicas: positive.optional().describe('In a cluster: how many run at once; 2 by default.'),
  scale: scale
    .optional()
    .describe('In a cluster: more or fewer replicas by the load, in the place of `replicas`: {max: 6}.'),
  secrets: z
    .array(variable)
    .optional()
    .describe('In a cluster: variables that it needs from secrets which the environment names.'),
  callers: z
    .array(unitName)
    .optional()
    .describe('In a cluster: projects whose pods may reach it. Nobody else’s can.'),
};

const port = z
  .int({ error: 'must be a port, 1 to 65535' })
  .min(1, 'must be a port, 1 to 65535')
  .max(65535, 'must be a port, 1 to 65535')
  .optional()
  .describe('The port to prefer on the laptop; another is taken when it is in use.');

export const service = z.strictObject({ port, ...running });
export const app = z.strictObject(running);

/** When a pipeline runs by itself, as fabrica.yaml says it. */
export type Schedule = NonNullable<z.output<typeof schedule>>;

/** How a service or an app runs in a cluster, as fabrica.yaml says it. */
export type Running = Readonly<z.output<typeof app>>;

/** A schedule in full: one that is a cron expression alone says nothing else. */
export function inFull(stated: Schedule): Exclude<Schedule, string> {
  return typeof stated === 'string' ? { cron: stated } : stated;
}
