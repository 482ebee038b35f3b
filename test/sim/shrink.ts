/**
 * Makes a failing plan smaller while it still breaks the same rule: fewer faults, runs and hosts, shorter, with a better
 * network and better clocks. What is left is what matters.
 */

import { GOOD_QUALITY, type HostPlan, type Plan } from './plan.ts'
import type { Rule } from './violation.ts'

/** The rule a plan breaks; null when it breaks none. */
export type Judge = (plan: Plan) => Rule | null

export interface Shrunk {
  readonly plan: Plan
  /** Plans played. */
  readonly tried: number
}

/**
 * @param plan breaks a rule
 * @param most how many plans may be played
 */
export function shrink(plan: Plan, judge: Judge, most = 400): Shrunk {
  const rule = judge(plan)
  let best = plan
  let tried = 1
  for (let improved = true; improved && tried < most; ) {
    improved = false
    for (const candidate of simpler(best)) {
      if (tried++ >= most) break
      if (judge(candidate) !== rule) continue
      best = candidate
      improved = true
      break
    }
  }
  return { plan: best, tried }
}

/** Plans that are simpler by one step, the boldest first. */
function* simpler(plan: Plan): Generator<Plan> {
  yield* fewer(plan.faults).map((faults) => ({ ...plan, faults }))
  for (const [index, { bootsAt }] of plan.hosts.entries()) {
    if (bootsAt !== null) yield withHost(plan, index, { bootsAt: null })
  }
  if (plan.runs.length > 1) for (const runs of fewer(plan.runs)) if (runs.length > 0) yield { ...plan, runs }
  if (JSON.stringify(plan.quality) !== JSON.stringify(GOOD_QUALITY)) yield { ...plan, quality: GOOD_QUALITY }
  yield* calmer(plan)
  yield* shorter(plan)
}

/** Without the second half, the first half, every quarter, …, every single one. */
function fewer<T>(items: readonly T[]): (readonly T[])[] {
  const results: (readonly T[])[] = []
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = items.length - size; from > -size; from -= size) {
      results.push([...items.slice(0, Math.max(0, from)), ...items.slice(from + size)])
    }
  }
  return results
}

function withHost(plan: Plan, index: number, change: Partial<HostPlan>): Plan {
  return { ...plan, hosts: plan.hosts.map((host, i) => (i === index ? { ...host, ...change } : host)) }
}

/** Good clocks and equal machines. */
function* calmer(plan: Plan): Generator<Plan> {
  const plain = { driftPpm: 0, offsetMs: 0, wallOffsetMs: 0, priority: 0 }
  const isPlain = (host: HostPlan) =>
    Object.entries(plain).every(([key, value]) => host[key as keyof HostPlan] === value)
  if (!plan.hosts.every(isPlain)) yield { ...plan, hosts: plan.hosts.map((host) => ({ ...host, ...plain })) }
  for (const [index, host] of plan.hosts.entries()) if (!isPlain(host)) yield withHost(plan, index, plain)
}

/** Lasting faults that last half as long, shorter runs, an earlier end. */
function* shorter(plan: Plan): Generator<Plan> {
  for (const [index, fault] of plan.faults.entries()) {
    if (!('ms' in fault) || fault.ms < 200) continue
    const half = { ...fault, ms: Math.round(fault.ms / 2) }
    yield { ...plan, faults: plan.faults.map((other, i) => (i === index ? half : other)) }
  }
  for (const [index, run] of plan.runs.entries()) {
    if (run.durationMs < 2000) continue
    const half = { ...run, durationMs: Math.round(run.durationMs / 2) }
    yield { ...plan, runs: plan.runs.map((other, i) => (i === index ? half : other)) }
  }
}
