/**
 * Runs whose truth is known: an exact target tells when each request arrived and when it was answered, and what is
 * reported is held against that. Both are of this machine, so that its noise is in both.
 */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type DelayShape, delayOf } from '../../bench/support/delay-shape.ts'
import { type ExactLog, ExactTarget } from '../../bench/support/exact-target-process.ts'
import { choosePinning, joinTarget } from '../../bench/support/pinning.ts'
import { delays, quantile } from '../../bench/support/quantiles.ts'
import { Cluster } from '../../examples/support/cluster.ts'
import { messageOf } from '../../src/base/errors.ts'
import type { Report } from '../../src/metrics/report-document.ts'
import { Watch } from './disturbance.ts'

/** As they are before this process keeps to the target's CPU. */
const PINNING = choosePinning()
const CPUS = availableParallelism()

const CLI = join(import.meta.dirname, '../../bin/vajra.ts')

/** A measurement that somebody else disturbed, and that is off, is made so often at most. */
export const ATTEMPTS = 3

/** A part of what is known by which what is reported may differ from it. */
const RELATIVE = 0.01
/** And milliseconds: the way over loopback, and turns of event loops. */
const ABSOLUTE_MS = 1

export interface Load {
  readonly rate: number
  readonly seconds: number
  readonly arrivals?: 'even' | 'poisson'
}

export interface Known {
  readonly report: Report
  readonly log: ExactLog
  /** Who else had the CPUs meanwhile; null for nobody. */
  readonly disturbance: string | null
}

/** Holds what is reported against what is known. @throws AssertionError */
export type Check = (known: Known) => void

export function suiteOf(url: string, { rate, seconds, arrivals = 'even' }: Load): Record<string, unknown> {
  const load = { rate: `${rate}/s`, duration: `${seconds}s`, arrivals }
  return { name: 'accuracy', scenarios: [{ name: 'only', load, http: url }] }
}

/** A target and a folder of processes, each on a CPU of its own. */
export class Laboratory {
  readonly cluster = new Cluster()
  readonly inside = PINNING
  #target: ExactTarget | undefined

