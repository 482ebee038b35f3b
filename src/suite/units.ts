/**
 * Quantities as people write them: durations `300ms`, `1h30m`; rates `500/s`, `30/m`; sizes `10kB`. A bare number is
 * refused wherever its unit would have to be guessed.
 */

import { show } from './show.ts'

/** What reading a quantity gives: the value, or what is wrong with the input and what to write instead. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly hint: string }

/** Pattern of a duration, for the JSON Schema. */
export const DURATION_PATTERN = '^(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)$'
/** Pattern of a rate, for the JSON Schema. */
export const RATE_PATTERN = '^(0|[0-9]+(\\.[0-9]+)?/([0-9]+(\\.[0-9]+)?)?(ms|s|m|h|d))$'

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** Longer inputs are not quantities; the bound keeps the regular expressions below short of work. */
const LONGEST_TEXT = 64

const good = <T>(value: T): Parsed<T> => ({ ok: true, value })
const bad = (message: string, hint: string): Parsed<never> => ({ ok: false, message, hint })

/**
 * Reads a duration: one or more numbers with units (`d h m s ms`), largest unit first; 0 needs no unit.
 *
 * @returns milliseconds
 */
export function parseDuration(input: unknown): Parsed<number> {
  if (input === 0 || input === '0') return good(0)
  const text = typeof input === 'string' ? input.trim() : ''
  if (typeof input === 'number' || /^\d+(\.\d+)?$/.test(text)) {
    return bad(
      `${show(input)} has no unit`,
      `which unit? write "${input}s" for seconds or "${input}ms" for milliseconds`,
    )
  }
  const example = 'write a duration such as 300ms, 30s, 2m or 1h30m'
  if (text.length > LONGEST_TEXT || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    return bad(`${show(input)} is not a duration`, example)
  }
  let total = 0
  let smallest = Number.POSITIVE_INFINITY
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    const size = MILLISECONDS[unit!]!
    if (size >= smallest)
      return bad(`${show(input)} has its units out of order`, 'largest unit first, each once: 1h30m')
    smallest = size
    total += Number(number) * size
  }
  return good(roundOff(total))
}

/**
 * Reads a rate: a number per unit of time (`500/s`, `30/m`, `10/h`, `500/1s`, `5/100ms`); 0 needs no unit.
 *
 * @returns arrivals per second
 */
export function parseRate(input: unknown): Parsed<number> {
  if (input === 0 || input === '0') return good(0)
  const text = typeof input === 'string' ? input.trim() : ''
  const bare = /^(\d+(?:\.\d+)?)(?: *(?:rps|per second))?$/.exec(typeof input === 'number' ? String(input) : text)
  if (bare !== null) return bad(`${show(input)} has no unit of time`, `did you mean ${bare[1]}/s?`)
  const match = text.length > LONGEST_TEXT ? null : /^(\d+(?:\.\d+)?) ?\/ ?(\d+(?:\.\d+)?)?(ms|s|m|h|d)$/.exec(text)
  const example = 'write a rate such as 500/s, 30/m or 10/h'
  if (match === null) return bad(`${show(input)} is not a rate`, example)
  const perMs = Number(match[2] ?? 1) * MILLISECONDS[match[3]!]!
  if (perMs === 0) return bad(`${show(input)} divides by no time at all`, example)
  return good((Number(match[1]) * 1000) / perMs)
}

/**
 * Reads a size: a number with `B`, `kB`, `MB`, `GB` (powers of 1000) or `KiB`, `MiB`, `GiB` (powers of 1024); 0 needs
 * no unit.
 *
 * @returns bytes
 */
export function parseSize(input: unknown): Parsed<number> {
  if (input === 0 || input === '0') return good(0)
  const text = typeof input === 'string' ? input.trim() : ''
  if (typeof input === 'number' || /^\d+(\.\d+)?$/.test(text)) {
    return bad(`${show(input)} has no unit`, `which unit? write "${input}B" for bytes or "${input}kB" for thousands`)
  }
  const match = text.length > LONGEST_TEXT ? null : /^(\d+(?:\.\d+)?) ?([kmg]?i?b)$/i.exec(text)
  const unit = match === null ? undefined : BYTES[match[2]!.toLowerCase()]
  if (match === null || unit === undefined) {
    return bad(`${show(input)} is not a size`, 'write a size such as 512B, 10kB, 1MB or 64KiB')
  }
  return good(Number(match[1]) * unit)
}

/** A duration as {@link parseDuration} reads it: `1h30m`, `1.5s`, `300ms`, `0s`; exact to a microsecond. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 0) return `-${formatDuration(-milliseconds)}`
  let rest = Math.round(milliseconds * 1000) / 1000
  if (rest < 1000) return rest === 0 ? '0s' : `${rest}ms`
  let text = ''
  for (const unit of ['h', 'm'] as const) {
    const count = Math.floor(rest / MILLISECONDS[unit]!)
    if (count > 0) text += `${count}${unit}`
    rest -= count * MILLISECONDS[unit]!
  }
  return rest > 0 ? `${text}${Math.round(rest * 1000) / 1e6}s` : text
}

/** Takes away what binary fractions add: to a millionth. */
function roundOff(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
