/**
 * What windows cost a node by its role in a run: the real core's bookkeeping, exchange, database and live totals of one
 * node of each role, and all that its peers send it. Without the control plane, so that it can be told for any size.
 */

import { setImmediate } from 'node:timers/promises'
import type { BootId } from '../../src/base/ids.ts'
import { recipientsOf } from '../../src/coordination/keeping.ts'
import type { RunRecord } from '../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { IDLE, type View } from '../../src/membership/view.ts'
import { encodeBatch } from '../../src/mesh/batch-codec.ts'
import { encodeMessage } from '../../src/mesh/codec.ts'
import { encodeFrame, FRAME, frameBytes } from '../../src/mesh/frames.ts'
import { createSoloMesh } from '../../src/mesh/solo-mesh.ts'
import { RunPage } from '../../src/node/run-book.ts'
import { WindowExchange } from '../../src/node/window-exchange.ts'
import { SLOT_COUNT } from '../../src/run/allotment.ts'
import { factsOf } from '../../src/run/facts.ts'
import { AGGREGATE_ABOVE, aggregatorCount, aggregatorsOf } from '../../src/run/keepers.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { Suite } from '../../src/suite/spec.ts'
import { CpuAccount, CpuSpan, sumOfSpent } from './cpu-account.ts'
import { SampleWindows } from './sample-windows.ts'
import { Traffic, type Volume, volumeOf, WINDOWS } from './traffic.ts'

export type Role = 'a node' | 'a keeper' | 'a watched node' | 'coordinator'

/** Per second. */
export interface RoleLoad {
  readonly role: Role
  readonly in: Volume
  readonly out: Volume
  /** Milliseconds of CPU time. */
  readonly cpuMs: number
}

export interface WindowRolesPlan {
  readonly ids: readonly BootId[]
  readonly record: RunRecord
  readonly suite: Suite
  readonly seconds: number
}

const START_AT = 1000
/** Seconds before those that are measured: what is watched has gathered by then. */
const EARLIER_SECONDS = 2
/** After the end of a second its windows are collected, in milliseconds. */
const COLLECTED_MS = 20

/** One node of each role there is; where all have all windows, a node is like another. */
export async function measureWindowRoles(plan: WindowRolesPlan): Promise<RoleLoad[]> {
  const { ids, record } = plan
  const isAggregated = ids.length > AGGREGATE_ABOVE
  const coordinator = ids.at(-1)!
  const aggregators = new Set(isAggregated ? aggregatorsOf(record.runId, ids, aggregatorCount(ids.length)) : [])
  const plain = ids.filter((id) => id !== coordinator && !aggregators.has(id))
  const keeper = ids.find((id) => id !== coordinator && aggregators.has(id))
  const roles: [Role, BootId | undefined][] = [
    ['a node', plain[0]],
    ['a keeper', keeper],
    ['a watched node', isAggregated ? plain[1] : undefined],
    ['coordinator', coordinator],
  ]
  const loads: RoleLoad[] = []
  for (const [role, bootId] of roles) {
    if (bootId !== undefined) loads.push(await measureRole(plan, role, bootId, coordinator))
  }
  return loads
}

async function measureRole(plan: WindowRolesPlan, role: Role, bootId: BootId, coordinator: BootId): Promise<RoleLoad> {
  const { ids, record, seconds } = plan
  const node = new RoleNode(plan, bootId, coordinator, role === 'a watched node' || ids.length <= AGGREGATE_ABOVE)
  const windows = new SampleWindows(1)
  let before = { flow: node.traffic.flow, ms: 0 }
  let span = new CpuSpan()
  for (let second = 0; second < EARLIER_SECONDS + seconds; second++) {
    if (second === EARLIER_SECONDS) {
      before = { flow: node.traffic.flow, ms: sumOfSpent(node.cpu.spent) }
      span = new CpuSpan()
    }
    node.at(START_AT + 1000 * (second + 1) + COLLECTED_MS)
    const senders = ids.filter((id) => id === bootId || node.isSentBy(id))
    for (const id of senders) {
      const batch = { runId: record.runId, bootId: id, sequence: second, windows: windows.of(ids.indexOf(id), second) }
      if (id === bootId) node.publish(batch)
      else node.receive(id, encodeMessage({ kind: 'batches', batches: [encodeBatch(batch)] }))
    }
    await setImmediate()
    node.flush()
  }
  const cpuMs = ((sumOfSpent(node.cpu.spent) - before.ms) * span.share) / seconds
  const after = node.traffic.flow
  node.close()
  const perSecond = (direction: 'in' | 'out') => {
    const [first, last] = [volumeOf(before.flow[direction], WINDOWS), volumeOf(after[direction], WINDOWS)]
    return { messages: (last.messages - first.messages) / seconds, bytes: (last.bytes - first.bytes) / seconds }
  }
  return { role, in: perSecond('in'), out: perSecond('out'), cpuMs }
}

/** A node in the middle of a run, that nothing but windows comes to. */
class RoleNode {
  readonly cpu = new CpuAccount()
  readonly traffic = new Traffic()
  readonly #bootId: BootId
  readonly #plan: WindowRolesPlan
  readonly #store = openStore({ path: ':memory:' })
  readonly #exchange: WindowExchange
  readonly #isWatched: boolean
  #state: CoreState
  #now = START_AT

