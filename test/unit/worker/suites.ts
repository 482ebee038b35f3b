/** Suites for tests of the worker layer. */

import type { Step } from '../../../src/suite/journey-spec.ts'
import type { ClosedLoad, Load, OpenLoad, Scenario, Suite, TaskSpec } from '../../../src/suite/spec.ts'
import { oneStep } from '../one-step.ts'
import type { NoteParameters } from './virtual-node.ts'

export const openLoad = (rate: number, durationMs: number, more: Partial<OpenLoad> = {}): OpenLoad => ({
  model: 'open',
  warmupMs: 0,
  segments: [{ durationMs, fromRate: rate, toRate: rate }],
  repeat: 1,
  arrivals: 'even',
  maxInFlight: 1000,
  ...more,
})

export const closedLoad = (users: number, durationMs: number, more: Partial<ClosedLoad> = {}): ClosedLoad => ({
  model: 'closed',
  warmupMs: 0,
  users,
  segments: [{ durationMs, fromUsers: users, toUsers: users }],
  repeat: 1,
  durationMs,
  thinkTimeMs: 0,
  ...more,
})

const measuredMs = (load: Load): number =>
  load.model === 'closed' ? load.durationMs : load.segments.reduce((sum, { durationMs }) => sum + durationMs, 0)

export const scenarioOf = (
  load: Load,
  task: TaskSpec = { type: 'note', parameters: {} },
  startMs = 0,
  name = 's',
): Scenario => ({ name, startMs, durationMs: load.warmupMs + measuredMs(load), load, ...oneStep(task) })

export const suiteOf = (scenarios: readonly Scenario[], more: Partial<Suite> = {}): Suite => ({
  name: 'test',
  mode: 'parallel',
  onNodeLoss: 'redistribute',
  shares: 'equal',
  gracefulStopMs: 1000,
  scenarios,
  thresholds: [],
  durationMs: Math.max(...scenarios.map(({ startMs, durationMs }) => startMs + durationMs)),
  ...more,
})

export const slotsFrom = (count: number, from = 0): { slot: number; from: number }[] =>
  Array.from({ length: count }, (_, slot) => ({ slot, from }))

/** A step that notes its executions under its name. */
export const noteStep = (name: string, parameters: NoteParameters = {}, more: Partial<Step> = {}): Step => ({
  ...oneStep({ type: 'note', parameters: { task: name, ...parameters } }).steps[0]!,
  name,
  ...more,
})

/** A scenario of some steps, all of them in one branch unless branches are given. */
export const journeyOf = (load: Load, steps: readonly Step[], more: Partial<Scenario> = {}): Scenario => ({
  ...scenarioOf(load),
  steps,
  branches: [{ weight: 1, steps: steps.map((_, index) => index) }],
  ...more,
})
