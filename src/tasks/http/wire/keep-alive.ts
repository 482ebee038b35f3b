/** How long a connection may be idle and be used again: a server closes it some day, and what is sent just then fails. */

/** Idle connections are kept this long unless the server keeps them shorter. */
export const KEEP_ALIVE_MS = 30_000
/** Given up this much before the server does, or after half of its time if that is later. */
const MARGIN_MS = 2000

/** @param seconds for which the server says it keeps the connection; negative when it does not say */
export function idleLimitMs(seconds: number): number {
  return seconds < 0 ? KEEP_ALIVE_MS : Math.max(seconds * 1000 - MARGIN_MS, seconds * 500)
}
