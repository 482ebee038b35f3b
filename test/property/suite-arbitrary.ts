/** Random valid suite documents, as plain data, for property tests. */

import fc from 'fast-check'

const duration = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom('ms', 's', 'm'))
  .map(([number, unit]) => `${number}${unit}`)

const rate = fc
  .tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom('s', 'm', 'h', '1s', '100ms'))
  .map(([number, unit]) => `${number}/${unit}`)

const optional = { requiredKeys: [] as [] }

const openExtras = fc.record(
  {
    warmup: duration,
    arrivals: fc.constantFrom('even', 'poisson'),
    maxInFlight: fc.integer({ min: 1, max: 1e6 }),
  },
  optional,
)

const repeat = fc.record({ repeat: fc.integer({ min: 1, max: 5 }) }, optional)

/** Rates and durations that fit together, whatever is drawn. */
const profile: fc.Arbitrary<object> = fc.oneof(
  fc.record({ profile: fc.record({ ramp: fc.record({ from: rate, to: rate }) }), duration }),
  fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 10 }), duration).map(([step, count, every]) => ({
    profile: { steps: { from: `${step}/s`, to: `${step * (count + 1)}/s`, step: `${step}/s`, every } },
  })),
  fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 500 }), fc.nat(400), fc.nat(300)).map(([base, more, at, ramp]) => ({
    profile: { spike: { base: `${base}/s`, peak: `${base + more}/s`, at: `${at}ms`, length: '1s', ramp: `${ramp}ms` } },
    duration: '2s',
  })),
  fc.tuple(fc.nat(500), fc.integer({ min: 1, max: 500 }), duration, duration).map(([min, more, period, length]) => ({
    profile: { sine: { min: `${min}/s`, max: `${min + more}/s`, period } },
    duration: length,
  })),
  fc
    .tuple(fc.array(fc.tuple(fc.nat(5000), rate), { minLength: 1, maxLength: 5 }), fc.constantFrom('linear', 'step'))
    .map(([points, interpolate]) => {
      let at = 0
      const custom = points.map(([after, value], index) => {
        at += index === 0 ? 0 : after
        return { at: `${at}ms`, rate: value }
      })
      return { profile: { custom, interpolate }, duration: '1m' }
    }),
)

