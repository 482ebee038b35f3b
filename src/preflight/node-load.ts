/** What a node would have to do at the busiest moment of a run, with its share of it. */

import { createProfile } from '../load/profile.ts'
import type { Pause, Step } from '../suite/journey-spec.ts'
import { httpDriverOf, type Scenario, type Suite } from '../suite/spec.ts'
import { type FiredTask, firedTasks, httpOf, originOf } from './fired-tasks.ts'
import { medianMs, type TargetSeen } from './observed.ts'

/** Latency of an iteration where nothing is known of it, in milliseconds: as `load/expected-at-once.ts` has it. */
const UNKNOWN_MS = 50

/**
 * CPU time that a load thread needs for a request at the least, in microseconds: what the fastest machine took that was
 * measured (bench/RESULTS.md), so that nobody is told that there are too few CPUs where they might do.
 */
const LEAST_CPU_US = { wire: 9, undici: 15 }

/** What one scenario asks of one node. */
export interface ScenarioLoad {
  readonly index: number
  readonly name: string
  readonly path: string
  /** Highest arrivals per second here; null for a closed load. */
  readonly rate: number | null
  /** Most users here; null for an open load. */
  readonly users: number | null
  readonly maxInFlight: number | null
  /** What the requests of an iteration take without load, in milliseconds; undefined while nothing was seen of them. */
  readonly latencyMs: number | undefined
  /** The same with the pauses between them. */
  readonly iterationMs: number | undefined
  /** Executions in flight here at the most, as far as can be told. */
  readonly atOnce: number
  /** CPU time for its requests, in cores; 0 for what cannot be told. */
  readonly cores: number
}

export interface NodeLoad {
  readonly scenarios: readonly ScenarioLoad[]
  /** At the busiest moment, of all scenarios that go on then. */
  readonly atOnce: number
  readonly cores: number
}

/**
 * @param share part of the whole load that falls to the node, up to 1
 * @param targets what was seen of the targets
 */
export function nodeLoad(suite: Suite, share: number, targets: readonly TargetSeen[]): NodeLoad {
  const scenarios = suite.scenarios.map((scenario, index) => scenarioLoad(suite, scenario, index, share, targets))
  return {
    scenarios,
    atOnce: busiest(suite, scenarios, ({ atOnce }) => atOnce),
    cores: busiest(suite, scenarios, ({ cores }) => cores),
  }
}

function scenarioLoad(
  suite: Suite,
  scenario: Scenario,
  index: number,
  share: number,
  targets: readonly TargetSeen[],
): ScenarioLoad {
  const { name, load } = scenario
  const fired = firedTasks(suite).filter((task) => task.scenario === index)
  const latencies = fired.map((task) => latencyOf(task, targets))
  const latencyMs = perIteration(scenario, (step) => latencies[step])
  const iterationMs = perIteration(scenario, (step, isLast) => {
    const { think, repeat } = scenario.steps[step] as Step
    const latency = latencies[step]
    // None after the last request of an iteration.
    return latency === undefined ? undefined : latency + meanPause(think) * (isLast ? 1 - 1 / repeat : 1)
  })
  const about = { index, name, path: `scenarios[${index}].load`, latencyMs, iterationMs }
  if (load.model === 'closed') {
    const users = Math.ceil(load.users * share)
    return { ...about, rate: null, users, maxInFlight: null, atOnce: users, cores: 0 }
  }
  const { maxInFlight } = load
  const rate = createProfile(load).peakRate * share
  const cpu = perIteration(scenario, (step) => {
    const driver = httpDriverOf((scenario.steps[step] as Step).task)
    return driver === null ? 0 : LEAST_CPU_US[driver]
  })
  return {
    ...about,
    rate,
    users: null,
    maxInFlight,
    atOnce: Math.min(maxInFlight, Math.ceil((rate * (iterationMs ?? UNKNOWN_MS)) / 1000)),
    cores: (rate * (cpu ?? 0)) / 1e6,
  }
}

/**
 * The mean sum over the steps of an iteration, of those that are taken in any case; undefined where it is not known of
 * any of them.
 */
function perIteration(
  { steps, branches }: Scenario,
  amountOf: (step: number, isLast: boolean) => number | undefined,
): number | undefined {
  let known = false
  const weights = branches.reduce((sum, { weight }) => sum + weight, 0)
  const total = branches.reduce((sum, branch) => {
    const amounts = branch.steps.map((step, place) => {
      const { when, repeat } = steps[step] as Step
      const amount = when === null ? amountOf(step, place === branch.steps.length - 1) : undefined
      if (amount === undefined) return 0
      known = true
      return amount * repeat
    })
    return sum + branch.weight * amounts.reduce((all, amount) => all + amount, 0)
  }, 0)
  return known ? total / weights : undefined
}

function meanPause(pause: Pause | null): number {
  if (pause === null) return 0
  if (pause.kind === 'constant') return pause.ms
  return pause.kind === 'uniform' ? (pause.minMs + pause.maxMs) / 2 : pause.meanMs
}

/** What the request took itself, or, where it was not sent, the shortest that its target took. */
function latencyOf({ path, task }: FiredTask, targets: readonly TargetSeen[]): number | undefined {
  const url = httpOf(task)?.url
  const origin = url === undefined ? undefined : originOf(url)
  const near = targets.filter((target) => target.origin === origin).flatMap(({ requests }) => requests)
  const own = near.filter((request) => request.path === path)
  const seen = (own.some(({ answers }) => answers.length > 0) ? own : near).flatMap(
    ({ answers }) => medianMs(answers) ?? [],
  )
  return seen.length === 0 ? undefined : Math.min(...seen)
}

/** The highest sum over scenarios that go on together: it is reached as one of them begins. */
function busiest(
  { scenarios }: Suite,
  loads: readonly ScenarioLoad[],
  amountOf: (load: ScenarioLoad) => number,
): number {
  const sums = scenarios.map(({ startMs: now }) =>
    loads
      .filter(({ index }) => {
        const { startMs, durationMs } = scenarios[index] as Scenario
        return startMs <= now && now < startMs + durationMs
      })
      .reduce((sum, load) => sum + amountOf(load), 0),
  )
  return Math.max(0, ...sums)
}
