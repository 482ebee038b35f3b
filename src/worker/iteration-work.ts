/** What goes along with the iterations of one scenario on one thread, beside firing and counting: values and cookies. */

import type { StepPort } from '../journey/lane.ts'
import type { Values } from '../journey/text.ts'
import type { Condition } from '../suite/journey-spec.ts'
import type { Lacking } from './holding-lane.ts'
import type { NamedValues } from './messages.ts'

/** What is known of the requests of a step by those who count them. */
export interface StepTimes {
  /** Time since a request was sent, in milliseconds. */
  elapsedMs(ticket: number): number
  /** An expectation, by its index, held or did not. */
  checked(ticket: number, index: number, held: boolean): void
}

export interface IterationWork {
  /** Whether there is anything to do with iterations; else their beginnings need not be told. */
  readonly isNeeded: boolean
  /** Values that stay the same in the whole run. */
  readonly fixed: Values
  /**
   * Gets ready; before the tasks of all steps, once.
   *
   * @throws VajraError `TASK_SETUP_FAILED` when the node lacks something
   */
  setup(): Promise<void>
  /** What the suite's setup gave is there: before the start. */
  takeSetup(values: NamedValues): void
  /** What answers gave to the latest iterations, by name. */
  given(): NamedValues
  /** What of what it uses no earlier scenario has stored on this thread; null for nothing. */
  lacks(): Lacking | null
  /** An iteration begins, under a ticket that another one may have had before. */
  begin(ticket: number, index: number, user: number): void
  /** Whether a condition of the scenario, of a step or of a group, holds for it now. */
  holds(ticket: number, when: Condition): boolean
  /** What there is to do with the requests of a step; undefined for nothing. */
  port(step: number, times: StepTimes): StepPort | undefined
  /** The run is over: nothing of answers is kept. */
  close(): void
}
