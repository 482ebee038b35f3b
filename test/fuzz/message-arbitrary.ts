/**
 * Messages that pass the schema and make no sense: old and future terms, contradictory tables, unknown runs, replies to
 * nothing. Ids come from a small pool, so that messages are about each other.
 */

import fc from 'fast-check'
import { PACING_MODES, PACING_SETTINGS } from '../../src/base/pacing.ts'
import type { Message, RunRecord } from '../../src/coordination/messages.ts'
import type { Term, Version } from '../../src/membership/term.ts'
import type { ShareTable } from '../../src/run/share-table.ts'

export const HONEST = ['a', 'b', 'c'] as const
export const HOSTILE = ['x', 'y'] as const
export const RUN_IDS = ['r00000000-0000000001', 'r00000000-0000000002', 'r00000000-0000000003'] as const

const bootId = fc.constantFrom<string>(...HONEST, ...HOSTILE, 'nobody')
const runId = fc.constantFrom<string>(...RUN_IDS)
/** Times at which something could happen, and some at which nothing can. */
const time = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -5000, max: 200_000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, -1e14, 1e14, Number.MIN_VALUE) },
)
/** Times of a run: seconds of them are sequences of windows. */
const runTime = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -5000, max: 200_000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, -1e9, 1e9, Number.MIN_VALUE) },
)
const sequence = fc.oneof(fc.integer({ min: -1, max: 30 }), fc.constantFrom(10_000_000, 9_999_999))
const count = fc.oneof(fc.nat(6), fc.constantFrom(1000, 2 ** 40))

export const term: fc.Arbitrary<Term> = fc.record({ number: count, solo: fc.boolean(), coordinator: bootId })
const version: fc.Arbitrary<Version> = fc.record({ term, sequence: count })
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null })
const ranges = fc.array(fc.tuple(sequence, sequence), { maxLength: 5 })
const final = fc.record({ firstSequence: sequence, lastSequence: sequence, hash: fc.constantFrom('', 'h') })
const digest = fc.record({ runId, version: orNull(version), committed: orNull(version), ended: fc.boolean() })
const digests = fc.array(digest, { maxLength: 4 })

const info = fc.record({
  name: fc.constantFrom('a', 'x', '\u001b[2J', '日本'),
  capacity: fc.double({ min: Number.MIN_VALUE, max: 1e6, noNaN: true }),
  priority: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  version: fc.constantFrom('', '0.1.0', '99'),
  http: orNull(fc.constantFrom('http://127.0.0.1:1', 'javascript:alert(1)')),
  load: fc.record({
    inFlight: fc.nat(),
    cpu: fc.constantFrom(0, 1e300),
    headroom: fc.constantFrom(0, 0.5, 1),
    latenessMs: fc.constantFrom(0, 1e300),
    pacing: fc.record({ setting: fc.constantFrom(...PACING_SETTINGS), mode: fc.constantFrom(...PACING_MODES) }),
  }),
})

export const record: fc.Arbitrary<RunRecord> = fc.record({
  runId,
  createdAt: time,
  origin: bootId,
  originName: fc.constantFrom('a', 'x'),
  voters: fc.array(bootId, { minLength: 1, maxLength: 4 }),
  source: fc.record({ text: fc.constantFrom('suite', 'invalid'), format: fc.constantFrom('yaml', 'json') }),
})

const member = fc.record({
  bootId,
  node: fc.constantFrom('', 'a', 'x'),
  weight: fc.constantFrom(1, 1e-300, 1e300, 2520),
  firstFrom: orNull(runTime),
  lostAt: orNull(runTime),
  givenUpAt: orNull(runTime),
  final: orNull(final),
  left: fc.boolean(),
})

const crossed = fc.record({
  index: fc.nat({ max: 199 }),
  observed: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
})
const event = fc.record(
  {
    at: time,
    kind: fc.constantFrom('', 'node-lost', 'threshold-crossed'),
    threshold: crossed,
    message: fc.constant(''),
  },
  { requiredKeys: ['at', 'kind', 'message'] },
)

const outcome = fc.record({
  durationMs: fc.nat(10_000),
  error: orNull(fc.constant('refused')),
  values: fc.dictionary(fc.constantFrom('id', 'region'), fc.constantFrom('', '7'), { noNullPrototype: true }),
})

const chore = fc
  .tuple(outcome, bootId, fc.constantFrom('assigned', 'begun', 'done', 'failed', 'unknown'))
  .map(([rest, by, state]) => ({ ...rest, bootId: by, node: by, state }))

const change = fc.record({ id: fc.constantFrom('c1', 'c2', 'c3'), scenario: fc.nat(2), value: fc.nat(500) })

