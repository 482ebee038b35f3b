/**
 * A suite as the rest of the program sees it: parsed once, validated, defaults filled in, frozen. Durations are
 * milliseconds, rates are arrivals per second, everywhere.
 */

import type { Auth } from './auth-spec.ts'
import type { DataSource, DataUse } from './data-spec.ts'
import type { Branch, Step } from './journey-spec.ts'
import type { TaskSpec } from './task-spec.ts'

export type { TaskSpec } from './task-spec.ts'

/** What a lost node's share does: given to the others, left unfired, or the run ends. */
export type OnNodeLoss = 'redistribute' | 'continue' | 'abort'

/** How load is split over the nodes: evenly, by each node's configured capacity, or by what is measured of it. */
export const SHARE_STRATEGIES = ['equal', 'weighted', 'capacity'] as const
export type ShareStrategy = (typeof SHARE_STRATEGIES)[number]

/** A piece of a rate profile: the rate moves linearly from `fromRate` to `toRate` over `durationMs`. */
export interface RampSegment {
  readonly durationMs: number
  /** Arrivals per second at the segment's start. */
  readonly fromRate: number
  /** Arrivals per second at the segment's end. */
  readonly toRate: number
  readonly periodMs?: undefined
}

/** A piece of a rate profile: the rate swings like a sine. It begins at `minRate` and is at `maxRate` half a period on. */
export interface SineSegment {
  readonly durationMs: number
  readonly minRate: number
  readonly maxRate: number
  readonly periodMs: number
}

export type RateSegment = RampSegment | SineSegment

/** Open model: arrivals come at a rate, whatever the target does. The warm-up comes before the segments. */
export interface OpenLoad {
  readonly model: 'open'
  /** Fired before the measured part, at the first segment's starting rate (its other rate if it starts from 0). */
  readonly warmupMs: number
  readonly segments: readonly RateSegment[]
  /** How many times the segments come, one time after the other; at least 1. */
  readonly repeat: number
  readonly arrivals: 'even' | 'poisson'
  /** Requests in flight on one node before further arrivals are dropped. */
  readonly maxInFlight: number
}

/** A piece of the course of users: their number moves linearly from `fromUsers` to `toUsers` over `durationMs`. */
export interface UserSegment {
  readonly durationMs: number
  readonly fromUsers: number
  readonly toUsers: number
}

/** Closed model: users, each waiting for its answer before the next iteration. */
export interface ClosedLoad {
  readonly model: 'closed'
  /** Before the measured part, with the users it begins with (those it goes to if it begins with none). */
  readonly warmupMs: number
  /** Most users at a time. */
  readonly users: number
  readonly segments: readonly UserSegment[]
  /** How many times the segments come, one time after the other; at least 1. */
  readonly repeat: number
  /** Measured part, after the warm-up: all rounds of the segments. */
  readonly durationMs: number
  /** Pause of a user after each iteration. */
  readonly thinkTimeMs: number
}

export type Load = OpenLoad | ClosedLoad

export interface Scenario {
  readonly name: string
  /** When the scenario's warm-up begins, in run time (0 in a parallel suite). */
  readonly startMs: number
  /** Warm-up plus measured part. */
  readonly durationMs: number
  readonly load: Load
  /** All that iterations may do; at least one. */
  readonly steps: readonly Step[]
  /** The courses an iteration may take; at least one. */
  readonly branches: readonly Branch[]
  /** Least time from the start of a user's iteration to the start of its next; 0 for none, and in an open model. */
  readonly pacingMs: number
  /** How long cookies that answers set are sent back; missing where they never are. */
  readonly cookies?: CookieLife
  /** The sources of data that it uses; left out for none. */
  readonly data?: readonly DataUse[]
  /** Most arrivals of the whole mesh, where rows that are split come to an end; left out for no end. */
  readonly iterations?: number
  /** Extracted values that later scenarios use; missing where there are none. */
  readonly store?: readonly string[]
  /** Values that earlier scenarios have stored; missing where there are none. */
  readonly use?: readonly string[]
}

/** For all iterations of a user, or for one iteration. */
export type CookieLife = 'user' | 'iteration'

export interface Threshold {
  /** Metric with an optional selector, as written: `duration{scenario:browse,region:eu}`. */
  readonly metric: string
  /** Condition, as written: `p(99)<250ms`, `p(90)>1s for 10s`. */
  readonly expression: string
  readonly abortOnFail: boolean
  /** Time from the start of the run before the threshold may abort it. */
  readonly delayAbortEvalMs: number
}

/** Steps that one node runs once for the whole mesh: before the start, or after the end. */
export interface Once {
  readonly steps: readonly Step[]
  readonly branches: readonly Branch[]
  /** How long all of it may take. */
  readonly timeoutMs: number
}

export interface Suite {
  readonly name: string
  readonly mode: 'parallel' | 'sequential'
  readonly onNodeLoss: OnNodeLoss
  readonly shares: ShareStrategy
  /** How long requests in flight may take to finish after the last arrival before they are cut and counted failed. */
  readonly gracefulStopMs: number
  readonly scenarios: readonly Scenario[]
  readonly setup?: Once
  readonly teardown?: Once
  readonly thresholds: readonly Threshold[]
  /** Values by name: templates of values that the suite itself has; missing where there are none. */
  readonly variables?: Readonly<Record<string, string>>
  /** Environment variables of the firing node that templates may name. */
  readonly env?: readonly string[]
  /** Sources of data; left out for none. */
  readonly data?: readonly DataSource[]
  /** Planned length of the whole run: the latest scenario end. */
  readonly durationMs: number
}

/** What sends HTTP requests: a driver written for load, or the general client. */
export const HTTP_DRIVERS = ['wire', 'undici'] as const
export type HttpDriverName = (typeof HTTP_DRIVERS)[number]

/** Time allowed for the parts of a request that are over before its last byte, in milliseconds. */
export interface PhaseTimeouts {
  /** From looking up the name to the end of the TCP handshake. */
  readonly connectMs: number
  /** From there to the end of the TLS handshake. */
  readonly tlsMs: number
  /** From the send to the first byte of the answer. */
  readonly firstByteMs: number
}

/** How values are put into a body: as they are, or as parts of JSON strings. */
export type BodyFormat = 'text' | 'json'

/**
 * Parameters of the `http` task after validation (the `parameters` of a {@link TaskSpec} with type `http`). URL, values of
 * headers that are no references, and body are templates.
 */
export interface HttpParameters {
  readonly method: string
  /** Absolute URL; its scheme, host and port are literal. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Credentials to be sent, if any. */
  readonly auth?: Auth
  readonly body: string | undefined
  /** `text` unless given. */
  readonly bodyFormat?: BodyFormat
  /** Time allowed from the send to the last byte of the answer. */
  readonly timeoutMs: number
  /** Undefined where the suite bounds the whole only. */
  readonly phases: PhaseTimeouts | undefined
  readonly driver: HttpDriverName
  /** Most requests in flight on a connection. */
  readonly pipelining: number
  /** Connections of the whole mesh that are opened before the start; undefined for as many as the load needs. */
  readonly warmConnections: number | undefined
}

/** Methods of which several requests do what one does (RFC 9110, section 9.2.2): only these may be pipelined. */
export function isIdempotent(method: string): boolean {
  return method !== 'POST' && method !== 'PATCH'
}

/** The driver that sends a task's requests; null for tasks other than `http`. */
export function httpDriverOf({ type, parameters }: TaskSpec): HttpDriverName | null {
  if (type !== 'http') return null
  return HTTP_DRIVERS.find((name) => name === parameters.driver) ?? null
}