  constructor(plan: WindowRolesPlan, bootId: BootId, coordinator: BootId, isWatched: boolean) {
    const { suite, record, ids } = plan
    this.#plan = plan
    this.#bootId = bootId
    this.#isWatched = isWatched
    this.#state = stateOf(plan, bootId, coordinator)
    const table = tableOf(plan, coordinator)
    this.#input({ kind: 'message', from: coordinator, message: { kind: 'run', record, version: null, dormant: false } })
    this.#input({ kind: 'message', from: coordinator, message: { kind: 'table', table, dormant: false } })
    const page = new RunPage(record.runId, suite)
    if (isWatched) page.totals(() => [], table)
    const peers = ids.filter((id) => id !== bootId)
    this.#exchange = new WindowExchange({
      mesh: { ...createSoloMesh(bootId), peers: () => peers, send: (_to, _channel, bytes) => this.#send(bytes) },
      store: this.#store,
      suiteOf: () => suite,
      recipientsOf: (runId) => recipientsOf(this.#state, runId, this.#now),
      heldOf: (runId) => this.#state.runs.get(runId)?.held,
      input: (input) => this.#input(input),
      added: (batch) => page.add(batch, table),
      complain: (_from, error) => {
        throw error
      },
      log: (_level, message) => {
        throw new Error(message)
      },
    })
  }

  /** The clock moves on; whoever watches asks again. */
  at(now: number): void {
    this.#now = now
    if (this.#isWatched) this.#input({ kind: 'want', runId: this.#plan.record.runId })
  }

  /** Whether a peer sends its windows here: it is of the same mind about keepers, and has been told who watches. */
  isSentBy(owner: BootId): boolean {
    if (this.#isWatched) return true
    const config = { ...this.#state.config, bootId: owner }
    const self = this.#state.view.get(this.#plan.ids.find((id) => id !== this.#bootId && id !== owner)!)!
    const view: View = new Map(this.#state.view).set(this.#bootId, { ...self, bootId: this.#bootId })
    const recipients = recipientsOf({ ...this.#state, config, view }, this.#plan.record.runId, this.#now)
    return recipients === null || recipients.includes(this.#bootId)
  }

  publish(batch: Parameters<WindowExchange['publish']>[0]): void {
    this.cpu.during('windows', () => this.#exchange.publish(batch))
  }

  receive(from: BootId, bytes: Uint8Array): void {
    this.traffic.count('in', WINDOWS, 1, frameBytes(bytes.length))
    this.cpu.during('windows', () => this.#exchange.receive(from, bytes))
  }

  flush(): void {
    this.cpu.during('windows', () => this.#exchange.flush())
  }

  close(): void {
    this.#store.close()
  }

  #send(bytes: Uint8Array): boolean {
    encodeFrame(FRAME.message, bytes)
    this.traffic.count('out', WINDOWS, 1, frameBytes(bytes.length))
    return true
  }

  #input(input: Parameters<typeof step>[1]): void {
    this.#state = step(this.#state, input, { monotonic: this.#now, wall: 0 }).state
  }
}

/** Follows the coordinator (or is where everybody believes it is), and has met everybody. */
function stateOf({ suite, ids }: WindowRolesPlan, bootId: BootId, coordinator: BootId): CoreState {
  const info = { name: bootId, capacity: 1, priority: 0, version: '', http: null, load: IDLE }
  const facts = factsOf(suite)
  const state = initialState({ bootId, info, describe: () => facts, aggregateAbove: AGGREGATE_ABOVE })
  const member = { ...info, runs: 1, state: 'alive', connected: true, introduced: true, leaving: false } as const
  const others = ids.filter((id) => id !== bootId)
  const heard = {
    busy: true,
    heardAt: START_AT,
    goneAt: null,
    probedAt: null,
    term: null,
    follows: coordinator,
    toldAt: START_AT,
  }
  return {
    ...state,
    view: new Map(others.map((id) => [id, { ...member, ...heard, bootId: id, name: id }])),
    election: { ...state.election, term: { number: 1, solo: false, coordinator }, following: true, heardAt: START_AT },
    clock: { ...state.clock, peer: coordinator, offset: 0, bestRtt: 1 },
  }
}

function tableOf({ ids, record }: WindowRolesPlan, coordinator: BootId): ShareTable {
  return {
    runId: record.runId,
    version: { term: { number: 1, solo: false, coordinator }, sequence: 1 },
    phase: 'running',
    members: ids.map((id) => ({
      bootId: id,
      node: id,
      weight: 1,
      firstFrom: 0,
      lostAt: null,
      givenUpAt: null,
      final: null,
      left: false,
    })),
    voters: ids,
    holders: Array.from({ length: SLOT_COUNT }, (_, slot) => slot % ids.length),
    since: new Array<number>(SLOT_COUNT).fill(0),
    startAt: START_AT,
    startedAt: 0,
    stopAt: null,
    reason: null,
    verdict: null,
    revisions: [],
    setup: null,
    teardown: null,
    degraded: false,
    events: [],
  }
}
