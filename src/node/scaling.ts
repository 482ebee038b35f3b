/** Changes of a running run's load: checked against its suite, handed to the mesh, and answered once they are certain. */

import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { ScaledDocument, ScaleRequest } from '../api/node-port.ts'
import type { Clock } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Input } from '../coordination/io.ts'
import type { CoreState, RunState } from '../coordination/state.ts'
import { compareVersions } from '../membership/term.ts'
import { isEnded, type TableRevision } from '../run/share-table.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import { parseRate } from '../suite/units.ts'
import { isOver } from './interrupted.ts'

/** How often the table is looked at while a change is waited for, in milliseconds. */
const LOOK_MS = 20

/** The core gives a change up after `scaleMs`; the answer waits this much longer, in milliseconds. */
const BEYOND_MS = 500

export interface ScalingParts {
  readonly clock: Clock
  readonly state: () => CoreState
  readonly suite: (runId: RunId) => Suite | undefined
  readonly input: (input: Input) => void
}

export class Scaling {
  readonly #parts: ScalingParts

  constructor(parts: ScalingParts) {
    this.#parts = parts
  }

  /** @throws VajraError `RUN_UNKNOWN`, `RUN_NOT_RUNNING`, `CHANGE_INVALID`, `NOT_CONFIRMED` */
  async scale(runId: RunId, request: ScaleRequest): Promise<ScaledDocument> {
    const { clock, input, state } = this.#parts
    const run = this.#run(runId)
    const suite = this.#parts.suite(runId)
    if (suite === undefined) throw new VajraError('RUN_UNKNOWN', `this node does not know run ${runId}`)
    const scenario = scenarioOf(suite, request)
    const value = loadOf(scenario, request)
    const elapsed = this.#elapsed(run)
    if (elapsed + state().config.timing.scaleLeadMs >= scenario.startMs + scenario.durationMs) {
      throw new VajraError('RUN_NOT_RUNNING', `scenario ${scenario.name} is over, or as good as over`, {
        hint: `a change takes effect ${state().config.timing.scaleLeadMs / 1000} s after it was asked for`,
      })
    }
    if (run.changes.length >= LIMITS.changesAtOnce || (run.table?.revisions.length ?? 0) >= LIMITS.revisionsPerRun) {
      throw new VajraError('CHANGE_INVALID', `run ${runId} has been changed as often as is allowed`, {
        hint: `at most ${LIMITS.revisionsPerRun} changes a run, ${LIMITS.changesAtOnce} at a time`,
      })
    }
    const id = randomUUID()
    input({ kind: 'scale', runId, change: { id, scenario: suite.scenarios.indexOf(scenario), value } })
    const until = clock.monotonic() + state().config.timing.scaleMs + BEYOND_MS
    for (;;) {
      const revision = confirmed(this.#run(runId), id)
      if (revision !== undefined) return { runId, scenario: scenario.name, ...unitOf(scenario, value), at: revision.at }
      this.#elapsed(this.#run(runId))
      if (clock.monotonic() > until) throw notConfirmed(runId)
      await setTimeout(LOOK_MS)
    }
  }

  #run(runId: RunId): RunState {
    const run = this.#parts.state().runs.get(runId)
    if (run === undefined) throw new VajraError('RUN_UNKNOWN', `this node does not know run ${runId}`)
    return run
  }

  /** Run time now. @throws VajraError `RUN_NOT_RUNNING` unless the load goes on */
  #elapsed(run: RunState): number {
    const { runId } = run.record
    const now = this.#parts.clock.monotonic()
    const phase = run.table?.phase ?? 'created'
    if (isOver(run, now) || (phase !== 'created' && isEnded(phase))) {
      throw new VajraError('RUN_NOT_RUNNING', `run ${runId} has ended`, {
        hint: 'only a run that goes on can be changed',
      })
    }
    if (phase === 'stopping') throw new VajraError('RUN_NOT_RUNNING', `run ${runId} is ending`)
    if (phase !== 'running') {
      throw new VajraError('RUN_NOT_RUNNING', `run ${runId} has not started yet`, { hint: 'try again once it has' })
    }
    return run.startAt === null ? 0 : now - run.startAt
  }
}

/** Decided, and known to a majority: it cannot be taken back any more. */
function confirmed({ table, committed }: RunState, id: string): TableRevision | undefined {
  const revision = table?.revisions.find((one) => one.id === id && one.confirmed)
  const isCertain = table != null && committed !== null && compareVersions(committed, table.version) >= 0
  return isCertain || (table != null && isEnded(table.phase)) ? revision : undefined
}

function scenarioOf({ scenarios }: Suite, { scenario }: ScaleRequest): Scenario {
  const names = scenarios.map(({ name }) => name).join(', ')
  if (scenario === undefined && scenarios.length === 1) return scenarios[0]!
  const found = scenarios.find(({ name }) => name === scenario)
  if (found !== undefined) return found
  const message = scenario === undefined ? 'which scenario?' : `the run has no scenario ${JSON.stringify(scenario)}`
  throw new VajraError('CHANGE_INVALID', message, { hint: `it has: ${names}` })
}

function loadOf({ name, load }: Scenario, { rate, users }: ScaleRequest): number {
  if ((rate === undefined) === (users === undefined)) {
    throw new VajraError('CHANGE_INVALID', 'say either a rate or a number of users')
  }
  if (load.model === 'closed') {
    if (users === undefined) {
      throw new VajraError('CHANGE_INVALID', `scenario ${name} has users, not a rate`, { hint: 'say how many users' })
    }
    return within(
      users,
      Number.isSafeInteger(users) && users >= 0 && users <= LIMITS.users,
      `0 to ${LIMITS.users} users`,
    )
  }
  if (rate === undefined) {
    throw new VajraError('CHANGE_INVALID', `scenario ${name} has a rate, not users`, {
      hint: 'say a rate, such as 800/s',
    })
  }
  const parsed = parseRate(rate)
  if (!parsed.ok) throw new VajraError('CHANGE_INVALID', parsed.message, { hint: parsed.hint })
  return within(parsed.value, parsed.value <= LIMITS.rate, `0/s to ${LIMITS.rate}/s`)
}

function within(value: number, isAllowed: boolean, range: string): number {
  if (isAllowed) return value
  throw new VajraError('CHANGE_INVALID', `${value} is not allowed`, { hint: `allowed: ${range}` })
}

function unitOf({ load }: Scenario, value: number): { readonly rate: number } | { readonly users: number } {
  return load.model === 'open' ? { rate: value } : { users: value }
}

function notConfirmed(runId: RunId): VajraError {
  return new VajraError('NOT_CONFIRMED', `the mesh has not confirmed the change of run ${runId} in time`, {
    hint: 'most of its nodes are out of reach or busy; the event "scaled" would tell that it took effect all the same',
  })
}
