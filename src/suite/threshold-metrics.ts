/**
 * What thresholds may be about: every metric with its meaning, what can be asked of it and how it can be narrowed, and
 * k6's names for them.
 */

/** Metrics by their own names. */
export type MetricName =
  | 'duration'
  | 'service'
  | 'lateness'
  | 'failed'
  | 'requests'
  | 'checks'
  | 'checks_failed'
  | 'iterations'
  | 'iteration_duration'
  | 'dropped'
  | 'rate'
  | 'generatorSaturated'
  | 'bytes_sent'
  | 'bytes_received'

export type ThresholdAggregation = 'avg' | 'min' | 'med' | 'max' | 'p' | 'rate' | 'count'

/** What a value was written in; `plain` has no unit of its own and takes the one its metric has. */
export type ThresholdUnit = 'plain' | 'ms' | 'fraction' | 'perSecond' | 'bytes' | 'bytesPerSecond'

export interface Metric {
  readonly description: string
  readonly aggregations: readonly ThresholdAggregation[]
  /** Unit of its `rate`. */
  readonly rateUnit?: ThresholdUnit
  /** Unit of its `count`; plain unless given. */
  readonly countUnit?: ThresholdUnit
  readonly example: string
  /** What is counted: it says by what the metric can be narrowed. */
  readonly of: 'requests' | 'checks' | 'iterations' | 'nodes'
  /** Which values are a fault: `for` may ask for those only. */
  readonly bad: 'high' | 'low' | 'either'
}

const TIMES: readonly ThresholdAggregation[] = ['avg', 'min', 'med', 'max', 'p']
const COUNTS: readonly ThresholdAggregation[] = ['rate', 'count']

export const METRICS: Readonly<Record<MetricName, Metric>> = {
  duration: {
    description: 'latency from the planned start',
    aggregations: TIMES,
    example: 'p(95)<200ms',
    of: 'requests',
    bad: 'high',
  },
  service: {
    description: 'service time from the actual send',
    aggregations: TIMES,
    example: 'p(95)<200ms',
    of: 'requests',
    bad: 'high',
  },
  lateness: {
    description: 'from the planned start to the send',
    aggregations: TIMES,
    example: 'p(99)<10ms',
    of: 'requests',
    bad: 'high',
  },
  failed: {
    description: 'requests that failed; its rate is their fraction',
    aggregations: COUNTS,
    rateUnit: 'fraction',
    example: 'rate<1%',
    of: 'requests',
    bad: 'high',
  },
  requests: {
    description: 'requests sent; its rate is per second',
    aggregations: COUNTS,
    rateUnit: 'perSecond',
    example: 'rate>=100/s',
    of: 'requests',
    bad: 'low',
  },
  checks: {
    description: 'checks that passed; its rate is their fraction',
    aggregations: COUNTS,
    rateUnit: 'fraction',
    example: 'rate>99%',
    of: 'checks',
    bad: 'low',
  },
  checks_failed: {
    description: 'checks that did not; its rate is their fraction',
    aggregations: COUNTS,
    rateUnit: 'fraction',
    example: 'count==0',
    of: 'checks',
    bad: 'high',
  },
  iterations: {
    description: 'iterations that ended; its rate is per second',
    aggregations: COUNTS,
    rateUnit: 'perSecond',
    example: 'rate>=10/s',
    of: 'iterations',
    bad: 'low',
  },
  iteration_duration: {
    description: 'a whole iteration, from its planned start',
    aggregations: TIMES,
    example: 'p(95)<10s',
    of: 'iterations',
    bad: 'high',
  },
  dropped: {
    description: 'arrivals that were not sent; its rate is their fraction',
    aggregations: COUNTS,
    rateUnit: 'fraction',
    example: 'count==0',
    of: 'iterations',
    bad: 'high',
  },
  rate: {
    description: 'the part of the asked rate that was sent',
    aggregations: ['rate'],
    rateUnit: 'fraction',
    example: 'rate>=99%',
    of: 'iterations',
    bad: 'low',
  },
  generatorSaturated: {
    description: 'nodes that could not generate their load',
    aggregations: ['count'],
    example: 'count==0',
    of: 'nodes',
    bad: 'high',
  },
  bytes_sent: {
    description: 'bytes sent; its rate is per second',
    aggregations: COUNTS,
    rateUnit: 'bytesPerSecond',
    countUnit: 'bytes',
    example: 'count<10MB',
    of: 'requests',
    bad: 'either',
  },
  bytes_received: {
    description: 'bytes received; its rate is per second',
    aggregations: COUNTS,
    rateUnit: 'bytesPerSecond',
    countUnit: 'bytes',
    example: 'rate<1MB/s',
    of: 'requests',
    bad: 'either',
  },
}

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[]

/** k6's names for the same metrics, where they are not the same names. */
export const METRIC_ALIASES: Readonly<Record<string, MetricName>> = {
  http_req_duration: 'duration',
  http_req_failed: 'failed',
  http_reqs: 'requests',
  dropped_iterations: 'dropped',
  data_sent: 'bytes_sent',
  data_received: 'bytes_received',
}

/** Metrics of k6 that nothing here is the same as, with what comes near. */
export const FOREIGN_METRICS: Readonly<Record<string, string>> = {
  vus: 'users are what the suite plans; `iterations` tells what they did, `rate` whether a rate was reached',
  vus_max: 'users are what the suite plans; `iterations` tells what they did, `rate` whether a rate was reached',
  http_req_waiting: '`service` is the time from the send to the last byte of the answer',
  http_req_sending: '`service` is the time from the send to the last byte of the answer',
  http_req_receiving: '`service` is the time from the send to the last byte of the answer',
  http_req_blocked: '`duration` includes the wait for a connection',
  http_req_connecting: '`duration` includes the wait for a connection',
  http_req_tls_handshaking: '`duration` includes the wait for a connection',
  group_duration: 'write `duration{group:NAME}` for the requests of a group, `iteration_duration` for whole iterations',
}

/** What a metric can be narrowed by, besides tags. */
export const FILTERS: Readonly<Record<Metric['of'], readonly string[]>> = {
  requests: ['scenario', 'step', 'group', 'node'],
  checks: ['scenario', 'step', 'group', 'check', 'node'],
  iterations: ['scenario', 'node'],
  nodes: ['node'],
}
