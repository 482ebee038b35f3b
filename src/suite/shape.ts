/**
 * The shape of a suite as authors write it: one zod schema, from which the published JSON Schema is made. What a shape
 * cannot say (which keys go together, what names refer to) is in rules.ts.
 */

import * as z from 'zod'
import { LIMITS } from '../base/limits.ts'
import { authSchema } from './auth-shape.ts'
import { scenarioDataSchema, suiteDataSchema } from './data-shape.ts'
import { httpSchema } from './http-task.ts'
import { journeyKeys, taskKeys } from './journey-shape.ts'
import { durationLeaf } from './leaves.ts'
import { loadSchema, maxInFlightSchema } from './load-shape.ts'
import { nameLeaf } from './name-leaf.ts'
import { SHARE_STRATEGIES } from './spec.ts'
import type { TaskShape } from './task-shape.ts'
import { METRIC_NAMES } from './threshold-metrics.ts'

export type { TaskShape } from './task-shape.ts'

/** Keys of scenarios and steps that no task can be named after. */
export const RESERVED_TASK_NAMES: readonly string[] = Object.freeze([
  'name',
  'load',
  'maxInFlight',
  'delayAfter',
  'auth',
  'steps',
  'mix',
  'think',
  'tags',
  'pacing',
  'group',
  'weight',
  'when',
  'repeat',
  'continueOnError',
  'extract',
  'expect',
  'data',
  'variables',
  'store',
  'use',
  'cookies',
])

const thresholdText = z.string().meta({
  title: 'Condition',
  description:
    'What must hold: aggregation, operator, value. Times: avg, min, med, max, p(N); counts: rate, count. Values: 250ms, 1.5s, 1%, 100/s, 10kB; a bare number of a time is milliseconds. With `for` and a time after it, what must not last so long.',
  examples: ['p(95)<200ms', 'rate<1%', 'count==0', 'p(90)>1s for 10s'],
})

const thresholdMap = z
  .strictObject({
    threshold: thresholdText,
    abortOnFail: z.boolean().optional().meta({
      title: 'Abort on fail',
      description: 'Stop the run as soon as the threshold is crossed.',
      default: false,
    }),
    delayAbortEval: durationLeaf({
      title: 'Delay of the abort',
      description: 'Time from the start of the run before the threshold may stop it.',
      examples: ['10s'],
      default: '0s',
      least: 0,
      most: LIMITS.durationMs,
    }).optional(),
  })
  .meta({ title: 'Threshold' })

const thresholdsSchema = z
  .record(
    z.string(),
    z
      .array(z.union([thresholdText, thresholdMap]))
      .min(1)
      .meta({ examples: [['p(95)<200ms']] }),
  )
  .meta({
    title: 'Thresholds',
    description: `Conditions by metric: ${METRIC_NAMES.join(', ')} (or k6 names). For a part of the run as \`duration{scenario:NAME}\`, by scenario, step, group, check, node or a tag, several separated by commas. A run with a crossed threshold exits with code 99.`,
    examples: [{ duration: ['p(95)<200ms'], failed: ['rate<1%'] }],
  })

function scenarioSchema(tasks: readonly TaskShape[]) {
  const choices = ['http', ...tasks.map(({ name }) => name), 'steps', 'mix'].map((key) => ({ required: [key] }))
  return z
    .strictObject({
      name: nameLeaf().meta({ title: 'Name', description: 'Name in reports and selectors.', examples: ['browse'] }),
      load: loadSchema,
      maxInFlight: maxInFlightSchema,
      delayAfter: durationLeaf({
        title: 'Delay after',
        description:
          'In a sequential suite: pause between the end of this load and the next scenario. After the last one there is none.',
        examples: ['10s'],
        default: '0s',
        least: 0,
        most: LIMITS.durationMs,
      }).optional(),
      auth: authSchema('the requests of this scenario'),
      data: scenarioDataSchema,
      http: httpSchema.optional(),
      ...taskKeys(tasks),
      ...journeyKeys(tasks),
    })
    .meta({
      title: 'Scenario',
      description: 'A load, and exactly one task to fire, or the steps of a journey, or a mix.',
      examples: [{ name: 'browse', load: { rate: '500/s', duration: '30s' }, http: '/products' }],
      oneOf: choices,
    })
}

