/** Bounds of a random value, for whoever checks a suite and for whoever fires it. */

/** Bounds of `random(1,100)`, both inclusive; undefined for none. */
export function randomBounds(text: string): readonly [number, number] | undefined {
  const [, low, high] = /\((-?\d+),(-?\d+)\)$/.exec(text) ?? []
  if (low === undefined || high === undefined) return undefined
  const bounds = [Number(low), Number(high)] as const
  const good =
    bounds.every(Number.isSafeInteger) && bounds[0] <= bounds[1] && Number.isSafeInteger(bounds[1] - bounds[0])
  return good ? bounds : undefined
}
