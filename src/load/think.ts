/** How long users think. What is drawn depends on the key alone, so that a run can be repeated. */

import { mix32 } from '../base/random.ts'
import type { Pause } from '../suite/journey-spec.ts'

const UNIT = 1 / 4294967296

/**
 * Length of a pause, in milliseconds. Normal ones by the Box-Muller transform ("A Note on the Generation of Random
 * Normal Deviates", Annals of Mathematical Statistics 29, 1958).
 *
 * @param key any 32-bit integer, another one for each pause
 */
export function pauseLength(pause: Pause, key: number): number {
  switch (pause.kind) {
    case 'constant':
      return pause.ms
    case 'uniform':
      return pause.minMs + (pause.maxMs - pause.minMs) * mix32(key) * UNIT
    case 'normal': {
      const radius = Math.sqrt(-2 * Math.log((mix32(key) + 1) * UNIT))
      const angle = 2 * Math.PI * mix32(key ^ 0x9e3779b9) * UNIT
      return Math.max(0, pause.meanMs + pause.stddevMs * radius * Math.cos(angle))
    }
  }
}

/**
 * The key of a pause.
 *
 * @param seed of the scenario
 * @param index of the arrival, or of the iteration of the user
 * @param user -1 in an open load
 * @param position of the step in its iteration
 */
export function pauseKey(seed: number, index: number, user: number, position: number): number {
  const of = mix32(mix32(seed ^ index) ^ Math.floor(index / 4294967296))
  return mix32(mix32(of ^ (user + 1)) ^ (position + 1))
}
