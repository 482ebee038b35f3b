/**
 * `step` against messages that pass the schema and make no sense, from peers that have the key: no exception leaves it,
 * nothing grows without bound, and once those peers are gone the mesh elects and runs as ever.
 */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LIMITS } from '../../src/base/limits.ts'
import type { Input } from '../../src/coordination/io.ts'
import type { Message } from '../../src/coordination/messages.ts'
import { MOST_PEERS, MOST_RUNS } from '../../src/node/admission.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import { Cores, SLOTS, WALL } from './cores.ts'
import { anyMessage, byKind, HONEST, HOSTILE, RUN_IDS } from './message-arbitrary.ts'
import { patience, tries } from './runs.ts'

/** Something a hostile peer does to an honest one, or time that passes. */
type Act =
  | { readonly act: 'say'; readonly to: string; readonly from: string; readonly message: Message }
  | { readonly act: 'input'; readonly to: string; readonly input: Input }
  /** Says a table that is there, with something in it changed. */
  | {
      readonly act: 'twist'
      readonly to: string
      readonly from: string
      readonly change: Partial<ShareTable>
      readonly sequence: number
      readonly term: number
    }
  | { readonly act: 'pass'; readonly ms: number }

const to = fc.constantFrom<string>(...HONEST)
const from = fc.constantFrom<string>(...HOSTILE)
const connection = fc.record({
  act: fc.constant('input' as const),
  to,
  input: fc.oneof(
    fc.record({ kind: fc.constantFrom('connected', 'disconnected'), peer: from }),
    fc.record({
      kind: fc.constant('probed'),
      peer: from,
      result: fc.constantFrom('refused', 'replaced', 'reachable', 'silent'),
    }),
  ) as fc.Arbitrary<Input>,
})
/** Somebody asks a node for a run. */
const asking = fc.record({
  act: fc.constant('input' as const),
  to,
  input: fc.record({ kind: fc.constant('want' as const), runId: fc.constantFrom(...RUN_IDS) }),
})
/** Up to how many nodes all have all windows: everybody as in a mesh this small, or hardly anybody as in a large one. */
const aggregateAbove = fc.constantFrom(64, 1)
const time = fc.record({ act: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1500 }) })
/** @param newest how far ahead of the table that is there it may claim to be, in sequences and terms */
const twist = (newest: { readonly sequence: number; readonly term: number }) =>
  fc.record({
    act: fc.constant('twist' as const),
    to,
    from,
    change: fc.record(
      {
        phase: fc.constantFrom('distributing', 'running', 'stopping', 'completed', 'failed'),
        degraded: fc.boolean(),
        verdict: fc.constantFrom(null, 'completed', 'failed', 'stopped'),
        startAt: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: null }),
        stopAt: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true }), { nil: null }),
        holders: fc.array(fc.integer({ min: -1, max: 0 }), { minLength: SLOTS, maxLength: SLOTS }),
      },
      { requiredKeys: [] },
    ),
    sequence: fc.integer({ min: -3, max: newest.sequence }),
    term: fc.integer({ min: -1, max: newest.term }),
  })
const saying = (message: fc.Arbitrary<Message>) => fc.record({ act: fc.constant('say' as const), to, from, message })
const acts = (message: fc.Arbitrary<Message>, newest: Parameters<typeof twist>[0]): fc.Arbitrary<Act[]> =>
  fc.array(
    fc.oneof(
      { weight: 12, arbitrary: saying(message) },
      { weight: 2, arbitrary: connection },
      { weight: 1, arbitrary: asking },
      { weight: 4, arbitrary: twist(newest) },
      { weight: 2, arbitrary: time },
    ) as fc.Arbitrary<Act>,
    { maxLength: 60, size: 'max' },
  )

function perform(cores: Cores, act: Act): void {
  if (act.act === 'pass') cores.pass(act.ms)
  else if (act.act === 'input') cores.input(act.to, act.input)
  else if (act.act === 'say') cores.message(act.to, act.from, act.message)
  else sayTwisted(cores, act)
}

/** Two tables of one version and different contents, tables of the past, and of a future that never comes. */
function sayTwisted(cores: Cores, act: Extract<Act, { act: 'twist' }>): void {
  for (const { table } of cores.state('a').runs.values()) {
    if (table === null) continue
    const { term, sequence } = table.version
    const version = {
      term: { ...term, number: Math.max(0, term.number + act.term) },
      sequence: Math.max(0, sequence + act.sequence),
    }
    cores.message(act.to, act.from, { kind: 'table', table: { ...table, ...act.change, version }, dormant: false })
  }
}

