/** What goes along with the iterations of one scenario on one thread, beside firing and counting: values and cookies. */

import type { StepPort } from './task-port.ts'

/** What is known of the requests of a step by those who count them. */
export interface StepTimes {
  /** Time since a request was sent, in milliseconds. */
  elapsedMs(ticket: number): number
}

export interface IterationWork {
  /** An iteration begins, under a ticket that another one may have had before. */
  begin(ticket: number, index: number, user: number): void
  /** Whether it takes a step that has a condition. */
  takes(ticket: number, step: number): boolean
  /** What there is to do with the requests of a step; undefined for nothing. */
  port(step: number, times: StepTimes): StepPort | undefined
}
