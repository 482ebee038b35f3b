/**
 * Cores that break a promise each, made by telling the real one something that is not so, or by changing what it wants
 * done. The checkers are good for something only if they find every one of them.
 */

import type { Effect, Input } from '../../src/coordination/io.ts'
import type { CoreState, Reign, RunState } from '../../src/coordination/state.ts'
import { isActiveRun } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { compareRank } from '../../src/membership/rank.ts'
import { compareVersions } from '../../src/membership/term.ts'
import type { Member } from '../../src/membership/view.ts'
import type { Core } from './sim-node.ts'
import { RULES, type Rule } from './violation.ts'

export interface BrokenCore {
  readonly what: string
  readonly core: Core
  /** Rules of which one has to be seen broken. */
  readonly breaks: readonly Rule[]
  /** Found within this many seeds, */
  readonly within: number
  /** of which this is the first; 1 unless given. For what hardly ever comes about. */
  readonly from?: number
}

/** Changes what the core sees or is told. */
function before(change: (state: CoreState, input: Input, now: number) => CoreState): Core {
  return (state, input, now) => step(change(state, input, now.monotonic), input, now)
}

/** Changes what the core wants done; an effect that becomes null is left out. */
function after(change: (effect: Effect) => Effect | null): Core {
  return (state, input, now) => {
    const result = step(state, input, now)
    const effects = result.effects.flatMap((effect) => {
      const changed = change(effect)
      return changed === null ? [] : [changed]
    })
    return { state: result.state, effects }
  }
}

function withReign(state: CoreState, change: (reign: Reign) => Partial<Reign>): CoreState {
  return state.reign === null ? state : { ...state, reign: { ...state.reign, ...change(state.reign) } }
}

function withRuns(state: CoreState, change: (run: RunState) => RunState): CoreState {
  return { ...state, runs: new Map([...state.runs].map(([runId, run]) => [runId, change(run)])) }
}

function withMembers(state: CoreState, change: (member: Member) => Member): CoreState {
  return { ...state, view: new Map([...state.view].map(([bootId, member]) => [bootId, change(member)])) }
}

function everybody(state: CoreState): string[] {
  const voters = [...state.runs.values()].flatMap((run) => [...(run.table?.voters ?? []), ...run.record.voters])
  return [...new Set([...state.view.keys(), ...voters])]
}

/** Whoever begins a reign, and whoever joins it, has long been counted on by nobody else. */
const wasNobodysElse: Core = (state, input, now) => {
  const result = step(state, input, now)
  const begins = result.state.reign !== null && result.state.reign.since === now.monotonic && state.reign === null
  const contestedUntil = Number.NEGATIVE_INFINITY
  return {
    state: begins ? withReign(result.state, () => ({ contestedUntil })) : result.state,
    effects: result.effects.map((effect) =>
      effect.kind === 'send' && 'soleFor' in effect.message
        ? { ...effect, message: { ...effect.message, soleFor: 60_000 } }
        : effect,
    ),
  }
}

/** Whoever is silent for a second is taken for dead, and its vote with it. */
const silenceIsDeath = before((state, _input, now) =>
  withMembers(state, (member) => (now - member.heardAt > 1000 ? { ...member, state: 'dead' } : member)),
)

/** Everybody counts as a supporter who follows what this node follows, and one vote is enough. */
const noMajority = before((state, _input, now) => {
  const self = state.config.bootId
  const all = everybody(state)
  const supported = withReign(state, ({ reports }) => {
    const own = reports.get(self)
    const told = own === undefined ? [] : all.map((node) => [node, reports.get(node) ?? own] as const)
    return { support: new Map(all.map((node) => [node, now])), reports: new Map([...reports, ...told]) }
  })
  const { candidacy } = state.election
  if (candidacy === null) return supported
  return { ...supported, election: { ...state.election, candidacy: { ...candidacy, votes: new Set([...all, self]) } } }
})

/** Tables of older versions are taken. */
const noFencing = before((state, input) => {
  if (input.kind !== 'message' || input.message.kind !== 'table') return state
  const { table } = input.message
  return withRuns(state, (run) => {
    const isOlder = run.table !== null && compareVersions(table.version, run.table.version) < 0
    return isOlder && run.record.runId === table.runId ? { ...run, table: null } : run
  })
})

