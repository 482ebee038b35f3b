/** Has each variant fire for a short span, and says what it took and what disturbed it. */

import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../examples/support/cluster.ts'
import { busyMs } from '../support/process-tree.ts'
import { untilQuiet } from '../support/quiet.ts'
import { runDelayMs, threadUsage, usedBetween } from '../support/thread-usage.ts'
import type { OverheadSample, Variant } from './sample.ts'
import { fire, type NodeOf, type Setting } from './variants.ts'

/** From the first request of a round until measuring begins. */
const SETTLE_MS = 3000
const AFTER_MS = 500

/** Parts of the span from which on a measurement is disturbed: by others on the generator's CPU, and on the target's. */
const OTHERS_LIMIT = 0.03
const WAITED_LIMIT = 0.1
/** Disturbed measurements are made anew so many times; the last one is kept, whatever it was. */
const REPEATS = 2

type Span = Omit<OverheadSample, 'variant' | 'round' | 'disturbance'>

/** @param disturbed told of each measurement that is made anew, and why */
export async function measureOverhead(
  variant: Variant,
  setting: Setting,
  disturbed: (why: string) => void,
): Promise<Omit<OverheadSample, 'variant' | 'round'>> {
  for (let repeated = 0; ; repeated++) {
    await untilQuiet(setting.pinning)
    const span = await measureOnce(variant, setting)
    const disturbance = disturbanceOf(span)
    if (disturbance === null || repeated === REPEATS) return { ...span, disturbance }
    disturbed(disturbance)
  }
}

function disturbanceOf({ others, targetWaited }: Span): string | null {
  const percent = (part: number): string => `${(part * 100).toFixed(0)} %`
  if (others !== null && others > OTHERS_LIMIT) return `others had ${percent(others)} of the generator's CPU`
  if (targetWaited > WAITED_LIMIT) return `the target waited for its CPU ${percent(targetWaited)} of the time`
  return null
}

async function measureOnce(variant: Variant, setting: Setting): Promise<Span> {
  if (variant !== 'bare') return measureNode(setting, setting[variant])
  const { bare, nginx } = setting
  const before = await nginx.count()
  bare.process.kill('SIGCONT')
  try {
    return await measureSpan(setting, before, bare.process.pid!)
  } finally {
    bare.process.kill('SIGSTOP')
  }
}

async function measureNode(setting: Setting, firing: NodeOf): Promise<Span> {
  const { nginx, seconds } = setting
  const before = await nginx.count()
  let span: Promise<Span> | undefined
  await fire(firing, nginx, SETTLE_MS + seconds * 1000 + AFTER_MS, () => {
    span = measureSpan(setting, before, firing.node.process.pid!)
    return span
  })
  return span!
}

/** What a process uses from when it has settled until the span is over. */
async function measureSpan({ nginx, seconds, pinning }: Setting, before: number, pid: number): Promise<Span> {
  await until('the first request', 20_000, async () => (await nginx.count()) > before)
  await sleep(SETTLE_MS)
  const cpu = pinning.generator.at(-1)
  const read = async () => {
    const count = await nginx.count()
    const busy = cpu === undefined ? null : busyMs(Number(cpu))
    return { at: performance.now(), count, used: threadUsage(pid), busy, waited: runDelayMs(nginx.pid) }
  }
  const from = await read()
  await sleep(seconds * 1000)
  const to = await read()
  const [ms, requests] = [to.at - from.at, to.count - from.count]
  const used = usedBetween(from.used, to.used)
  const all = [...used.values()].reduce((sum, each) => sum + each, 0)
  return {
    arrived: (requests * 1000) / ms,
    threads: Object.fromEntries([...used].map(([name, each]) => [name, (each * 1000) / requests])),
    others: from.busy === null || to.busy === null ? null : Math.max(0, (to.busy - from.busy - all) / ms),
    targetWaited: (to.waited - from.waited) / ms,
  }
}
