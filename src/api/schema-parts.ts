/** What schemas of the API are made of. */

export type Schema = Readonly<Record<string, unknown>>

/** An object whose properties are all required except those named; nothing else may be in it. */
export function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

export function list(items: Schema): Schema {
  return { type: 'array', items }
}

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}

export const text: Schema = { type: 'string' }
export const number: Schema = { type: 'number' }
export const count: Schema = { type: 'integer', minimum: 0 }
export const flag: Schema = { type: 'boolean' }
export const milliseconds: Schema = { type: 'number', description: 'milliseconds' }
export const runTime: Schema = { type: 'number', description: 'milliseconds since the start of the run' }
export const instant: Schema = { type: 'string', format: 'date-time' }
export const bootId: Schema = { type: 'string', description: 'one life of a node; fresh at every start' }

export const tags: Schema = { type: 'object', additionalProperties: text }

export const generatorSaturated: Schema = {
  ...list(
    object({
      node: text,
      bootId,
      reason: { type: 'string', enum: ['lateness', 'event-loop', 'cpu'] },
      observed: number,
      unit: { type: 'string', enum: ['ms', '%'] },
      bound: number,
      seconds: orNull(count),
      hint: text,
    }),
  ),
  description: 'nodes that could not generate their load; empty when all could',
}

/** What a scenario amounts to. */
export const scenarioSummary: Schema = object(
  {
    name: text,
    model: { type: 'string', enum: ['open', 'closed'] },
    startMs: runTime,
    durationMs: milliseconds,
    planned: orNull(number),
    users: orNull(count),
    peakRate: orNull(number),
    steps: { ...count, description: 'of a journey or a mix: steps that an iteration may take' },
  },
  ['steps'],
)

/** Of an event: the place of a threshold in its suite, and what was observed. */
const crossedThreshold: Schema = object({ index: count, observed: orNull(number) })

export const runEvent: Schema = object(
  { at: runTime, kind: text, node: text, bootId, threshold: crossedThreshold, message: text },
  ['node', 'bootId', 'threshold'],
)

export const thresholdResults: Schema = list(
  object(
    {
      metric: text,
      expression: text,
      ok: flag,
      observed: { ...orNull(number), description: 'null when there was nothing to measure' },
      longest: {
        ...orNull(object({ from: runTime, seconds: count })),
        description: 'with `for`: the longest stretch in which it was at fault',
      },
      stoppedRun: {
        ...object({ at: runTime, observed: orNull(number) }),
        description: 'when it stopped the run, and what had been observed by then',
      },
      message: { ...text, description: 'why it could not be judged' },
    },
    ['longest', 'stoppedRun', 'message'],
  ),
)

export const checkTotals: Schema = object({ passed: count, failed: count })
/** By expectation. */
export const checks: Schema = list(object({ name: text, passed: count, failed: count }))

export const latency: Schema = object({
  unit: { const: 'ms' },
  min: number,
  mean: number,
  stddev: number,
  p50: number,
  p75: number,
  p90: number,
  p95: number,
  p99: number,
  p99_9: number,
  max: number,
})

export const Scale: Schema = object(
  {
    scenario: { type: 'string', description: 'may be left out of a run with one scenario' },
    rate: { type: 'string', description: 'as in suites: 800/s' },
    users: count,
  },
  ['scenario', 'rate', 'users'],
)

export const Scaled: Schema = object(
  { runId: { $ref: '#/components/schemas/RunId' }, scenario: text, rate: number, users: count, at: runTime },
  ['rate', 'users'],
)

export const choreReport: Schema = {
  ...object({ node: text, ok: flag, durationMs: milliseconds, error: orNull(text) }),
  description: 'how what one node ran for all went; only where the suite has it',
}

export const Task = object({
  name: text,
  title: text,
  description: text,
  category: text,
  parameters: { type: 'object', description: "JSON Schema of the task's parameters" },
})
