import assert from 'node:assert/strict'
import { DEFAULT_TIMING } from '../../../src/coordination/timing.ts'
import type { Draft, PlanInput } from '../../../src/run/plan-input.ts'
import { reviseLoad } from '../../../src/run/scaling.ts'
import { type Change, type TableMember, unplanned } from '../../../src/run/share-table.ts'

const NODE = 'a'

/** A sequential run of two scenarios, begun at 0. */
function input(now: number, changes: readonly Change[]): PlanInput {
  const scenario = (name: string, startMs: number) => ({ name, startMs, durationMs: 60_000, unit: 'rate' as const })
  const facts = {
    suite: 's',
    onNodeLoss: 'redistribute' as const,
    shares: 'equal' as const,
    durationMs: 120_000,
    gracefulStopMs: 1000,
    scenarios: [scenario('first', 0), scenario('second', 60_000)],
    setupMs: null,
    teardownMs: null,
  }
  const account = {
    current: true,
    appliedAt: 0,
    stage: 'ready' as const,
    error: null,
    final: null,
    chores: { setup: null, teardown: null },
    held: new Map(),
  }
  return {
    self: NODE,
    facts,
    slotCount: 1,
    candidates: new Map(),
    standing: () => 'present',
    account: () => account,
    electors: [NODE],
    hold: 'majority',
    wish: null,
    changes,
    now,
    wall: now,
    since: 0,
    timing: DEFAULT_TIMING,
  }
}

const MEMBER: TableMember = {
  bootId: NODE,
  node: NODE,
  weight: 1,
  firstFrom: 0,
  lostAt: null,
  givenUpAt: null,
  final: null,
  left: false,
}

const TABLE: Draft = {
  ...unplanned('r'),
  phase: 'running',
  members: [MEMBER],
  voters: [NODE],
  holders: [0],
  since: [0],
  startAt: 0,
}

/** Announces a change and confirms it. */
function scaled(table: Draft, now: number, change: Change): Draft {
  const announced = reviseLoad(table, input(now, [change]))
  assert.ok(announced !== null, 'announced')
  const confirmed = reviseLoad(announced, input(now + 100, []))
  assert.ok(confirmed !== null, 'confirmed')
  return confirmed
}

describe('changes of the load', () => {
  it('of a scenario that goes on wait for none of one that begins later', () => {
    const later = scaled(TABLE, 10_000, { id: '1', scenario: 1, value: 50 })
    const both = scaled(later, 20_000, { id: '2', scenario: 0, value: 5 })
    assert.deepEqual(
      both.revisions.map(({ scenario, at, value, confirmed }) => [scenario, at, value, confirmed]),
      [
        [0, 21_000, 5, true],
        [1, 60_000, 50, true],
      ],
    )
  })

  it('of one scenario are made one after the other, also before it begins', () => {
    const once = scaled(TABLE, 10_000, { id: '1', scenario: 1, value: 50 })
    const twice = scaled(once, 20_000, { id: '2', scenario: 1, value: 70 })
    assert.deepEqual(
      twice.revisions.map(({ at, value }) => [at, value]),
      [
        [60_000, 50],
        [60_000, 70],
      ],
    )
  })
})
