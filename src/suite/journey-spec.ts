/**
 * What an iteration of a scenario does, as the rest of the program sees it. Every scenario has steps and branches: one
 * of each where it fires a single task; one branch with all steps for a journey; a branch for each part of a mix.
 */

import type { TaskSpec } from './task-spec.ts'

/** Time that passes for a user, in milliseconds. */
export type Pause =
  | { readonly kind: 'constant'; readonly ms: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  /** Never less than 0: what falls below counts as 0. */
  | { readonly kind: 'normal'; readonly meanMs: number; readonly stddevMs: number }

/** Where in an answer a value is found. */
export type AnswerPart =
  /** JSONPath (RFC 9535), of which the first match counts. */
  | { readonly kind: 'json'; readonly path: string }
  /** Name in lower case. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  /** Matched against the body; its first group, or all of the match where it has none. */
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'body' }
  | { readonly kind: 'status' }
  /** Service time in milliseconds. */
  | { readonly kind: 'duration' }

/** A value that later templates of the iteration may name. Nothing found fails the step, unless there is a default. */
export interface Extraction {
  readonly name: string
  readonly part: AnswerPart
  readonly default: string | null
  /** Whether it stays on its node also where others are given to all nodes: results of a setup. */
  readonly secret: boolean
}

/** What is asked of a value. The texts to be equal to, to differ from and to be contained are templates. */
export type Test =
  | { readonly kind: 'exists' | 'absent' }
  | { readonly kind: 'equals' | 'differs' | 'contains' | 'matches'; readonly text: string }
  | { readonly kind: 'below' | 'atMost' | 'above' | 'atLeast'; readonly number: number }
  /** Inclusive ranges, of which one must hold the value. */
  | { readonly kind: 'within'; readonly ranges: readonly (readonly [number, number])[] }

/** One check of an answer. A step with a check that does not hold has failed, with the kind `check`. */
export interface Expectation {
  /** As the report names it: unique in its step. */
  readonly name: string
  readonly part: AnswerPart
  readonly test: Test
}

/** Whether a step is taken: its template, filled in, against a test. A value that is not there is an empty text. */
export interface Condition {
  readonly template: string
  readonly test: Test
}

export interface Step {
  /** Unique in its scenario. */
  readonly name: string
  /** Groups it stands in, outermost first, joined by `/`; empty for none. */
  readonly group: string
  /** Its own and its scenario's. */
  readonly tags: Readonly<Record<string, string>>
  /** Its parameters may have templates. */
  readonly task: TaskSpec
  readonly when: Condition | null
  /** How many times it is taken, one after the other; at least 1. */
  readonly repeat: number
  /** Whether the iteration goes on after it has failed. */
  readonly continueOnError: boolean
  readonly extract: readonly Extraction[]
  readonly expect: readonly Expectation[]
  /** After it, unless it is the last of the iteration. */
  readonly think: Pause | null
}

/** A condition of a group, asked before each round of it. */
export interface Guard {
  /** Place of the round's first step in its branch. */
  readonly at: number
  /** Place at which the iteration goes on where the condition does not hold: after the round. */
  readonly to: number
  readonly when: Condition
}

/** One course that an iteration may take. */
export interface Branch {
  /** Relative to the others'; a positive integer. */
  readonly weight: number
  /** Indexes of its steps in the scenario, in order. Those of a group that repeats are there as often as it does. */
  readonly steps: readonly number[]
  /** By place, outer before inner; missing where no group has a condition. */
  readonly guards?: readonly Guard[]
}

/** What the iterations of a scenario may do. */
export interface Journey {
  readonly steps: readonly Step[]
  readonly branches: readonly Branch[]
}

/**
 * Whether an iteration may be other than one request, so that iterations are counted beside requests: there are several
 * steps, or the only one repeats or may be left out.
 */
export function hasIterations({ steps, branches }: Journey): boolean {
  const [only, ...others] = steps
  if (only === undefined || others.length > 0 || only.repeat > 1 || only.when !== null) return true
  return branches[0]?.steps.length !== 1 || branches[0].guards !== undefined
}
