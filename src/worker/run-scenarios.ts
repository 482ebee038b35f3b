/** The parts of a run on one thread: what each scenario needs to fire, count and end. */

import type { MonotonicMs } from '../base/clock.ts'
import { deriveSeed } from '../base/random.ts'
import { planArrivals } from '../load/arrivals.ts'
import { planUsers } from '../load/user-plan.ts'
import type { Scenario } from '../suite/spec.ts'
import { ClosedExecutor } from './closed-executor.ts'
import { Executions } from './executions.ts'
import type { InFlight } from './in-flight.ts'
import type { LogLevel, PreparedRun } from './messages.ts'
import { OpenExecutor } from './open-executor.ts'
import { ScenarioTask } from './scenario-task.ts'
import type { CredentialsPort, TaskModule } from './task-port.ts'
import { WindowRecorder } from './window-recorder.ts'

/** What a thread gives the scenarios of its runs. */
export interface ThreadSurroundings {
  readonly index: number
  readonly tasks: TaskModule
  readonly clock: () => MonotonicMs
  readonly log: (level: LogLevel, message: string) => void
  /** Asks for a turn at this time or earlier. */
  readonly wakeBy: (at: MonotonicMs) => void
}

export interface RunScenario {
  readonly recorder: WindowRecorder
  readonly executions: Executions
  readonly task: ScenarioTask
  readonly open: OpenExecutor | null
  readonly closed: ClosedExecutor | null
}

/** No bound: users of a closed load bound themselves. */
const UNLIMITED = 2 ** 31 - 1

/** What a run has on one thread, for all its scenarios. */
export interface RunOnThread {
  readonly run: PreparedRun
  readonly inFlight: InFlight
  readonly credentials: CredentialsPort | undefined
}

/** Builds every scenario of a run. */
export function buildScenarios(shared: RunOnThread, thread: ThreadSurroundings): RunScenario[] {
  return shared.run.suite.scenarios.map((scenario, index) => buildScenario(shared, scenario, index, thread))
}

function buildScenario(
  { run, inFlight, credentials }: RunOnThread,
  scenario: Scenario,
  index: number,
  thread: ThreadSurroundings,
): RunScenario {
  const { load, startMs } = scenario
  const { clock, wakeBy, tasks, log } = thread
  const recorder = new WindowRecorder(index)
  const executions = new Executions({
    clock,
    recorder,
    inFlight,
    scenario: index,
    thread: thread.index,
    limit: load.model === 'open' ? load.maxInFlight : UNLIMITED,
    onUserDone: (user, now) => {
      closed?.userDone(user, now)
      wakeBy(now + (load.model === 'closed' ? load.thinkTimeMs : 0))
    },
  })
  const common = { startMs, warmupMs: load.warmupMs, executions, recorder }
  const { slotCount } = run
  const open =
    load.model === 'open'
      ? new OpenExecutor({ ...common, plan: planArrivals(load, slotCount, deriveSeed(run.seed, index)) })
      : null
  const closed =
    load.model === 'closed'
      ? new ClosedExecutor({
          ...common,
          slotCount,
          users: load.users,
          plan: planUsers(load),
          thinkTimeMs: load.thinkTimeMs,
          durationMs: scenario.durationMs,
        })
      : null
  const wake = () => wakeBy(clock())
  const { node } = run
  const task = new ScenarioTask({ scenario, tasks, credentials, node, worker: thread.index, executions, log, wake })
  return { recorder, executions, task, open, closed }
}
