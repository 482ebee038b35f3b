/** Windows at a measured node: the real exchange, store and live totals, with their CPU time taken. */

import type { RunId } from '../../src/base/ids.ts'
import type { Effect } from '../../src/coordination/io.ts'
import { hasTotals, recipientsOf } from '../../src/coordination/keeping.ts'
import { frameBytes } from '../../src/mesh/frames.ts'
import { createSoloMesh } from '../../src/mesh/solo-mesh.ts'
import type { WindowBatch } from '../../src/metrics/window.ts'
import { RunPage } from '../../src/node/run-book.ts'
import { WindowExchange } from '../../src/node/window-exchange.ts'
import type { StorePort } from '../../src/store/store-port.ts'
import type { ScaleNode, Surroundings } from './scale-node.ts'
import { WINDOWS } from './traffic.ts'

/** What arrives within a turn of the event loop is stored together, in milliseconds. */
const TURN_MS = 2

export class NodeWindows {
  readonly #node: ScaleNode
  readonly #around: Surroundings
  readonly #exchange: WindowExchange
  #page: RunPage | undefined
  #isFlushing = false
  #complaint: unknown

  constructor(node: ScaleNode, store: StorePort, around: Surroundings) {
    this.#node = node
    this.#around = around
    this.#exchange = new WindowExchange({
      mesh: {
        ...createSoloMesh(node.bootId),
        peers: () => around.peersOf(node),
        send: (to, _channel, bytes) => {
          around.sendWindows(node, to, bytes)
          return true
        },
      },
      store,
      suiteOf: () => around.suite,
      recipientsOf: (runId) => recipientsOf(node.state, runId, around.queue.now),
      heldOf: (runId) => node.state.runs.get(runId)?.held,
      input: (input) => node.input(input),
      added: (batch) => this.#page?.add(batch, node.state.runs.get(batch.runId)?.table ?? null),
      complain: (_from, error) => {
        this.#complaint = error
      },
      log: (_level, message) => {
        this.#complaint = message
      },
    })
  }

  /** Live totals are kept from now on, as on a node that somebody watches, where every node has all windows. */
  runChanged(runId: RunId): void {
    const table = this.#node.state.runs.get(runId)?.table
    if (table === undefined || table === null || !hasTotals(this.#node.state, runId, this.#around.queue.now)) return
    this.#page ??= new RunPage(runId, this.#around.suite)
    this.#page.totals(() => [], table)
  }

  /** A second of this node's own is over. */
  publish(batch: WindowBatch): void {
    this.#node.cpu.during('windows', () => this.#exchange.publish(batch))
  }

  /** A message on the windows channel. */
  receive(from: string, bytes: Uint8Array): void {
    if (!this.#node.alive) return
    this.#node.traffic.count('in', WINDOWS, 1, frameBytes(bytes.length))
    this.#node.cpu.during('windows', () => this.#exchange.receive(from, bytes))
    if (!this.#isFlushing) this.#around.queue.schedule(TURN_MS, () => this.#flush())
    this.#isFlushing = true
    if (this.#complaint !== undefined) throw new Error(`a window was refused: ${String(this.#complaint)}`)
  }

  serve({ to, runId, bootId, ranges }: Extract<Effect, { kind: 'serve-batches' }>): void {
    this.#node.cpu.during('windows', () => this.#exchange.serve(to, runId, bootId, ranges))
  }

  #flush(): void {
    this.#isFlushing = false
    if (this.#node.alive) this.#node.cpu.during('windows', () => this.#exchange.flush())
  }
}
