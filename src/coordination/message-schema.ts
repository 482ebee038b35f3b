/**
 * What a peer may say: every message is checked against this before the core sees it. Shapes, ranges and lengths;
 * meaning (terms, versions) is the core's.
 */

import { z } from 'zod'
import { messageOf, VajraError } from '../base/errors.ts'
import { BOOT_ID_PATTERN, RUN_ID_PATTERN } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { PACING_MODES, PACING_SETTINGS } from '../base/pacing.ts'
import { giverOf } from '../run/allotment.ts'
import type { Message } from './messages.ts'

const bootId = z.string().regex(BOOT_ID_PATTERN)
const runId = z.string().regex(RUN_ID_PATTERN)
const time = z.number().min(-1e14).max(1e14)
/** Milliseconds of a run; windows have sequences of seconds. */
const runTime = z.number().min(-1e9).max(1e9)
const count = z.int().min(0)
const sequence = z.int().min(-1).max(10_000_000)
const text = z.string().max(LIMITS.sentenceLength)

const term = z.strictObject({ number: count, solo: z.boolean(), coordinator: z.union([bootId, z.literal('')]) })
const version = z.strictObject({ term, sequence: count })
const ranges = z.array(z.tuple([sequence, sequence])).max(64)
const final = z.strictObject({
  firstSequence: sequence,
  lastSequence: sequence,
  hash: z.string().max(64),
})

const info = z.strictObject({
  name: z.string().min(1).max(LIMITS.nameLength),
  capacity: z.number().positive().max(1e6),
  priority: z.number().min(-1e6).max(1e6),
  version: z.string().max(64),
  http: z.string().max(256).nullable(),
  load: z.strictObject({
    inFlight: z.number().min(0),
    cpu: z.number().min(0),
    headroom: z.number().min(0).max(1),
    latenessMs: z.number().min(0),
    pacing: z.strictObject({ setting: z.enum(PACING_SETTINGS), mode: z.enum(PACING_MODES) }),
  }),
})

const digest = z.strictObject({
  runId,
  version: version.nullable(),
  committed: version.nullable(),
  ended: z.boolean(),
})

