/** Tells threads what is theirs: their part of the node's slots, and the changes of the load so far. */

import type { RunMs } from '../base/clock.ts'
import type { RunId } from '../base/ids.ts'
import type { AssignedRevision, ToThread } from './messages.ts'
import type { NodeSlots } from './node-slots.ts'
import type { HeldUntil } from './releases.ts'

interface Receiver {
  readonly index: number
  post(message: ToThread): void
}

export class AssignmentPosting {
  readonly #runId: RunId
  readonly #slots: NodeSlots
  #revisions: readonly AssignedRevision[] = []
  /** Of the latest assignment: answers to earlier ones are not waited for. */
  latest = 0

  constructor(runId: RunId, slots: NodeSlots) {
    this.#runId = runId
    this.#slots = slots
  }

  /** A new assignment. @returns its id */
  begin(revisions: readonly AssignedRevision[] = this.#revisions): number {
    this.#revisions = revisions
    return ++this.latest
  }

  assign(thread: Receiver, id: number, releaseAt: RunMs, firstSequence: number): void {
    const slots = this.#slots.of(thread.index)
    thread.post({ ...this.#common(firstSequence), id, slots, releaseAt })
  }

  /** Gives a thread slots to see to up to the time from which another node has them. */
  lend(thread: Receiver, { slots, until }: HeldUntil, firstSequence: number): void {
    const common = this.#common(firstSequence)
    thread.post({ ...common, id: this.begin(), slots, releaseAt: 0 })
    const id = this.begin()
    thread.post({ ...common, id, slots: [], releaseAt: until })
    thread.post({ type: 'settle', runId: this.#runId, id, at: until })
  }

  #common(firstSequence: number) {
    return { type: 'assign', runId: this.#runId, firstSequence, revisions: this.#revisions } as const
  }
}