/** New slots are fired from when they are heard of. */
const addOnReceipt = after((effect) => {
  if (effect.kind !== 'assign') return effect
  return { ...effect, slots: effect.slots.map(({ slot }) => ({ slot, from: 0 })) }
})

/** The planner believes that everybody has confirmed. */
const grantBeforeDecrease = before((state) =>
  withReign(state, (reign) => {
    const confirmed = [...reign.reports].map(([node, reports]) => {
      const runs = [...reports].map(([runId, report]) => {
        return [runId, { ...report, applied: state.runs.get(runId)?.table?.version ?? report.applied }] as const
      })
      return [node, new Map(runs)] as const
    })
    return { reports: new Map(confirmed) }
  }),
)

/** Whoever outranks its coordinator leaves it and stands, and everybody lets it. */
const flapping = before((state, input, now) => {
  const { election, config } = state
  if (!election.following || election.term.solo) return state
  const own = { ...config.info, bootId: config.bootId }
  const coordinator = election.term.coordinator === config.bootId ? own : state.view.get(election.term.coordinator)
  const forsaken = { ...state, reign: null, election: { ...election, following: false, heardAt: now - 60_000 } }
  if (coordinator === undefined) return state
  if (input.kind === 'tick') return compareRank(own, coordinator) > 0 ? forsaken : state
  if (input.kind !== 'message' || input.message.kind !== 'election') return state
  const candidate = state.view.get(input.from)
  return candidate !== undefined && compareRank(candidate, coordinator) > 0 ? forsaken : state
})

/** Threads are never told that their lease ends. */
const leaseForEver = after((effect) => (effect.kind === 'lease' ? { ...effect, until: 1e15 } : effect))

/** The coordinator counts a lease as over when half of it has passed. */
const impatient = before((state, _input, now) =>
  withReign(state, (reign) => {
    const leases = [...reign.leases].map(([node, until]) => [node, until - now < 1300 ? now - 1 : until] as const)
    return { leases: new Map(leases) }
  }),
)

/** A vote is forgotten as soon as it is given. */
const votesTwice = before((state) => ({ ...state, election: { ...state.election, voted: null } }))

/** A vote is given to whoever asks, though the coordinator is heard. */
const promisesNothing = before((state, input) => {
  if (input.kind !== 'message' || input.message.kind !== 'election') return state
  return { ...state, election: { ...state.election, heardAt: Number.NEGATIVE_INFINITY } }
})

/** Windows that a verdict names are believed to be held. */
const settlesUnseen = before((state, input) => {
  if (input.kind !== 'message' || input.message.kind !== 'table') return state
  const { table } = input.message
  return withRuns(state, (run) => {
    if (run.record.runId !== table.runId) return run
    const held = new Map(run.held)
    for (const { bootId, final } of table.members) {
      if (final !== null) held.set(bootId, [[final.firstSequence, final.lastSequence]])
    }
    return { ...run, held }
  })
})

/** A window is not asked for when it does not come by itself. */
const neverRepairs = after((effect) =>
  effect.kind === 'send' && effect.message.kind === 'pull-batches' ? null : effect,
)

/** A submit is answered as safe at once. */
const acceptsBlindly: Core = (state, input, now) => {
  const result = step(state, input, now)
  if (input.kind !== 'submit') return result
  const { runId } = input.record
  return { state: result.state, effects: [...result.effects, { kind: 'accepted', runId, replicated: true }] }
}

/** A thread's word that it has stopped is taken as given before it has been told. */
const confirmsUnasked: Core = (state, input, now) => {
  const result = step(state, input, now)
  const runs = new Map(result.state.runs)
  for (const effect of result.effects) {
    const run = effect.kind === 'assign' ? runs.get(effect.runId) : undefined
    if (run !== undefined && effect.kind === 'assign') runs.set(effect.runId, { ...run, applied: effect.version })
  }
  return { state: { ...result.state, runs }, effects: result.effects }
}

/** Threads follow a table as soon as it is there, whoever else has it. */
const followsUncommitted = before((state, input) => {
  if (input.kind !== 'message' || input.message.kind !== 'table') return state
  const { runId, version } = input.message.table
  return withRuns(state, (run) => (run.record.runId === runId ? { ...run, committed: version } : run))
})

