/** What one node sends and receives: messages and bytes, by kind. */

export interface Volume {
  messages: number
  bytes: number
}

/** Messages and bytes by kind, in one direction. */
export type Volumes = Readonly<Record<string, Readonly<Volume>>>

export interface Flow {
  readonly in: Volumes
  readonly out: Volumes
}

export type Direction = keyof Flow

/** Kinds that are no control messages on a stream of their own. */
export const WINDOWS = 'windows'
export const GOSSIP = 'gossip'

export class Traffic {
  readonly #counts: Record<Direction, Record<string, Volume>> = { in: {}, out: {} }

  count(direction: Direction, kind: string, messages: number, bytes: number): void {
    const volumes = this.#counts[direction]
    const volume = volumes[kind] ?? { messages: 0, bytes: 0 }
    volume.messages += messages
    volume.bytes += bytes
    volumes[kind] = volume
  }

  /** So far; a copy. */
  get flow(): Flow {
    return structuredClone(this.#counts)
  }
}

export function flowBetween(before: Flow, after: Flow): Flow {
  return { in: volumesBetween(before.in, after.in), out: volumesBetween(before.out, after.out) }
}

function volumesBetween(before: Volumes, after: Volumes): Volumes {
  const entries = Object.entries(after).map(([kind, { messages, bytes }]) => {
    const earlier = before[kind] ?? { messages: 0, bytes: 0 }
    return [kind, { messages: messages - earlier.messages, bytes: bytes - earlier.bytes }] as const
  })
  return Object.fromEntries(entries.filter(([, volume]) => volume.messages > 0))
}

/** A part of every volume: for means, and for what happened in a second. */
export function scaled(flow: Flow, factor: number): Flow {
  const scale = (volumes: Volumes): Volumes =>
    Object.fromEntries(
      Object.entries(volumes).map(([kind, { messages, bytes }]) => [
        kind,
        { messages: messages * factor, bytes: bytes * factor },
      ]),
    )
  return { in: scale(flow.in), out: scale(flow.out) }
}

export function sumOfFlows(flows: readonly Flow[]): Flow {
  const total = new Traffic()
  for (const flow of flows) {
    for (const direction of ['in', 'out'] as const) {
      for (const [kind, { messages, bytes }] of Object.entries(flow[direction])) {
        total.count(direction, kind, messages, bytes)
      }
    }
  }
  return total.flow
}

/** Control messages: everything but windows and gossip. */
export function controlOf(volumes: Volumes): Volume {
  const total = { messages: 0, bytes: 0 }
  for (const [kind, { messages, bytes }] of Object.entries(volumes)) {
    if (kind === WINDOWS || kind === GOSSIP) continue
    total.messages += messages
    total.bytes += bytes
  }
  return total
}

export function volumeOf(volumes: Volumes, kind: string): Volume {
  return volumes[kind] ?? { messages: 0, bytes: 0 }
}
