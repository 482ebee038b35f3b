/**
 * All windows of a run that are held, added up for its report: by scenario and step, by node, and by second. Each
 * batch counts once and only if it belongs to the run, so neither order nor repetition shows.
 */

import type { RunMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { addSequence, hasSequence, NO_RANGES, type Ranges } from '../base/ranges.ts'
import type { Suite } from '../suite/spec.ts'
import { type Accounts, accountsOf, addAccounts, NO_ACCOUNTS } from './accounts.ts'
import { GeneratorTally } from './generator-tally.ts'
import { type IterationSteps, iterationSteps, requestsOf } from './iterations.ts'
import type { Participation, ReportHeader } from './report-document.ts'
import { isKnown, SuiteTallies } from './suite-tallies.ts'
import { type PlannedThreshold, plannedThresholds } from './threshold-plan.ts'
import { ThresholdTallies } from './threshold-tallies.ts'
import { Timeline } from './timeline.ts'
import { addCounts, type Counts, type Window, type WindowBatch, ZERO_COUNTS } from './window.ts'

/** What is held of one node. */
export interface HeldNode {
  readonly participation: Participation
  sequences: Ranges
  /** Requests sent, warm-up included. */
  requests: number
  /** Run times of the first and last send; -1 when there is none. */
  firstAt: RunMs
  lastAt: RunMs
  readonly generator: GeneratorTally
  /** Counts by scenario and step; at the number of steps, those of iterations. */
  readonly counts: Counts[][]
}

export class HeldWindows {
  readonly tallies: SuiteTallies
  readonly timeline: Timeline
  readonly thresholds: readonly PlannedThreshold[]
  readonly thresholdTallies: ThresholdTallies
  readonly nodes: readonly HeldNode[]
  /** Largest sequence held; -1 when there is none. */
  newest = -1
  readonly #header: ReportHeader
  readonly #suite: Suite
  readonly #iterationSteps: IterationSteps
  readonly #byBootId: ReadonlyMap<BootId, HeldNode>

  constructor(header: ReportHeader, suite: Suite) {
    this.#header = header
    this.#suite = suite
    this.#iterationSteps = iterationSteps(suite)
    this.tallies = new SuiteTallies(suite)
    this.timeline = new Timeline(header.participants)
    this.thresholds = plannedThresholds(suite)
    // What is not of one node is the sum of what is kept of the steps.
    this.thresholdTallies = new ThresholdTallies(suite, this.thresholds, ({ scope }) => scope.node !== null)
    this.nodes = header.participants.map((participation) => ({
      participation,
      sequences: NO_RANGES,
      requests: 0,
      firstAt: -1,
      lastAt: -1,
      generator: new GeneratorTally(),
      counts: suite.scenarios.map(() => []),
    }))
    this.#byBootId = new Map(this.nodes.map((node) => [node.participation.bootId, node]))
  }

  /**
   * Adds a batch, unless it is another run's, its node did not take part, its second is not one of that node's, or it
   * is there already.
   */
  add(batch: WindowBatch): void {
    const { runId, bootId, sequence } = batch
    const node = this.#byBootId.get(bootId)
    if (node === undefined || runId !== this.#header.runId) return
    const { firstSequence, lastSequence } = node.participation
    if (sequence < firstSequence || sequence > lastSequence || hasSequence(node.sequences, sequence)) return
    node.sequences = addSequence(node.sequences, sequence)
    this.newest = Math.max(this.newest, sequence)
    const windows = batch.windows.filter((window) => isKnown(window, this.#suite))
    const requests = windows.map((window) => requestsOf(window, this.#iterationSteps))
    this.timeline.add(sequence, requests)
    node.generator.add({ ...batch, windows: requests })
    this.thresholdTallies.add(node.participation.node, { ...batch, windows })
    for (const [index, window] of windows.entries()) {
      this.tallies.add(window)
      addToNode(node, window, requests[index]!)
    }
  }

  /**
   * Accounts of one step, or of iterations, over all nodes.
   *
   * @param step the number of steps for iterations
   * @param settled no further windows can come
   * @param name of the nodes that count; null for all
   */
  accounts(scenario: number, step: number, settled: boolean, name: string | null = null): Accounts {
    return this.nodes
      .filter(({ participation }) => name === null || participation.node === name)
      .map(({ counts, participation }) =>
        accountsOf(counts[scenario]![step] ?? ZERO_COUNTS, settled || participation.lostAt !== null),
      )
      .reduce(addAccounts, NO_ACCOUNTS)
  }
}

/** @param requests what the window says of requests */
function addToNode(node: HeldNode, window: Window, requests: Window): void {
  const steps = node.counts[window.scenario]!
  steps[window.step] = addCounts(steps[window.step] ?? ZERO_COUNTS, window.counts)
  node.requests += requests.counts.sent + requests.warmup.sent
  if (window.firstAt === -1 && window.lastAt === -1) return
  const none = node.firstAt === -1 && node.lastAt === -1
  node.firstAt = none ? window.firstAt : Math.min(node.firstAt, window.firstAt)
  node.lastAt = none ? window.lastAt : Math.max(node.lastAt, window.lastAt)
}
