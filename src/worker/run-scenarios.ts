/** The parts of a run on one thread: what each scenario needs to fire, count and end. */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import { deriveSeed } from '../base/random.ts'
import type { Lane } from '../journey/lane.ts'
import { planArrivals } from '../load/arrivals.ts'
import { upToRows } from '../load/data-end.ts'
import { mostUsers, planUsers } from '../load/user-plan.ts'
import { hasIterations } from '../suite/journey-spec.ts'
import type { Scenario } from '../suite/spec.ts'
import { ClosedExecutor } from './closed-executor.ts'
import { Executions } from './executions.ts'
import { type InFlight, UNLIMITED } from './in-flight.ts'
import type { IterationWork } from './iteration-work.ts'
import { JourneyLane } from './journey-lane.ts'
import type { LeaseReader } from './lease-cell.ts'
import type { RevisedLoad } from './load-revisions.ts'
import type { LogLevel, PreparedRun } from './messages.ts'
import { MixTurns } from './mix-turns.ts'
import { OpenExecutor } from './open-executor.ts'
import { PRODUCER, Producers } from './producers.ts'
import { type RowSource, ScenarioRows } from './scenario-rows.ts'
import { StepTask } from './step-task.ts'
import type { CredentialsPort, TaskModule } from './task-port.ts'
import type { WindowPart } from './window-posting.ts'
import { WindowRecorder } from './window-recorder.ts'

/** What goes along with the iterations of a scenario; undefined for nothing. */
export type WorkOf = (run: PreparedRun, scenario: number, data: readonly RowSource[]) => IterationWork | undefined

/** What a thread gives the scenarios of its runs. */
export interface ThreadSurroundings {
  readonly index: number
  readonly tasks: TaskModule
  readonly clock: () => MonotonicMs
  readonly log: (level: LogLevel, message: string) => void
  /** Asks for a turn at this time or earlier, it being now. */
  readonly wakeBy: (at: MonotonicMs, now: MonotonicMs) => void
  /** Left out where nothing goes along with any iteration of the run. */
  readonly workOf?: WorkOf | undefined
}

export interface RunScenario {
  readonly executions: Executions
  /** One for each step. */
  readonly tasks: readonly StepTask[]
  /** Takes iterations through their steps; null where each is one request. */
  readonly journey: JourneyLane | null
  /** What of each second's measurements is the scenario's. */
  readonly windows: readonly WindowPart[]
  readonly open: OpenExecutor | null
  readonly closed: ClosedExecutor | null
  /** What goes along with the iterations; undefined for nothing. */
  readonly work: IterationWork | undefined
  /** The rows of data that its iterations take; null for none. */
  readonly rows: ScenarioRows | null
  /** See {@link RevisedLoads}. */
  revise(load: RevisedLoad, from: number, now: RunMs): void
}

/** What a run has on one thread, for all its scenarios. */
export interface RunOnThread {
  readonly run: PreparedRun
  readonly inFlight: InFlight
  /** Memory of the turns of mixes; see `mix-turns.ts`. */
  readonly turns: SharedArrayBuffer
  readonly lease: LeaseReader
  /** Memory of the rows taken; null where the suite has no data. See `scenario-rows.ts`. */
  readonly rows: SharedArrayBuffer | null
  readonly credentials: CredentialsPort | undefined
}

/** Builds every scenario of a run. */
export function buildScenarios(shared: RunOnThread, thread: ThreadSurroundings): RunScenario[] {
  const producers = new Producers()
  return shared.run.suite.scenarios.map((scenario, index) =>
    buildScenario({ ...shared, producers }, scenario, index, thread),
  )
}

interface Shared extends RunOnThread {
  readonly producers: Producers
}