const valueKeys = {
  variables: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .refine((map) => Object.keys(map).length <= LIMITS.variables, `at most ${LIMITS.variables} are allowed`)
    .optional()
    .meta({
      title: 'Variables',
      description:
        'Values by name, for `{{name}}` in requests. A text may have templates of what every suite has, as {{random(1,100)}}: it is filled in once for each iteration.',
      examples: [{ tenant: 'blue', quantity: '{{random(1,5)}}' }],
    }),
  env: z
    .array(z.string().max(LIMITS.nameLength))
    .max(LIMITS.variables)
    .optional()
    .meta({
      title: 'Environment',
      description:
        'Environment variables of the nodes that templates may name as {{env.NAME}}. A node that lacks one cannot fire. Not for credentials: they are references.',
      examples: [['REGION']],
    }),
}

function onceTimeout(what: string) {
  return durationLeaf({
    title: `Time-out of the ${what}`,
    description: `How long all steps of the ${what} may take together.`,
    default: '60s',
    least: 1,
    most: LIMITS.timeoutMs,
  }).optional()
}

/** The schema of a suite. The tasks come in addition to `http`; see {@link usableTasks}. */
export function suiteShape(tasks: readonly TaskShape[]) {
  const { steps: onceSteps } = journeyKeys(tasks)
  return z
    .strictObject({
      $schema: z.string().optional().meta({ description: 'Address of this schema, for editors.' }),
      name: nameLeaf().meta({
        title: 'Name',
        description: 'Name of the suite in lists and reports.',
        examples: ['shop'],
      }),
      mode: z.enum(['parallel', 'sequential']).optional().meta({
        title: 'Mode',
        description: 'Scenarios all at once, or one after the other in the order they are listed.',
        default: 'parallel',
      }),
      target: z
        .string()
        .optional()
        .meta({
          title: 'Target',
          description: 'Absolute http or https URL against which relative URLs are resolved.',
          examples: ['http://127.0.0.1:8080'],
        }),
      auth: authSchema('all requests'),
      ...valueKeys,
      data: suiteDataSchema,
      onNodeLoss: z.enum(['redistribute', 'continue', 'abort']).optional().meta({
        title: 'On node loss',
        description: "What becomes of a lost node's share: the others fire it, nobody fires it, or the run ends.",
        default: 'redistribute',
      }),
      shares: z.enum(SHARE_STRATEGIES).optional().meta({
        title: 'Shares',
        description:
          'Load split evenly over the nodes, in proportion to the capacity they were started with, or to what they measure: free CPU time, and how late they send.',
        default: 'equal',
      }),
      gracefulStop: durationLeaf({
        title: 'Graceful stop',
        description: 'How long requests in flight may take to finish after the last arrival.',
        default: '30s',
        least: 0,
        most: LIMITS.gracefulStopMs,
      }).optional(),
      scenarios: z
        .array(scenarioSchema(tasks))
        .min(1)
        .max(LIMITS.scenarios)
        .meta({
          title: 'Scenarios',
          description: 'What to fire, each with a load of its own.',
          examples: [[{ name: 'browse', load: { rate: '500/s', duration: '30s' }, http: '/products' }]],
        }),
      setup: onceSteps.meta({
        title: 'Setup',
        description:
          'Steps that one node takes once for the whole mesh, before the start. If one fails, so does the run, with exit code 107. What it extracts, every scenario and the teardown may name as {{setup.NAME}}.',
      }),
      setupTimeout: onceTimeout('setup'),
      teardown: onceSteps.meta({
        title: 'Teardown',
        description:
          'Steps that one node takes once for the whole mesh, after the end, however the run ended, also when the setup failed. What it fails with is told in the report.',
      }),
      teardownTimeout: onceTimeout('teardown'),
      thresholds: thresholdsSchema.optional(),
    })
    .meta({
      title: 'Vajra Mesh suite',
      description:
        'A load test. Durations: 300ms, 30s, 2m, 1h30m. Rates: 500/s, 30/m, 10/h; they are those of the whole mesh.',
    })
}

/** A suite that has the right shape, with quantities read: milliseconds and arrivals per second. */
export type ShapedSuite = z.output<ReturnType<typeof suiteShape>>
export type ShapedScenario = ShapedSuite['scenarios'][number]

/** The tasks that can be selected beside `http`, which is always there and always this program's own. */
export function usableTasks(tasks: readonly TaskShape[]): readonly TaskShape[] {
  return tasks.filter(({ name }) => name !== 'http' && !RESERVED_TASK_NAMES.includes(name))
}
