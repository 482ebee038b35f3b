/**
 * The shape of what an iteration does, as authors write it: steps, groups of them, and mixes. Which of the keys go
 * together is in journey-rules.ts.
 */

import * as z from 'zod'
import { LIMITS } from '../base/limits.ts'
import { authSchema, type ShapedAuth } from './auth-shape.ts'
import { whenSchema } from './conditions.ts'
import { expectSchema } from './expectations.ts'
import { extractSchema } from './extractions.ts'
import { httpSchema } from './http-task.ts'
import { durationLeaf } from './leaves.ts'
import { nameLeaf } from './name-leaf.ts'
import type { TaskShape } from './task-shape.ts'

function pause(title: string, description: string) {
  return durationLeaf({ title, description, examples: ['1s'], least: 0, most: LIMITS.durationMs })
}

const thinkMapSchema = z.strictObject({
  uniform: z
    .array(pause('Bound', 'Least and most time.'))
    .min(2)
    .max(2)
    .meta({ title: 'Uniform', description: 'Any time from the least to the most.', examples: [['500ms', '2s']] })
    .optional(),
  normal: z
    .strictObject({
      mean: pause('Mean', 'Mean of the times.'),
      stddev: pause('Standard deviation', 'Standard deviation of the times.'),
    })
    .meta({
      title: 'Normal',
      description: 'Times that are normally distributed; what would be less than 0 is 0.',
      examples: [{ mean: '1s', stddev: '200ms' }],
    })
    .optional(),
})

/** `think` wherever it may stand; `of` says after what. */
export function thinkSchema(of: string) {
  return z
    .union([pause('Think time', 'Time that passes.'), thinkMapSchema])
    .meta({
      title: 'Think time',
      description: `Time that passes after ${of}, before the next step; after the last step of an iteration none does. The nearest wins: that of the step, else of its group, else of the scenario.`,
      examples: ['1s', { uniform: ['500ms', '2s'] }, { normal: { mean: '1s', stddev: '200ms' } }],
    })
    .optional()
}

export type ShapedThink = z.output<ReturnType<typeof thinkSchema>>

/** `tags` wherever they may stand; `of` says what has them. */
export function tagsSchema(of: string) {
  return z
    .record(z.string(), nameLeaf())
    .meta({
      title: 'Tags',
      description: `Names and values by which results of ${of} can be selected. Steps have those of their groups and of their scenario, too; the nearest wins.`,
      examples: [{ team: 'checkout' }],
    })
    .optional()
}

/** One entry of `steps` or `mix`: something to fire, or a list of steps. Those of a mix have a weight. */
export interface ShapedStep {
  readonly name?: string | undefined
  readonly group?: string | undefined
  readonly weight?: number | undefined
  readonly steps?: readonly ShapedStep[] | undefined
  readonly http?: z.output<typeof httpSchema> | undefined
  readonly think?: ShapedThink
  readonly repeat?: number | undefined
  readonly continueOnError?: boolean | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly auth?: ShapedAuth
  readonly when?: z.output<typeof whenSchema> | undefined
  readonly extract?: z.output<typeof extractSchema> | undefined
  readonly expect?: z.output<typeof expectSchema> | undefined
}

/** Keys of the tasks that may be fired beside `http`. */
export function taskKeys(tasks: readonly TaskShape[]): Record<string, z.ZodOptional<z.ZodUnknown>> {
  const keys: Record<string, z.ZodOptional<z.ZodUnknown>> = {}
  for (const { name, parameters, title, description } of tasks) {
    const about = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) }
    keys[name] = z
      .unknown()
      .meta({ ...parameters, ...about })
      .optional()
  }
  return keys
}

/** The keys of steps, groups and parts of a mix. */
function commonKeys(tasks: readonly TaskShape[], steps: () => z.ZodType<readonly ShapedStep[]>) {
  return {
    name: nameLeaf()
      .optional()
      .meta({
        title: 'Name',
        description: 'Name in reports and selectors, unique in its scenario. Without one, what it fires: `GET /cart`.',
        examples: ['login'],
      }),
    http: httpSchema.optional(),
    ...taskKeys(tasks),
    steps: z.lazy(steps).optional(),
    think: thinkSchema('the step, or each step of the group'),
    repeat: z.int().min(1).max(LIMITS.stepRepeat).optional().meta({
      title: 'Repeat',
      description: 'How many times the step, or the whole group, is taken, one after the other.',
      default: 1,
    }),
    continueOnError: z.boolean().optional().meta({
      title: 'Continue on error',
      description:
        'Whether the iteration goes on after the step, or a step of the group, has failed; else it ends, failed.',
      default: false,
    }),
    tags: tagsSchema('the step, or of all steps of the group'),
    auth: authSchema('the step, or of all steps of the group'),
    when: whenSchema.optional(),
    extract: extractSchema.optional(),
    expect: expectSchema.optional(),
  }
}

