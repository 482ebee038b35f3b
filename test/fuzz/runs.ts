/**
 * How long the fuzzers look. `npm test` gives each a few seconds; `FUZZ_RUNS=50 npm run fuzz` makes every number of runs
 * fifty times as large. A failure prints fast-check's seed and path; `FUZZ_SEED` starts from a seed.
 */

import fc from 'fast-check'

const TIMES = Math.max(1, Number(process.env.FUZZ_RUNS ?? 1))
const SEED = process.env.FUZZ_SEED === undefined ? {} : { seed: Number(process.env.FUZZ_SEED) }

/** fast-check's parameters for a property that `npm test` tries `base` times. */
export function tries(base: number): { readonly numRuns: number; readonly seed?: number } {
  return { numRuns: Math.ceil(base * TIMES), ...SEED }
}

/** Time for one test of so many seconds under `npm test`, in milliseconds. */
export function patience(seconds: number): number {
  return seconds * 1000 * Math.max(1, TIMES)
}

/** A message or file as it comes out of a bad cable: bits flipped, bytes lost, doubled, inserted, cut off. */
export function damaged(original: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const change = fc.oneof(
    fc.record({ how: fc.constant('flip' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 1 }) }),
    fc.record({ how: fc.constant('cut' as const), at: place, bytes: fc.constant(new Uint8Array(0)) }),
    fc.record({ how: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }) }),
    fc.record({ how: fc.constant('lose' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }) }),
    fc.record({ how: fc.constant('double' as const), at: place, bytes: fc.constant(new Uint8Array(0)) }),
  )
  return fc.tuple(original, fc.array(change, { minLength: 1, maxLength: 4 })).map(([bytes, changes]) => {
    let result = Buffer.from(bytes)
    for (const { how, at: where, bytes: other } of changes) {
      const at = Math.floor(where * result.length)
      const [before, after] = [result.subarray(0, at), result.subarray(at)]
      if (how === 'flip') result = Buffer.concat([before, other, after.subarray(1)])
      else if (how === 'cut') result = Buffer.from(before)
      else if (how === 'insert') result = Buffer.concat([before, other, after])
      else if (how === 'lose') result = Buffer.concat([before, after.subarray(other.length)])
      else result = Buffer.concat([before, after, after])
    }
    return new Uint8Array(result)
  })
}

/** Text that was damaged as bytes would be; what is no character any more becomes U+FFFD. */
export function damagedText(original: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return damaged(original.map((text) => new TextEncoder().encode(text))).map((bytes) => new TextDecoder().decode(bytes))
}

/** Bits of YAML that do harm to readers: anchors, merges, tags, documents, keys that reach prototypes. */
export const snippets = fc.constantFrom(
  ...[
    '&a ',
    '*a',
    '<<: *a\n',
    '!!binary ',
    '!!js/function ',
    '---\n',
    '...\n',
    '? ',
    '- ',
    '  ',
    ': ',
    '|\n',
    '>-\n',
    '#',
    '"',
    "'",
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '__proto__: {polluted: 1}\n',
    'constructor: {prototype: {polluted: 1}}\n',
    '\t',
    '\ufeff',
    '\u2028',
  ],
  ...[
    'name: a\n',
    'scenarios:\n',
    'load: {rate: 1/s, duration: 1s}\n',
    'http: /\n',
    '1e999',
    '-0',
    '.inf',
    '.nan',
    '0x1F',
    '0o17',
  ],
  ...['9'.repeat(400), 'a'.repeat(400), '%YAML 1.2\n', '@', '`', '\u0000', '\ud800'],
)