/** The largest map, set or list in a value, and where it is; slots of tables aside, which have a bound of their own. */
function largest(value: unknown, path = 'state'): { size: number; path: string } {
  let found = { size: 0, path }
  const consider = (one: { size: number; path: string }) => {
    if (one.size > found.size) found = one
  }
  if (value instanceof Map || value instanceof Set || Array.isArray(value)) {
    consider({ size: Array.isArray(value) ? value.length : value.size, path })
    for (const inner of value.values()) consider(largest(inner, `${path}.*`))
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key !== 'holders' && key !== 'since') consider(largest(inner, `${path}.${key}`))
    }
  }
  return found
}

function assertBounded(cores: Cores): void {
  for (const node of HONEST) {
    const { size, path } = largest(cores.state(node))
    assert.ok(size <= 4 * LIMITS.nodes, `${path} of ${node} has ${size} entries`)
  }
  // Five peers, and a handful of runs that each may be planned, told to all and asked about.
  assert.ok(cores.mostEffects <= 200, `${cores.mostEffects} effects of one step`)
}

const NEW_RUN = 'r00000001-0000000009'

/** The hostile peers go; the honest ones must be a mesh as before. */
function recover(cores: Cores): void {
  for (const peer of HOSTILE) {
    for (const node of HONEST) cores.input(node, { kind: 'disconnected', peer })
  }
  cores.until('one coordinator', 60_000, () => cores.agree())
  cores.submit(NEW_RUN)
  const isOver = () => HONEST.every((node) => cores.settled.has(`${node} ${NEW_RUN}`))
  cores.until('the end of a new run', 60_000, isOver)
  for (const node of HONEST) assert.equal(cores.phaseOf(node, NEW_RUN), 'completed')
}

describe('fuzz: the core', function () {
  this.timeout(patience(60))

  it('elects and runs when nobody is hostile', () => {
    const cores = new Cores()
    recover(cores)
    assertBounded(cores)
  })

  it('survives any message of any peer, idle and in a run', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        aggregateAbove,
        acts(anyMessage, { sequence: 3, term: 1000 }),
        (busy, above, history) => {
          const cores = new Cores(above)
          cores.until('one coordinator', 20_000, () => cores.agree())
          if (busy) {
            cores.submit(RUN_IDS[0])
            cores.pass(500)
          }
          for (const act of history) perform(cores, act)
          cores.pass(3000)
          assertBounded(cores)
        },
      ),
      tries(100),
    )
  })

  it('elects and runs again when they are gone, whatever they said but tables of their own', () => {
    const { table: _, ...kinds } = byKind
    const harmless = fc.oneof(...Object.values(kinds)) as fc.Arbitrary<Message>
    fc.assert(
      fc.property(fc.boolean(), aggregateAbove, acts(harmless, { sequence: 0, term: 0 }), (busy, above, history) => {
        const cores = new Cores(above)
        cores.until('one coordinator', 20_000, () => cores.agree())
        if (busy) cores.submit(RUN_IDS[0])
        for (const act of history) perform(cores, act)
        recover(cores)
        assertBounded(cores)
      }),
      tries(60),
    )
  })

  it('keeps within its bounds when it is flooded with peers and runs that never were', () => {
    const cores = new Cores()
    cores.until('one coordinator', 20_000, () => cores.agree())
    cores.submit(RUN_IDS[0])
    cores.pass(300)
    for (let i = 0; i < MOST_PEERS + 500; i++) {
      const peer = `invented${i}`
      cores.connect('a', peer)
      cores.input('a', { kind: 'disconnected', peer })
    }
    const source = { text: 'suite', format: 'yaml' as const }
    for (let i = 0; i < 1000; i++) {
      const runId = `r00000002-${String(i).padStart(10, '0')}`
      const record = { runId, createdAt: WALL + cores.now, origin: 'x', originName: 'x', source, voters: ['x'] }
      for (const node of HONEST) cores.message(node, HOSTILE[0], { kind: 'run', record, version: null, dormant: false })
    }
    for (const node of HONEST) {
      assert.ok(cores.state(node).view.size <= MOST_PEERS, `${cores.state(node).view.size} nodes known to ${node}`)
      assert.ok(cores.state(node).runs.size <= MOST_RUNS + 1, `${cores.state(node).runs.size} runs known to ${node}`)
    }
    // What was invented is run to its end like anything else, and then there is room again.
    cores.pass(10_000)
    recover(cores)
    assert.equal(cores.phaseOf('c', RUN_IDS[0]), 'completed')
  })
})