function buildScenario(shared: Shared, scenario: Scenario, index: number, thread: ThreadSurroundings): RunScenario {
  const { run, inFlight, producers, rows: memory } = shared
  const { load, startMs, steps } = scenario
  const { clock, wakeBy } = thread
  const { slotCount } = run
  const seed = deriveSeed(run.seed, index)
  const plan = load.model === 'open' ? upToRows(planArrivals(load, slotCount, seed), scenario) : null
  const rank = (arrival: number) => plan?.rank(arrival) ?? arrival
  const rows = memory === null ? null : new ScenarioRows({ run, scenario, index, memory, rank })
  const work = thread.workOf?.(run, index, rows?.sources ?? [])
  // Of iterations, where they are counted beside requests; else of the requests.
  const recorder = new WindowRecorder(index, hasIterations(scenario) ? steps.length : 0)
  const executions = new Executions({
    clock,
    recorder,
    inFlight,
    scenario: index,
    thread: thread.index,
    limit: load.model === 'open' ? load.maxInFlight : UNLIMITED,
    work: work?.isNeeded === true ? work : undefined,
    onUserDone: (user, now) => {
      if (user === PRODUCER) {
        rows?.produced()
        return producers.done(index)
      }
      closed?.userDone(user, now)
      wakeBy(now + (load.model === 'closed' ? load.thinkTimeMs : 0), now)
    },
  })
  let latest = plan
  producers.add(index, () => {
    if (rows?.produce(latest?.count(0, scenario.durationMs) ?? null) === false) return false
    const now = clock()
    recorder.scheduled(false)
    const fired = executions.fire(now, now, now, 0, PRODUCER, false)
    if (!fired) {
      recorder.dropped(false)
      rows?.produced()
    }
    return fired
  })
  const hold = (lane: Lane): Lane => {
    if (scenario.use === undefined || work === undefined) return lane
    const { lease } = shared
    return producers.hold(lane, {
      sink: executions,
      lacks: () => work.lacks(),
      mayFire: () => lease.validAt(clock()),
      begin: (ticket, number, user) => work.begin(ticket, number, user),
    })
  }
  const common = { startMs, warmupMs: load.warmupMs, executions, recorder }
  const open = plan === null ? null : new OpenExecutor({ ...common, plan })
  const closed =
    load.model === 'closed'
      ? new ClosedExecutor({
          ...common,
          slotCount,
          users: load.users,
          plan: planUsers(load),
          thinkTimeMs: load.thinkTimeMs,
          pacingMs: scenario.pacingMs,
          durationMs: scenario.durationMs,
          ...(rows !== null && { takeRow: (user: number) => rows.take(user) }),
        })
      : null
  const revise = ({ revisions, heldFrom }: RevisedLoad, from: number, now: RunMs) => {
    if (load.model === 'open') {
      latest = upToRows(planArrivals(load, slotCount, seed, revisions), scenario)
      open?.revise(latest, heldFrom, from, now)
    } else closed?.revise(planUsers(load, revisions), mostUsers(load, revisions), heldFrom, now)
  }
  const window = { recorder, inFlight: () => executions.count }
  const own = { window, hold, work, executions, open, closed, rows, revise }
  return hasIterations(scenario)
    ? withSteps(shared, scenario, index, thread, own)
    : withOneTask(shared, scenario, thread, own)
}

/** What a scenario has, whatever its iterations do. */
interface OwnParts extends Pick<RunScenario, 'executions' | 'open' | 'closed' | 'work' | 'rows' | 'revise'> {
  /** The part of each second that its executions are counted in. */
  readonly window: WindowPart
  /** Has iterations wait for what they use. */
  readonly hold: (lane: Lane) => Lane
}

/** Every iteration is one request: what is told of it goes to the executions directly. */
function withOneTask(
  shared: RunOnThread,
  { name, steps }: Scenario,
  thread: ThreadSurroundings,
  { window, hold, ...own }: OwnParts,
): RunScenario {
  const { executions, work } = own
  const task = new StepTask({
    ...taskSurroundings(shared, thread, work),
    where: `scenario ${name}, task ${steps[0]!.task.type}`,
    task: steps[0]!.task,
    sink: executions,
    attach: (lane, laneStarts) => executions.attach(hold(lane), laneStarts),
    step: work?.port(0, {
      elapsedMs: (ticket) => thread.clock() - executions.sentAt(ticket),
      checked: (ticket, check, held) => window.recorder.checked(executions.isWarmup(ticket), check, held),
    }),
  })
  return { ...own, windows: [window], tasks: [task], journey: null }
}

/** Iterations take steps, each with a task and measurements of its own. */
function withSteps(
  shared: RunOnThread,
  { name, steps, branches }: Scenario,
  index: number,
  thread: ThreadSurroundings,
  { window, hold, ...own }: OwnParts,
): RunScenario {
  const { run, lease, turns } = shared
  const { executions, work } = own
  const recorders = steps.map((_, step) => new WindowRecorder(index, step))
  const journey = new JourneyLane({
    steps,
    branches,
    executions,
    recorders,
    clock: thread.clock,
    mayFire: (now) => lease.validAt(now),
    wakeBy: thread.wakeBy,
    holds: (ticket, when) => work?.holds(ticket, when) !== false,
    seed: deriveSeed(run.seed, index),
    turns: branches.length > 1 ? new MixTurns(turns, index, branches) : null,
  })
  executions.attach(hold(journey), false)
  const scope = {}
  const tasks = steps.map(
    (step, number) =>
      new StepTask({
        ...taskSurroundings(shared, thread, work),
        where: `scenario ${name}, step ${step.name}, task ${step.task.type}`,
        task: step.task,
        scope,
        sink: {
          started: (ticket) => journey.stepStarted(number, ticket),
          settled: (ticket, kind, sent, received) => journey.stepSettled(number, ticket, kind, sent, received),
        },
        attach: (lane, laneStarts) => journey.attach(number, lane, laneStarts),
        step: work?.port(number, {
          elapsedMs: (ticket) => thread.clock() - journey.sentAt(ticket),
          checked: (ticket, check, held) => recorders[number]!.checked(executions.isWarmup(ticket), check, held),
        }),
      }),
  )
  const stepWindows = recorders.map((recorder, step) => ({ recorder, inFlight: () => journey.inFlight(step) }))
  return { ...own, windows: [...stepWindows, window], tasks, journey }
}

function taskSurroundings(
  { run, credentials }: RunOnThread,
  { index, tasks, clock, log, wakeBy }: ThreadSurroundings,
  work: IterationWork | undefined,
) {
  const wake = (): void => {
    const now = clock()
    wakeBy(now, now)
  }
  return { work, tasks, credentials, node: run.node, worker: index, log, wake }
}