  get target(): ExactTarget {
    assert.ok(this.#target, 'the laboratory is open')
    return this.#target
  }

  /** Why nothing can be measured here; null if it can. */
  static obstacle(): string | null {
    if (CPUS < 2) return 'a target and a generator need a CPU each, and there is one'
    return null
  }

  /** Opens it, or skips the suite and says why. */
  async open(context: Mocha.Context): Promise<void> {
    const obstacle = Laboratory.obstacle()
    if (obstacle !== null) {
      process.stderr.write(`accuracy: skipped: ${obstacle}\n`)
      context.skip()
    }
    joinTarget(this.inside)
    this.#target = await ExactTarget.start({ inside: this.inside.target })
  }

  async close(): Promise<void> {
    await this.cluster.close()
    await this.#target?.close()
  }

  /** A node with one load thread. */
  async startNode(name: string): Promise<void> {
    const flags = ['--no-mdns', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--workers', '1']
    const args = [CLI, 'node', '--name', name, '--json', '--data-dir', join(this.cluster.folder, name), ...flags]
    await this.cluster.ready(this.cluster.launch(name, args, {}, this.inside.generator))
  }

  #watch(): Watch {
    const generator = this.cluster.nodes.map(({ process: node }) => node.pid!)
    return new Watch(this.inside, { target: [this.target.pid], generator })
  }

  /**
   * `vajra run` with one load thread. It has its CPU to itself and is told so: left to find out, it would take one CPU for
   * too few to spin on, and wait by timers, which puts its arrivals on a grid of milliseconds.
   */
  async run(load: Load, shape: Partial<DelayShape>): Promise<Known> {
    await this.target.begin(shape)
    const watch = this.#watch()
    const file = join(this.cluster.folder, 'suite.json')
    writeFileSync(file, JSON.stringify(suiteOf(this.target.url, load)))
    const flags = ['--json', '--quiet', '--workers', '1', '--pacing', 'precise']
    const args = [CLI, 'run', file, ...flags]
    const launched = this.cluster.launch('vajra run', args, {}, this.inside.generator)
    const { code, stdout, stderr } = await this.cluster.outcome(launched, 60_000)
    assert.equal(code, 0, stderr)
    const disturbance = watch.disturbance()
    return { report: JSON.parse(stdout) as Report, log: await this.target.log(), disturbance }
  }

  /** The same on nodes that are running. */
  async runOnNodes(load: Load, shape: Partial<DelayShape>): Promise<Known> {
    await this.target.begin(shape)
    const node = this.cluster.nodes[0]!
    const watch = this.#watch()
    const runId = await this.cluster.submit(node, suiteOf(this.target.url, load))
    await this.cluster.ended(runId, 60_000)
    const disturbance = watch.disturbance()
    return { report: await this.cluster.report(node, runId), log: await this.target.log(), disturbance }
  }
}

/**
 * Measures, and again where a check fails and somebody else had the CPUs: then nobody knows whose fault it is. What is off
 * without such a cause is our fault, and is not measured again.
 *
 * @param say told of each measurement that is made again
 * @returns the last measurement; it is for the caller to hold it against the checks
 */
export async function undisturbed(
  run: () => Promise<Known>,
  checks: readonly Check[],
  say: (text: string) => void = (text) => process.stderr.write(`accuracy: ${text}\n`),
): Promise<Known> {
  for (let attempt = 1; ; attempt++) {
    const known = await run()
    const { disturbance } = known
    const failure = disturbance === null ? null : failureOf(known, checks)
    if (failure === null) return known
    const last = attempt === ATTEMPTS
    say(
      `${disturbance}, and a figure is off (${failure}); ${last ? 'it was the last attempt' : 'it is measured again'}`,
    )
    if (last) return known
  }
}

function failureOf(known: Known, checks: readonly Check[]): string | null {
  try {
    for (const check of checks) check(known)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * How late each request arrived, by the target's log, in milliseconds: behind the even arrivals of which the earliest
 * was exactly on time.
 */
export function latenessOf({ arrivals }: ExactLog, rate: number): Float64Array {
  const behind = arrivals.map((at, index) => at - (index * 1000) / rate)
  const start = behind.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  return behind.map((value) => value - start)
}

/** How long each of those waited who came evenly, from their planned start, in milliseconds, ascending. */
export function waitsOf(log: ExactLog, rate: number): Float64Array {
  const late = latenessOf(log, rate)
  return log.answers.map((answer, i) => answer - log.arrivals[i]! + late[i]!).sort()
}

/**
 * Milliseconds by which reported and known figures may differ beyond their relative part: more where the log shows that
 * the target missed its own delays, or that processes had to wait for their CPU.
 */
export function noiseOf(log: ExactLog, shape: DelayShape, rate: number): number {
  const missed = log.answers.map((answer, i) => answer - log.arrivals[i]! - delayOf(shape, i)).sort()
  const late = latenessOf(log, rate).sort()
  return ABSOLUTE_MS + Math.max(0, quantile(missed, 0.99)) + quantile(late, 0.99)
}

/** Holds a reported figure against the known one. */
export function agrees(what: string, reported: number, known: number, noiseMs: number): void {
  const most = RELATIVE * known + noiseMs
  const off = Math.abs(reported - known)
  assert.ok(off <= most, `${what}: reported ${reported} ms, known ${known.toFixed(3)} ms, ± ${most.toFixed(3)}`)
}

/** Service times as the report has them, against the delays that the target logged. */
export function serviceTimesAgree({ report, log }: Known, noiseMs: number): void {
  const known = delays(log)
  const { serviceTime } = report.totals
  for (const [name, part] of [
    ['p50', 0.5],
    ['p75', 0.75],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const)
    agrees(`service time, ${name}`, serviceTime[name], quantile(known, part), noiseMs)
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length
  agrees('service time, mean', serviceTime.mean, mean, noiseMs)
  assert.ok(serviceTime.min >= 0.999 * known[0]!, `no answer before its delay: ${serviceTime.min} ms`)
}

/** Every planned request of even arrivals arrived, was answered and is reported; nothing else was. */
export function countsAgree({ report, log }: Known, { rate, seconds }: Load): void {
  const { scheduled, sent, succeeded, dropped } = report.totals
  assert.deepEqual({ sent, succeeded, dropped }, { sent: scheduled, succeeded: scheduled, dropped: 0 })
  assert.equal(log.arrivals.length, sent)
  assert.equal(scheduled, rate * seconds)
}