/** `steps`: those of a scenario, of a group, or of a part of a mix. */
function stepsSchema(tasks: readonly TaskShape[]): z.ZodType<readonly ShapedStep[]> {
  const fired = ['http', ...tasks.map(({ name }) => name)].map((key) => ({ required: [key] }))
  const step = z
    .strictObject({
      group: nameLeaf()
        .optional()
        .meta({
          title: 'Group',
          description: 'Name of a group, whose steps are in `steps`. Groups within groups are named `outer/inner`.',
          examples: ['checkout'],
        }),
      ...commonKeys(tasks, () => list),
    })
    .meta({
      title: 'Step',
      description: 'Exactly one task to fire, or a group of steps.',
      examples: [{ name: 'login', http: { method: 'POST', url: '/login', json: { user: 'ada' } } }],
      oneOf: [...fired, { required: ['group', 'steps'] }],
    })
  const list: z.ZodType<readonly ShapedStep[]> = z
    .array(step)
    .min(1)
    .max(LIMITS.steps)
    .meta({
      title: 'Steps',
      description: 'What an iteration does, in this order. A step that fails ends it.',
      examples: [[{ http: '/login' }, { http: '/cart', think: '1s' }]],
    })
  return list
}

const cookiesSchema = z.union([z.boolean(), z.literal('iteration')]).meta({
  title: 'Cookies',
  description:
    'Whether cookies that answers set are sent back. A user of a closed load keeps them from iteration to iteration; with `iteration`, and in an open load, each iteration begins without any. On for `steps` and `mix`, off for a single request. A header `cookie` of a request takes their place.',
  examples: [false, 'iteration'],
})

/** The keys of a scenario that say what an iteration does, beside those of single tasks. */
export function journeyKeys(tasks: readonly TaskShape[]) {
  const steps = stepsSchema(tasks)
  const fired = ['http', ...tasks.map(({ name }) => name), 'steps'].map((key) => ({ required: [key] }))
  const part = z
    .strictObject({
      weight: z
        .int()
        .min(1)
        .max(LIMITS.mixWeight)
        .meta({
          title: 'Weight',
          description: 'How often this part is taken, relative to the weights of the others.',
          examples: [70],
        }),
      ...commonKeys(tasks, () => steps),
    })
    .meta({
      title: 'Part of a mix',
      description:
        'A weight, and exactly one task to fire or a list of steps. The name of a part with steps is their group.',
      examples: [{ weight: 70, http: '/cart' }],
      oneOf: fired,
    })
  return {
    steps: steps.optional(),
    mix: z
      .array(part)
      .min(1)
      .max(LIMITS.steps)
      .optional()
      .meta({
        title: 'Mix',
        description:
          'What iterations do, each one of these. They are dealt out evenly by weight: of any number that a node has begun, no part has one more or one less than its weight asks for.',
        examples: [
          [
            { weight: 70, http: '/cart' },
            { weight: 30, http: { method: 'POST', url: '/checkout' } },
          ],
        ],
      }),
    extract: extractSchema.optional(),
    expect: expectSchema.optional(),
    cookies: cookiesSchema.optional(),
    store: z
      .array(z.string())
      .min(1)
      .max(LIMITS.extractions)
      .optional()
      .meta({
        title: 'Store',
        description:
          'Sequential suites: extracted values that later scenarios may `use`. They stay on the node that got them.',
        examples: [['token']],
      }),
    use: z
      .array(z.string())
      .min(1)
      .max(LIMITS.extractions)
      .optional()
      .meta({
        title: 'Use',
        description:
          'Sequential suites: values that earlier scenarios have stored. A node that has none yet runs an iteration of that scenario first.',
        examples: [['token']],
      }),
    think: thinkSchema('each step of the scenario'),
    tags: tagsSchema('all steps of the scenario'),
    pacing: durationLeaf({
      title: 'Pacing',
      description:
        'Closed model: least time from the start of an iteration of a user to the start of its next one. An iteration that takes longer is followed at once.',
      examples: ['5s'],
      least: 1,
      most: LIMITS.durationMs,
    }).optional(),
  }
}
