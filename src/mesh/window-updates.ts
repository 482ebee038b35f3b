/**
 * How often a peer is told that it may send more on a stream.
 *
 * `@libp2p/yamux` says so after each message, however short: a write here and a wake-up there for every message, which is
 * half of all there are. The protocol asks for no more than that a sender never waits for nothing, and HashiCorp's own
 * implementation says it when half of the window is used up
 * (https://github.com/hashicorp/yamux/blob/master/stream.go, `sendWindowUpdate`). So do streams here.
 */

import type { Stream } from '@libp2p/interface'

/** What is needed of `YamuxStream`; its types call the windows private. */
interface YamuxWindow {
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/**
 * From now on only when half of the window is used up. For a stream whose protocol is agreed on: the first update of a
 * new one is its acknowledgement. A stream of another kind is left as it is.
 */
export function updateWindowRarely(stream: Stream): void {
  if (!hasWindow(stream)) return
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.recvWindowCapacity < stream.recvWindow / 2) update()
  }
}

function hasWindow(stream: Stream): stream is Stream & YamuxWindow {
  const { recvWindow, recvWindowCapacity, sendWindowUpdate } = stream as Stream & Partial<YamuxWindow>
  return Number.isFinite(recvWindow) && Number.isFinite(recvWindowCapacity) && typeof sendWindowUpdate === 'function'
}