/** A coordinator hands out slots of a lost node without waiting for its lease. */
const forgetsLeases = before((state) => withReign(state, () => ({ leases: new Map(), since: -1e9 })))

/** What is on the way out is dropped: a node's runs end for it when it is asked to go. */
const leavesAtOnce: Core = (state, input, now) => {
  const result = step(state, input, now)
  if (!result.state.leaving || result.state.left) return result
  const isBusy = [...result.state.runs.values()].some(isActiveRun)
  if (!isBusy) return result
  return { state: { ...result.state, left: true }, effects: [...result.effects, { kind: 'left' }] }
}

/** Threads go by a change of the load as soon as it is announced. */
const changesUnconfirmed = after((effect) => {
  if (effect.kind !== 'assign') return effect
  return { ...effect, revisions: effect.revisions.map((revision) => ({ ...revision, confirmed: true })) }
})

/** Threads go on as before until a change of the load is confirmed, however late. */
const firesThroughChanges = after((effect) => {
  if (effect.kind !== 'assign') return effect
  return { ...effect, revisions: effect.revisions.filter(({ confirmed }) => confirmed) }
})

/** Who is to run a setup or teardown forgets that it has begun. */
const beginsAgain = before((state) => withRuns(state, (run) => ({ ...run, chores: { setup: null, teardown: null } })))

const { neverMore, decreaseFirst, newestWins, oneCoordinator, noFlapping, onlyForward } = RULES
const { neverLost, windowsOnce, accounting, equalReports, oneVerdict, liveness, noGap } = RULES
const DOUBLE = [neverMore, decreaseFirst] as const

export const BROKEN_CORES: readonly BrokenCore[] = [
  { what: 'silence is death', core: silenceIsDeath, breaks: [...DOUBLE, oneVerdict], within: 300 },
  { what: 'no majority is needed', core: noMajority, breaks: [...DOUBLE, oneVerdict, oneCoordinator], within: 600 },
  { what: 'older tables are taken', core: noFencing, breaks: [newestWins, onlyForward], within: 300 },
  { what: 'new slots are fired on receipt', core: addOnReceipt, breaks: DOUBLE, within: 300 },
  { what: 'slots are granted before they are released', core: grantBeforeDecrease, breaks: DOUBLE, within: 300 },
  { what: 'a higher rank deposes a healthy coordinator', core: flapping, breaks: [noFlapping], within: 300 },
  { what: 'a lease never ends', core: leaseForEver, breaks: DOUBLE, within: 300 },
  { what: 'a lease is over too early for the coordinator', core: impatient, breaks: DOUBLE, within: 300 },
  { what: 'leases are forgotten', core: forgetsLeases, breaks: DOUBLE, within: 300 },
  { what: 'nobody tells until when others may have counted on it', core: wasNobodysElse, breaks: DOUBLE, within: 300 },
  { what: 'a node votes twice in a term', core: votesTwice, breaks: [oneCoordinator], within: 300 },
  { what: 'a node votes while it hears its coordinator', core: promisesNothing, breaks: [noFlapping], within: 300 },
  { what: 'a table is confirmed before the threads know it', core: confirmsUnasked, breaks: DOUBLE, within: 300 },
  { what: 'threads follow tables that are not committed', core: followsUncommitted, breaks: DOUBLE, within: 300 },
  {
    what: 'a change of the load is followed before it is confirmed',
    core: changesUnconfirmed,
    breaks: [neverMore],
    within: 300,
  },
  {
    what: 'the load before goes on while a change is not confirmed',
    core: firesThroughChanges,
    breaks: [neverMore, accounting],
    within: 300,
    // A change is confirmed well before its time. About one history of 700 has a node that hears so after it.
    from: 1000,
  },
  { what: 'a setup is begun again', core: beginsAgain, breaks: [RULES.atMostOnce], within: 300 },
  { what: 'a report settles without its windows', core: settlesUnseen, breaks: [windowsOnce], within: 300 },
  {
    what: 'missing windows are not asked for',
    core: neverRepairs,
    breaks: [equalReports, accounting, liveness],
    within: 300,
  },
  { what: 'a run is answered as safe before anybody holds it', core: acceptsBlindly, breaks: [neverLost], within: 300 },
  {
    what: 'a node leaves without handing over',
    core: leavesAtOnce,
    breaks: [noGap, accounting, equalReports],
    within: 300,
  },
]
