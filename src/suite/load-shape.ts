/**
 * The shape of a load as authors write it. Which of its keys go together is in load-rules.ts.
 */

import * as z from 'zod'
import { LIMITS } from '../base/limits.ts'
import { durationLeaf, rateLeaf } from './leaves.ts'
import { profileSchema } from './profile-shape.ts'

/** In-flight requests of a scenario on one node, where the suite does not say. */
export const DEFAULT_MAX_IN_FLIGHT = 10_000

/** Bound on requests in flight; may stand in the load or beside it. */
export const maxInFlightSchema = z.int().min(1).max(LIMITS.inFlight).optional().meta({
  title: 'Requests in flight',
  description:
    'Open model: requests, or of journeys iterations, in flight on each node before further arrivals are dropped (and counted as dropped).',
  default: DEFAULT_MAX_IN_FLIGHT,
})

const stageSchema = z
  .strictObject({
    duration: durationLeaf({
      title: 'Duration',
      description: 'How long the rate, or the number of users, takes to get there; 0 jumps at once.',
      least: 0,
      most: LIMITS.durationMs,
    }),
    rate: rateLeaf({
      title: 'Rate',
      description: 'Open model: rate at the end of the stage, of the whole mesh.',
      least: 0,
      most: LIMITS.rate,
    }).optional(),
    users: z
      .int()
      .min(0)
      .max(LIMITS.users)
      .meta({
        title: 'Users',
        description:
          'Closed model: users at the end of the stage, of the whole mesh. They begin evenly over a ramp up; on a ramp down, those that began last end first, each after the iteration it is in.',
        examples: [50],
      })
      .optional(),
  })
  .meta({
    title: 'Stage',
    description: 'A `rate` or `users`, the same in all stages of a load.',
    examples: [{ duration: '10s', rate: '1000/s' }],
    oneOf: [{ required: ['rate'] }, { required: ['users'] }],
  })

const LOAD_CHOICES = [
  { required: ['rate', 'duration'] },
  { required: ['stages'] },
  { required: ['profile'] },
  { required: ['users', 'duration'] },
]

/** Shape of a load. */
export const loadSchema = z
  .strictObject({
    rate: rateLeaf({
      title: 'Rate',
      description: 'Open model: constant arrival rate of the whole mesh. Goes with `duration`.',
      least: 1e-6,
      most: LIMITS.rate,
    }).optional(),
    duration: durationLeaf({
      title: 'Duration',
      description:
        'Length of the measured part, after the warm-up. Goes with `rate`, `users` and `profile`; of a repeated one, the length of one round.',
      least: 1,
      most: LIMITS.durationMs,
    }).optional(),
    stages: z
      .array(stageSchema)
      .min(1)
      .max(LIMITS.stages)
      .optional()
      .meta({
        title: 'Stages',
        description:
          "Each stage takes the rate (open model), or the number of users (closed model), in a straight line from the previous stage's to its own.",
        examples: [
          [
            { duration: '10s', rate: '1000/s' },
            { duration: '20s', rate: '1000/s' },
            { duration: '5s', rate: '0/s' },
          ],
          [
            { duration: '10s', users: 50 },
            { duration: '20s', users: 50 },
            { duration: '5s', users: 0 },
          ],
        ],
      }),
    startRate: rateLeaf({
      title: 'Starting rate',
      description: 'Rate at the start of the first stage.',
      default: '0/s',
      least: 0,
      most: LIMITS.rate,
    }).optional(),
    startUsers: z
      .int()
      .min(0)
      .max(LIMITS.users)
      .meta({
        title: 'Starting users',
        description: 'Users at the start of the first stage of users.',
        examples: [10],
        default: 0,
      })
      .optional(),
    profile: profileSchema.optional(),
    repeat: z
      .int()
      .min(1)
      .max(LIMITS.repeat)
      .meta({
        title: 'Repetitions',
        description: 'How many times the stages or the profile come, one time after the other. The warm-up comes once.',
        examples: [3],
        default: 1,
      })
      .optional(),
    users: z
      .int()
      .min(1)
      .max(LIMITS.users)
      .meta({
        title: 'Users',
        description:
          'Closed model: users of the whole mesh, each of which waits for its answer before the next iteration. Goes with `duration`.',
        examples: [50],
      })
      .optional(),
    thinkTime: durationLeaf({
      title: 'Think time',
      description: 'Closed model: pause of a user after each iteration.',
      examples: ['1s'],
      default: '0s',
      least: 0,
      most: LIMITS.durationMs,
    }).optional(),
    warmup: durationLeaf({
      title: 'Warm-up',
      description:
        'Fired before the measured part and in addition to it, at the rate with which that begins; shown, but not part of the results.',
      examples: ['5s'],
      default: '0s',
      least: 0,
      most: LIMITS.durationMs,
    }).optional(),
    arrivals: z.enum(['even', 'poisson']).optional().meta({
      title: 'Arrivals',
      description: 'Open model: evenly spaced, or at random like independent visitors (a Poisson process).',
      default: 'even',
    }),
    maxInFlight: maxInFlightSchema,
  })
  .meta({
    title: 'Load',
    description: 'Exactly one of `rate`, `stages`, `profile` and `users`.',
    examples: [{ rate: '500/s', duration: '30s' }],
    oneOf: LOAD_CHOICES,
  })

/** A load of the right shape, with quantities read: milliseconds and arrivals per second. */
export type ShapedLoad = z.output<typeof loadSchema>
