/** What a node keeps in its store, as `src/store` does: it outlives the process, unless the disk is lost too. */

import { LIMITS } from '../../src/base/limits.ts'
import { rangesOf } from '../../src/base/ranges.ts'
import type { Input } from '../../src/coordination/io.ts'
import type { RunRecord } from '../../src/coordination/messages.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import { WITHSTANDS } from './withstands.ts'
import type { ModelWindow } from './worker-model.ts'

/** Windows of one run: by boot id, then sequence. */
type HeldWindows = Map<string, Map<number, ModelWindow>>

export class Disk {
  readonly records = new Map<string, RunRecord>()
  /** Boot ids of the processes that had it, the newest first, as `src/store/lives.ts` keeps them. */
  #lives: readonly string[] = []
  readonly #tables = new Map<string, ShareTable>()
  readonly #windows = new Map<string, HeldWindows>()

  /** A process takes it over. @returns boot ids of those before it, which are gone for certain */
  boot(bootId: string): readonly string[] {
    const former = this.#lives
    this.#lives = [bootId, ...former].slice(0, LIMITS.formerLives)
    return former
  }

  /** Its machine has gone down: what is up again might be a copy of it. */
  forgetLives(): void {
    this.#lives = []
  }

  putRun(record: RunRecord): void {
    this.records.set(record.runId, record)
  }

  putTable(table: ShareTable): void {
    this.#tables.set(table.runId, table)
  }

  /** Keeps a window once; one that says something else under the same identity is a contradiction, and not kept. */
  putWindow(runId: string, bootId: string, window: ModelWindow): 'stored' | 'known' | 'contradiction' {
    const ofRun: HeldWindows = this.#windows.get(runId) ?? new Map()
    const ofNode = ofRun.get(bootId) ?? new Map<number, ModelWindow>()
    const known = ofNode.get(window.sequence)
    if (known !== undefined) return known === window ? 'known' : 'contradiction'
    this.#windows.set(runId, ofRun.set(bootId, ofNode.set(window.sequence, window)))
    return 'stored'
  }

  window(runId: string, bootId: string, sequence: number): ModelWindow | undefined {
    return this.#windows.get(runId)?.get(bootId)?.get(sequence)
  }

  windowsOf(runId: string, bootId: string): Iterable<ModelWindow> {
    return this.#windows.get(runId)?.get(bootId)?.values() ?? []
  }

  /** What a core is told at boot, as `src/node/restore-runs.ts` does. */
  restored(): Input[] {
    if (!WITHSTANDS.restartUnknowing) {
      for (const runId of [...this.records.keys()]) if (!this.#tables.has(runId)) this.records.delete(runId)
    }
    return [...this.records.values()].map((record) => {
      const held = [...(this.#windows.get(record.runId) ?? [])].map(
        ([bootId, windows]) => [bootId, rangesOf(windows.keys())] as const,
      )
      return { kind: 'restore', record, table: this.#tables.get(record.runId) ?? null, held: new Map(held) }
    })
  }
}
