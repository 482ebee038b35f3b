/**
 * The shape of a load's `profile` as authors write it: one of the usual curves by name. What its numbers must be
 * together is in profile-rules.ts.
 */

import * as z from 'zod'
import { LIMITS } from '../base/limits.ts'
import { durationLeaf, rateLeaf } from './leaves.ts'

const rate = (title: string, description: string, least = 0) =>
  rateLeaf({ title, description, least, most: LIMITS.rate })

const duration = (title: string, description: string, least: number, examples: readonly string[]) =>
  durationLeaf({ title, description, examples, least, most: LIMITS.durationMs })

const rampSchema = z
  .strictObject({
    from: rate('From', 'Rate at the start.'),
    to: rate('To', 'Rate at the end.'),
  })
  .meta({
    title: 'Ramp',
    description: 'From one rate to another in a straight line. Goes with `duration`.',
    examples: [{ from: '10/s', to: '500/s' }],
  })

const stepsSchema = z
  .strictObject({
    from: rate('From', 'Rate of the first step.'),
    to: rate('To', 'Rate of the last step.'),
    step: rate('Step', 'How much higher (or lower) each step is than the one before.', 1e-6),
    every: duration('Every', 'Length of each step.', 1, ['30s']),
  })
  .meta({
    title: 'Steps',
    description: 'From one rate to another in equal steps. With `duration`, the last step lasts until then.',
    examples: [{ from: '100/s', to: '500/s', step: '100/s', every: '30s' }],
  })

const spikeSchema = z
  .strictObject({
    base: rate('Base', 'Rate before and after the spike.'),
    peak: rate('Peak', 'Rate of the spike.', 1e-6),
    at: duration('At', 'When the rate leaves the base.', 0, ['10s']),
    length: duration('Length', 'How long the peak lasts.', 1, ['5s']),
    ramp: durationLeaf({
      title: 'Ramp',
      description: 'Time from the base to the peak, and from the peak to the base.',
      examples: ['500ms'],
      default: '0s',
      least: 0,
      most: LIMITS.durationMs,
    }).optional(),
  })
  .meta({
    title: 'Spike',
    description: 'A steady rate with a spike. Goes with `duration`; with `repeat`, one spike in each.',
    examples: [{ base: '100/s', peak: '2000/s', at: '10s', length: '5s' }],
  })

const sineSchema = z
  .strictObject({
    min: rate('Minimum', 'Lowest rate; the profile starts there.'),
    max: rate('Maximum', 'Highest rate, half a period later.', 1e-6),
    period: duration('Period', 'From one minimum to the next.', 1, ['10m']),
  })
  .meta({
    title: 'Sine',
    description: 'A rate that swings between two values, as days do. Goes with `duration`.',
    examples: [{ min: '50/s', max: '500/s', period: '10m' }],
  })

const pointSchema = z
  .strictObject({
    at: duration('At', 'Time from the start of the profile.', 0, ['30s']),
    rate: rate('Rate', 'Rate at that time.'),
  })
  .meta({ title: 'Point' })

const customSchema = z
  .array(pointSchema)
  .min(1)
  .max(LIMITS.stages)
  .meta({
    title: 'Custom',
    description:
      'A list of points, the first at 0s; two at the same time are a jump. With `duration`, the last rate lasts until then.',
    examples: [
      [
        { at: '0s', rate: '10/s' },
        { at: '30s', rate: '500/s' },
        { at: '1m', rate: '10/s' },
      ],
    ],
  })

/** The curves, each with the key that `duration` is for it. */
export const CURVES = {
  ramp: 'required',
  steps: 'optional',
  spike: 'required',
  sine: 'required',
  custom: 'optional',
} as const satisfies Readonly<Record<string, 'required' | 'optional'>>
export type Curve = keyof typeof CURVES
export const CURVE_NAMES = Object.keys(CURVES) as readonly Curve[]

/** Shape of a profile. */
export const profileSchema = z
  .strictObject({
    ramp: rampSchema.optional(),
    steps: stepsSchema.optional(),
    spike: spikeSchema.optional(),
    sine: sineSchema.optional(),
    custom: customSchema.optional(),
    interpolate: z.enum(['linear', 'step']).optional().meta({
      title: 'Interpolation',
      description: 'Of `custom`: straight lines between the points, or each rate until the next point.',
      default: 'linear',
    }),
  })
  .meta({
    title: 'Profile',
    description: 'Open model: the arrival rate of the whole mesh over time. Exactly one curve.',
    examples: [{ spike: { base: '100/s', peak: '2000/s', at: '10s', length: '5s' } }],
    oneOf: CURVE_NAMES.map((name) => ({ required: [name] })),
  })

/** A profile of the right shape, with quantities read: milliseconds and arrivals per second. */
export type ShapedProfile = z.output<typeof profileSchema>
