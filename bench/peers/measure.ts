/** Runs one tool once and measures it from outside, in the same way whatever the tool. */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DelayShape } from '../support/delay-shape.ts'
import type { ExactLog, ExactTarget } from '../support/exact-target-process.ts'
import { busyMs } from '../support/process-tree.ts'
import { delays, gaps, quantile } from '../support/quantiles.ts'
import { runDelayMs } from '../support/thread-usage.ts'
import type { Measured } from './sample.ts'
import type { Command, Task, Tool } from './tool.ts'
import { type Ended, ToolProcess } from './tool-process.ts'

/** From the first request until measuring begins: connections are opened and code is compiled meanwhile. */
export const SETTLE_MS = 1300
/** After measuring the tool goes on so long at least, so that its end is not in it. */
const AFTER_MS = 500

/** How long a tool may take from its start to its first request. */
const START_MS = 20_000

export interface Bench {
  /** For the tools' files. */
  readonly folder: string
  readonly inside: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly connections: number
  /** Measured span of each run. */
  readonly seconds: number
}

/** What of a target is needed while a tool fires at it. */
export interface CountingTarget {
  readonly url: string
  /** Its process. */
  readonly pid: number
  count(): Promise<number>
}

/** Whole seconds, because some tools take no others. */
function runSeconds(seconds: number): number {
  return Math.ceil(seconds + (SETTLE_MS + AFTER_MS) / 1000)
}

/** As fast as its connections allow. */
export async function measureClosed(bench: Bench, tool: Tool, target: CountingTarget): Promise<Measured> {
  return measureRun(bench, tool, target, null, runSeconds(bench.seconds), false, null)
}

/**
 * At a rate, or as fast as it can if it cannot keep one, at a target with known delays.
 *
 * @param wholeSeconds length of a run that is to be reported as a whole; null: as long as measuring takes
 */
export async function measureExactly(
  bench: Bench,
  tool: Tool,
  target: ExactTarget,
  rate: number | null,
  shape: Partial<DelayShape>,
  wholeSeconds: number | null,
): Promise<Measured> {
  await target.begin(shape)
  const seconds = wholeSeconds ?? runSeconds(bench.seconds)
  return measureRun(bench, tool, target, rate, seconds, wholeSeconds !== null, () => target.log())
}

async function measureRun(
  bench: Bench,
  tool: Tool,
  target: CountingTarget,
  rate: number | null,
  seconds: number,
  whole: boolean,
  log: (() => Promise<ExactLog>) | null,
): Promise<Measured> {
  const folder = mkdtempSync(join(bench.folder, 'tool-'))
  const task: Task = { url: target.url, connections: bench.connections, seconds, rate, whole, folder }
  const command: Command | undefined = rate === null ? tool.closed?.(task) : tool.open?.(task)
  if (command === undefined) throw new Error(`${tool.name} cannot do this`)
  const before = await target.count()
  const run = new ToolProcess(command, bench.inside, bench.env, folder)
  try {
    const span = await measureSpan(run, target, before, bench)
    const ended = await run.ended
    const report = readReport(tool, ended)
    return {
      arrived: (span.requests * 1000) / span.ms,
      cpuMicros: (span.cpuMs * 1000) / span.requests,
      aroundCpuMs: ended.cpuMs - span.cpuMs,
      peakMb: ended.peakMb,
      othersPercent: span.othersMs === null ? null : Math.max(0, (100 * span.othersMs) / span.ms),
      targetWaitedPercent: (100 * span.waitedMs) / span.ms,
      report,
      ...(log === null ? { known: null, gapP99Micros: null } : knownFrom(await log(), bench.seconds * 1000)),
    }
  } finally {
    run.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What happens from when the tool has settled until the span is over: counted by the target and by Linux, not by the tool. */
async function measureSpan(
  run: ToolProcess,
  target: CountingTarget,
  before: number,
  { inside, seconds }: Bench,
): Promise<{
  readonly ms: number
  readonly requests: number
  readonly cpuMs: number
  readonly othersMs: number | null
  readonly waitedMs: number
}> {
  const cpu = inside.at(-1)
  const busy = (): number | null => (cpu === undefined ? null : busyMs(Number(cpu)))
  const deadline = performance.now() + START_MS
  while (run.isAlive && (await target.count()) === before) {
    if (performance.now() > deadline) throw new Error(`no request within ${START_MS / 1000} s`)
    await sleep(20)
  }
  await sleep(SETTLE_MS)
  const [from, usageFrom, busyFrom, waitedFrom] = [await countAt(target), run.usage(), busy(), runDelayMs(target.pid)]
  await sleep(seconds * 1000)
  const [to, usageTo, busyTo, waitedTo] = [await countAt(target), run.usage(), busy(), runDelayMs(target.pid)]
  if (!run.isAlive) {
    const { code, stderr } = await run.ended
    throw new Error(`it ended early, with ${code}: ${stderr.trim().split('\n').at(-1)}`)
  }
  const cpuMs = usageTo.cpuMs - usageFrom.cpuMs
  const othersMs = busyFrom === null || busyTo === null ? null : busyTo - busyFrom - cpuMs
  const waitedMs = waitedTo - waitedFrom
  return { ms: to.at - from.at, requests: to.count - from.count, cpuMs, othersMs, waitedMs }
}

async function countAt(target: CountingTarget): Promise<{ readonly at: number; readonly count: number }> {
  const count = await target.count()
  return { at: performance.now(), count }
}

function readReport(tool: Tool, ended: Ended): Measured['report'] {
  try {
    return tool.parse(ended)
  } catch (error) {
    const last = `${ended.stderr}\n${ended.stdout}`.trim().split('\n').at(-1)
    throw new Error(`its report cannot be read (${String(error)}); its last line: ${last}`)
  }
}

/** Delays and distances over the measured span, as the target logged them. */
function knownFrom(log: ExactLog, spanMs: number): Pick<Measured, 'known' | 'gapP99Micros'> {
  const all = delays(log)
  const from = log.arrivals[0]! + SETTLE_MS
  const between = gaps(log.arrivals.filter((at) => at >= from && at < from + spanMs)).sort()
  return {
    known: { p50: quantile(all, 0.5), p99: quantile(all, 0.99), max: all.at(-1) ?? Number.NaN },
    gapP99Micros: quantile(between, 0.99) * 1000,
  }
}