const load: fc.Arbitrary<object> = fc.oneof(
  fc.tuple(profile, openExtras, repeat).map(([needed, extras, times]) => ({ ...needed, ...extras, ...times })),
  fc.tuple(fc.record({ rate, duration }), openExtras).map(([needed, extras]) => ({ ...needed, ...extras })),
  fc
    .tuple(
      fc.record({ stages: fc.array(fc.record({ duration, rate }), { minLength: 1, maxLength: 4 }) }),
      openExtras,
      fc.record({ startRate: rate }, optional),
      repeat,
    )
    .map(([needed, extras, start, times]) => ({ ...needed, ...extras, ...start, ...times })),
  fc
    .tuple(
      fc.record({
        stages: fc.array(fc.record({ duration, users: fc.integer({ min: 1, max: 1000 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
      fc.record({ thinkTime: duration, warmup: duration, startUsers: fc.nat(1000) }, optional),
      repeat,
    )
    .map(([needed, extras, times]) => ({ ...needed, ...extras, ...times })),
  fc
    .tuple(
      fc.record({ users: fc.integer({ min: 1, max: 1000 }), duration }),
      fc.record({ thinkTime: duration, warmup: duration }, optional),
    )
    .map(([needed, extras]) => ({ ...needed, ...extras })),
)

const word = fc.stringMatching(/^[a-z0-9 é🙂:#-]{0,12}$/u)
const path = fc.stringMatching(/^\/[a-z0-9/._~-]{0,20}$/).filter((text) => !text.startsWith('//'))
const headers = fc.dictionary(
  fc.constantFrom('accept', 'x-a', 'X-B', 'user-agent'),
  fc.constantFrom('a', 'b c', '"', ''),
)

const http: fc.Arbitrary<string | object> = fc.oneof(
  path,
  path.map((text) => `https://example.test:8443${text}`),
  fc.record(
    { url: path, method: fc.constantFrom('GET', 'HEAD', 'OPTIONS'), headers, timeout: duration },
    { requiredKeys: ['url'] },
  ),
  fc.record(
    {
      url: path,
      method: fc.constantFrom('POST', 'PUT'),
      headers,
      json: fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('{{')),
    },
    { requiredKeys: ['url', 'method'] },
  ),
  fc.record({ url: path, method: fc.constant('PATCH'), body: word }),
)

const threshold = fc.oneof(
  fc.constantFrom('p(95)<200ms', 'avg<1.5s', 'max<=10', 'med!=0', 'p(90)>1s for 10s'),
  fc.record(
    { threshold: fc.constant('p(99.9)<1s'), abortOnFail: fc.boolean(), delayAbortEval: duration },
    { requiredKeys: ['threshold'] },
  ),
)

const think: fc.Arbitrary<string | object> = fc.oneof(
  duration,
  fc.record({ uniform: fc.tuple(fc.nat(500), fc.nat(500)).map(([a, b]) => [`${a}ms`, `${a + b}ms`]) }),
  fc.record({ normal: fc.record({ mean: duration, stddev: duration }) }),
)

const stepExtras = fc.record(
  {
    think,
    repeat: fc.integer({ min: 1, max: 5 }),
    continueOnError: fc.boolean(),
    tags: fc.dictionary(fc.constantFrom('team', 'tier'), fc.constantFrom('a', 'b c')),
  },
  optional,
)

/** Steps, some of them groups; at most `depth` lists within each other. */
const stepsOf = (depth: number): fc.Arbitrary<object[]> => {
  const single = fc.tuple(fc.record({ http }), stepExtras).map(([step, extras]) => ({ ...step, ...extras }))
  const step =
    depth === 0
      ? single
      : fc.oneof(
          { arbitrary: single, weight: 3 },
          {
            arbitrary: fc
              .tuple(fc.record({ group: fc.constantFrom('g', 'a b'), steps: stepsOf(depth - 1) }), stepExtras)
              .map(([group, extras]) => ({ ...group, ...extras })),
            weight: 1,
          },
        )
  return fc.array(step, { minLength: 1, maxLength: 3 })
}

/** What the iterations of a scenario do. */
const fired: fc.Arbitrary<object> = fc.oneof(
  { arbitrary: fc.record({ http }), weight: 3 },
  { arbitrary: fc.record({ steps: stepsOf(2), think }, { requiredKeys: ['steps'] }), weight: 1 },
  {
    arbitrary: fc.record({
      mix: fc.array(
        fc
          .tuple(fc.integer({ min: 1, max: 1000 }), fc.oneof(fc.record({ http }), fc.record({ steps: stepsOf(1) })))
          .map(([weight, what]) => ({ weight, ...what })),
        { minLength: 1, maxLength: 3 },
      ),
    }),
    weight: 1,
  },
)

/** Valid suite documents. */
export const suiteDocuments: fc.Arbitrary<Record<string, unknown>> = fc
  .record(
    {
      name: fc.constantFrom('shop', 'a b', 'größe', '10', 'true', '~'),
      target: fc.constantFrom('http://127.0.0.1:8080', 'https://example.test/base/'),
      mode: fc.constantFrom('parallel', 'sequential'),
      onNodeLoss: fc.constantFrom('redistribute', 'continue', 'abort'),
      shares: fc.constantFrom('equal', 'weighted'),
      gracefulStop: duration,
      scenarios: fc
        .array(fc.tuple(load, fired), { minLength: 1, maxLength: 4 })
        .map((list) => list.map(([l, what], index) => ({ name: `s${index}`, load: l, ...what }))),
      thresholds: fc.dictionary(
        fc.constantFrom(
          'duration',
          'service',
          'http_req_duration',
          'duration{scenario:s0}',
          'service{scenario:s0,node:n1}',
        ),
        fc.array(threshold, { minLength: 1, maxLength: 3 }),
      ),
    },
    { requiredKeys: ['name', 'target', 'scenarios'] },
  )
  // A pause is for scenarios that come one after the other.
  .map((document) =>
    document.mode === 'sequential'
      ? {
          ...document,
          scenarios: document.scenarios.map((each, i) => (i % 2 === 0 ? { ...each, delayAfter: `${i + 1}ms` } : each)),
        }
      : document,
  )
  // fast-check makes some objects without a prototype; parsed ones have one.
  .map((document) => JSON.parse(JSON.stringify(document)) as Record<string, unknown>)

/** Every map inside a document that has a fixed set of keys, by path. Values an author chooses freely are left out. */
export function shapedMaps(document: Record<string, unknown>): Record<string, unknown>[] {
  const maps = [document]
  for (const scenario of document.scenarios as Record<string, unknown>[]) {
    const load = scenario.load as Record<string, unknown>
    maps.push(scenario, load, ...((load.stages as Record<string, unknown>[] | undefined) ?? []))
    if (typeof scenario.http === 'object') maps.push(scenario.http as Record<string, unknown>)
  }
  return maps
}