const dataFiles = z
  .array(
    z.strictObject({
      key: z
        .string()
        .min(1)
        .max(2 * LIMITS.nameLength),
      onNodes: z.boolean(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      bytes: z.int().min(0).max(LIMITS.dataBytes),
      rows: z.int().min(1).max(LIMITS.dataRows),
      columns: z.array(z.string().min(1).max(LIMITS.nameLength)).max(LIMITS.dataColumns),
    }),
  )
  .max(LIMITS.dataSources)
  .refine((files) => files.reduce((sum, { bytes }) => sum + bytes, 0) <= LIMITS.dataBytes, 'data files are too large')

/** A suite's text, with what is known of its data files. */
export const sourceSchema = z.strictObject({
  text: z.string().max(LIMITS.suiteBytes),
  format: z.enum(['yaml', 'json']),
  data: dataFiles.optional(),
})

const record = z.strictObject({
  runId,
  createdAt: time,
  origin: bootId,
  originName: z.string().min(1).max(LIMITS.nameLength),
  source: sourceSchema,
  voters: z.array(bootId).min(1).max(LIMITS.nodes),
})

const crossedThreshold = z.strictObject({
  index: z
    .int()
    .min(0)
    .max(LIMITS.thresholds - 1),
  observed: z.number().nullable(),
})

const event = z.strictObject({
  at: time,
  kind: z.string().max(40),
  node: z.string().max(LIMITS.nameLength).optional(),
  bootId: bootId.optional(),
  threshold: crossedThreshold.optional(),
  message: text,
})

const change = z.strictObject({
  id: z.string().min(1).max(LIMITS.nameLength),
  scenario: z.int().min(0).max(LIMITS.scenarios),
  value: z.number().min(0).max(LIMITS.rate),
})

const revision = z.strictObject({
  ...change.shape,
  at: z.int().min(0).max(1e9),
  leadMs: z.number().min(0).max(1e9),
  confirmed: z.boolean(),
})

const outcome = z.strictObject({
  durationMs: z.number().min(0).max(1e9),
  error: text.nullable(),
  values: z
    .record(z.string().max(LIMITS.nameLength), z.string().max(LIMITS.setupValueLength))
    .refine((values) => Object.keys(values).length <= LIMITS.setupValues, 'too many values')
    .refine((values) => Object.values(values).join('').length <= LIMITS.setupLength, 'values too long'),
})

const chore = z.strictObject({
  ...outcome.shape,
  bootId,
  node: z.string().max(LIMITS.nameLength),
  state: z.enum(['assigned', 'begun', 'done', 'failed', 'unknown']),
})

const table = z
  .strictObject({
    runId,
    version,
    phase: z.enum(['distributing', 'running', 'stopping', 'completed', 'failed', 'stopped']),
    members: z
      .array(
        z.strictObject({
          bootId,
          node: z.string().max(LIMITS.nameLength),
          weight: z.number().positive(),
          firstFrom: runTime.nullable(),
          lostAt: runTime.nullable(),
          givenUpAt: runTime.nullable(),
          final: final.nullable(),
          left: z.boolean(),
        }),
      )
      .max(4 * LIMITS.nodes),
    voters: z.array(bootId).max(4 * LIMITS.nodes),
    holders: z.array(z.int()).max(100_000),
    since: z.array(z.number().min(0).max(1e9)).max(100_000),
    // A table from before there were any, from the disk, has none.
    revisions: z.array(revision).max(LIMITS.revisionsPerRun).default([]),
    setup: chore.nullable().default(null),
    teardown: chore.nullable().default(null),
    startAt: time.nullable(),
    startedAt: time.nullable(),
    stopAt: runTime.nullable(),
    reason: text.nullable(),
    degraded: z.boolean(),
    verdict: z.enum(['completed', 'failed', 'stopped']).nullable(),
    events: z.array(event).max(LIMITS.eventsPerRun),
  })
  .refine((value) => value.since.length === value.holders.length, 'holders and since differ in length')
  .refine(
    (value) => new Set(value.members.map((member) => member.bootId)).size === value.members.length,
    'a member twice',
  )
  .refine((value) => {
    const members = new Set(value.members.map((member) => member.bootId))
    return value.voters.every((voter) => members.has(voter))
  }, 'a voter is no member')
  .refine(
    ({ revisions }) => revisions.every(({ at }, i) => i === 0 || at >= revisions[i - 1]!.at),
    'changes of the load out of order',
  )
  .refine(
    (value) => value.holders.every((holder) => (giverOf(holder) ?? holder) < value.members.length),
    'a holder is no member',
  )

const heldWindows = z.array(z.strictObject({ bootId, ranges })).max(LIMITS.nodes)

const statusReport = z.strictObject({
  runId,
  has: version.nullable(),
  applied: version.nullable(),
  appliedAt: time,
  stage: z.enum(['none', 'preparing', 'ready', 'failed', 'drained']),
  error: text.nullable(),
  final: final.nullable(),
  chores: z.strictObject({ setup: outcome.nullable(), teardown: outcome.nullable() }),
  elapsed: time.nullable(),
  held: heldWindows,
  gone: z.array(bootId).max(4 * LIMITS.nodes),
})

const message = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('heartbeat'),
    info,
    leaving: z.boolean(),
    term,
    coordinator: bootId.nullable(),
    at: time,
    echo: time.nullable(),
    soleFor: time,
    runs: z.array(digest).max(1024),
    full: z.boolean(),
    fingerprint: count,
    formerLives: z.array(bootId).max(LIMITS.formerLives),
  }),
  z.strictObject({ kind: z.literal('leave') }),
  z.strictObject({
    kind: z.literal('election'),
    term,
    busy: z.boolean(),
    runs: z.array(digest).max(1024),
    patience: z.number().min(0).max(10_000),
  }),
  z.strictObject({
    kind: z.literal('answer'),
    term,
    granted: z.boolean(),
    reason: z.enum(['granted', 'promised', 'outranked', 'stale', 'spent', 'behind']),
    highest: count,
  }),
  z.strictObject({ kind: z.literal('withdrawn'), term }),
  z.strictObject({ kind: z.literal('coordinator'), term, at: time }),
  z.strictObject({ kind: z.literal('clock'), at: time }),
  z.strictObject({ kind: z.literal('clock-reply'), echo: time, at: time }),
  z.strictObject({ kind: z.literal('run'), record, version: version.nullable(), dormant: z.boolean() }),
  z.strictObject({ kind: z.literal('held'), runId }),
  z.strictObject({ kind: z.literal('pull'), runId }),
  z.strictObject({ kind: z.literal('table'), table, dormant: z.boolean() }),
  z.strictObject({
    kind: z.literal('renew'),
    term,
    at: time,
    echo: time.nullable(),
    soleFor: time,
    leaving: z.boolean(),
    unlapsed: z.boolean(),
    runs: z.array(statusReport).max(1024),
  }),
  z.strictObject({
    kind: z.literal('lease'),
    term,
    echo: time,
    at: time,
    granted: z.boolean(),
    runs: z.array(digest).max(1024),
  }),
  z.strictObject({
    kind: z.literal('stop'),
    runId,
    stop: z.enum(['user', 'threshold', 'failure']),
    reason: text,
    threshold: crossedThreshold.optional(),
  }),
  z.strictObject({ kind: z.literal('scale'), runId, change }),
  z.strictObject({ kind: z.literal('watch'), runId }),
  z.strictObject({ kind: z.literal('hand-over'), runId, windows: heldWindows }),
  z.strictObject({ kind: z.literal('handed-over'), runId, windows: heldWindows }),
  z.strictObject({ kind: z.literal('pull-batches'), runId, bootId, ranges }),
])

/**
 * A message as a peer sent it, checked.
 *
 * @throws VajraError `MESSAGE_INVALID` with the first thing that is wrong
 */
export function checkMessage(value: unknown): Message {
  const result = message.safeParse(value)
  if (result.success) return result.data as Message
  const issue = result.error.issues[0]
  const where = issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`
  throw new VajraError('MESSAGE_INVALID', `a peer's message is malformed: ${where || messageOf(result.error)}`)
}