/** Any table the schema lets through, of any number of slots. */
export const table: fc.Arbitrary<ShareTable> = fc
  .record({
    runId,
    version,
    phase: fc.constantFrom('distributing', 'running', 'stopping', 'completed', 'failed', 'stopped'),
    members: fc.uniqueArray(member, { maxLength: 5, selector: ({ bootId }) => bootId }),
    voting: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    slots: fc.array(fc.tuple(fc.nat(4), fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 40 }),
    changes: fc.array(fc.tuple(change, fc.nat(1e6), fc.nat(5000), fc.boolean()), { maxLength: 3 }),
    setup: orNull(chore),
    teardown: orNull(chore),
    startAt: orNull(time),
    startedAt: orNull(time),
    stopAt: orNull(runTime),
    reason: orNull(fc.constantFrom('', 'because')),
    degraded: fc.boolean(),
    verdict: fc.constantFrom(null, 'completed', 'failed', 'stopped'),
    events: fc.array(event, { maxLength: 3 }),
  })
  .map(({ slots, voting, changes, ...rest }) => ({
    ...rest,
    revisions: changes
      .map(([each, at, leadMs, confirmed]) => ({ ...each, at, leadMs, confirmed }))
      .sort((a, b) => a.at - b.at),
    voters: rest.members.filter((_, i) => voting[i]).map((one) => one.bootId),
    holders: slots.map(([holder]) => Math.min(holder, rest.members.length) - 1),
    since: slots.map(([, since]) => since),
  })) as unknown as fc.Arbitrary<ShareTable>

const heldWindows = fc.array(fc.record({ bootId, ranges }), { maxLength: 3 })

const statusReport = fc.record({
  runId,
  has: orNull(version),
  applied: orNull(version),
  appliedAt: time,
  stage: fc.constantFrom('none', 'preparing', 'ready', 'failed', 'drained'),
  error: orNull(fc.constant('no')),
  final: orNull(final),
  chores: fc.record({ setup: orNull(outcome), teardown: orNull(outcome) }),
  elapsed: orNull(time),
  held: heldWindows,
  gone: fc.array(bootId, { maxLength: 3 }),
})

type OfKind<K extends Message['kind']> = Extract<Message, { kind: K }>
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name)

/** One arbitrary for each kind of message; the type holds them complete. */
export const byKind: { readonly [K in Message['kind']]: fc.Arbitrary<OfKind<K>> } = {
  heartbeat: fc.record({
    kind: kind('heartbeat'),
    info,
    leaving: fc.boolean(),
    term,
    coordinator: orNull(bootId),
    at: time,
    echo: orNull(time),
    soleFor: time,
    runs: digests,
    full: fc.boolean(),
    fingerprint: fc.nat(),
    formerLives: fc.array(bootId, { maxLength: 3 }),
  }),
  leave: fc.record({ kind: kind('leave') }),
  election: fc.record({ kind: kind('election'), term, busy: fc.boolean(), runs: digests, patience: fc.nat(10_000) }),
  answer: fc.record({
    kind: kind('answer'),
    term,
    granted: fc.boolean(),
    reason: fc.constantFrom('granted', 'promised', 'outranked', 'stale', 'spent', 'behind'),
    highest: fc.nat(),
  }),
  withdrawn: fc.record({ kind: kind('withdrawn'), term }),
  coordinator: fc.record({ kind: kind('coordinator'), term, at: time }),
  clock: fc.record({ kind: kind('clock'), at: time }),
  'clock-reply': fc.record({ kind: kind('clock-reply'), echo: time, at: time }),
  run: fc.record({ kind: kind('run'), record, version: orNull(version), dormant: fc.boolean() }),
  held: fc.record({ kind: kind('held'), runId }),
  pull: fc.record({ kind: kind('pull'), runId }),
  table: fc.record({ kind: kind('table'), table, dormant: fc.boolean() }),
  renew: fc.record({
    kind: kind('renew'),
    term,
    at: time,
    echo: orNull(time),
    soleFor: time,
    leaving: fc.boolean(),
    unlapsed: fc.boolean(),
    runs: fc.array(statusReport, { maxLength: 3 }),
  }) as fc.Arbitrary<OfKind<'renew'>>,
  lease: fc.record({
    kind: kind('lease'),
    term,
    echo: time,
    at: time,
    granted: fc.boolean(),
    runs: digests,
  }),
  stop: fc.record(
    {
      kind: kind('stop'),
      runId,
      stop: fc.constantFrom('user', 'threshold', 'failure'),
      reason: fc.constantFrom('', 'x'),
      threshold: crossed,
    },
    { requiredKeys: ['kind', 'runId', 'stop', 'reason'] },
  ) as fc.Arbitrary<OfKind<'stop'>>,
  scale: fc.record({ kind: kind('scale'), runId, change }),
  watch: fc.record({ kind: kind('watch'), runId }),
  'hand-over': fc.record({ kind: kind('hand-over'), runId, windows: heldWindows }),
  'handed-over': fc.record({ kind: kind('handed-over'), runId, windows: heldWindows }),
  'pull-batches': fc.record({ kind: kind('pull-batches'), runId, bootId, ranges }),
}

/** Any message of any kind. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(...Object.values(byKind)) as fc.Arbitrary<Message>
