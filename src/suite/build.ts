/**
 * From a checked document to the suite the rest of the program works with: defaults filled in, URLs absolute, times of
 * scenarios laid out.
 */

import type { PlacedShapedAuth } from './auth-spec.ts'
import { buildLoad, loadLength } from './build-load.ts'
import { buildSources, buildUses, withData } from './data-build.ts'
import type { DataFile } from './data-spec.ts'
import { buildJourney, type JourneySurroundings } from './journey-build.ts'
import type { Journey } from './journey-spec.ts'
import { DEFAULT_ONCE_MS } from './once.ts'
import type { ShapedScenario, ShapedSuite } from './shape.ts'
import type { CookieLife, Load, Scenario, Suite, Threshold } from './spec.ts'
import { parseAbsoluteUrl } from './url.ts'

const DEFAULT_GRACEFUL_STOP_MS = 30_000

/**
 * Builds the suite. Only for documents without problems.
 *
 * @param taskNames the tasks that can be selected beside `http`
 * @param files what is known of the contents of data files
 */
export function buildSuite(shaped: ShapedSuite, taskNames: readonly string[], files: readonly DataFile[] = []): Suite {
  const target = shaped.target === undefined ? undefined : parseAbsoluteUrl(shaped.target)
  const mode = shaped.mode ?? 'parallel'
  const data = buildSources(shaped, files)
  const uses = buildUses(shaped, data)
  const scenarios: Scenario[] = []
  let startMs = 0
  const auth: PlacedShapedAuth = { shaped: shaped.auth, path: ['auth'] }
  const surroundings = { taskNames, target: target?.ok ? target.value : undefined, auth }
  for (const [index, each] of shaped.scenarios.entries()) {
    const journey = buildJourney(each, ['scenarios', index], surroundings)
    const scenario = buildScenario(each, journey, startMs)
    scenarios.push(withData(scenario, data, uses[index]!))
    if (mode === 'sequential') startMs += scenario.durationMs + (each.delayAfter ?? 0)
  }
  return {
    name: shaped.name,
    mode,
    onNodeLoss: shaped.onNodeLoss ?? 'redistribute',
    shares: shaped.shares ?? 'equal',
    gracefulStopMs: shaped.gracefulStop ?? DEFAULT_GRACEFUL_STOP_MS,
    scenarios,
    ...buildOnce('setup', shaped.setup, shaped.setupTimeout, surroundings),
    ...buildOnce('teardown', shaped.teardown, shaped.teardownTimeout, surroundings),
    thresholds: buildThresholds(shaped.thresholds ?? {}),
    ...buildValues(shaped),
    ...(data.length > 0 && { data }),
    durationMs: Math.max(...scenarios.map((scenario) => scenario.startMs + scenario.durationMs)),
  }
}

function buildOnce(
  name: 'setup' | 'teardown',
  steps: ShapedSuite['setup'],
  timeoutMs: number = DEFAULT_ONCE_MS,
  surroundings: JourneySurroundings,
): Pick<Suite, typeof name> {
  if (steps === undefined) return {}
  // It has steps as a scenario has; its load is none of the suite's.
  const shaped = { name, steps } as unknown as ShapedScenario
  return { [name]: { ...buildJourney(shaped, [name], surroundings), timeoutMs } }
}

function buildScenario(shaped: ShapedScenario, { steps, branches }: Journey, startMs: number): Scenario {
  const load = buildLoad(shaped.load, shaped.maxInFlight)
  const { name, pacing = 0, store, use } = shaped
  const cookies = buildCookies(shaped, load)
  return {
    name,
    startMs,
    durationMs: loadLength(load),
    load,
    steps,
    branches,
    pacingMs: pacing,
    ...(cookies === undefined ? {} : { cookies }),
    ...(store === undefined ? {} : { store }),
    ...(use === undefined ? {} : { use }),
  }
}

function buildCookies({ cookies, steps, mix }: ShapedScenario, { model }: Load): CookieLife | undefined {
  const wanted = cookies ?? (steps !== undefined || mix !== undefined)
  if (wanted === false) return undefined
  return wanted === 'iteration' || model === 'open' ? 'iteration' : 'user'
}

function buildValues({ variables, env }: ShapedSuite): Pick<Suite, 'variables' | 'env'> {
  const texts = Object.entries(variables ?? {}).map(([name, value]) => [name, String(value)] as const)
  return {
    ...(texts.length === 0 ? {} : { variables: Object.fromEntries(texts) }),
    ...(env === undefined ? {} : { env }),
  }
}

function buildThresholds(thresholds: NonNullable<ShapedSuite['thresholds']>): Threshold[] {
  return Object.entries(thresholds).flatMap(([metric, list]) =>
    list.map((item) => {
      const {
        threshold,
        abortOnFail = false,
        delayAbortEval = 0,
      } = typeof item === 'string' ? { threshold: item } : item
      return { metric, expression: threshold, abortOnFail, delayAbortEvalMs: delayAbortEval }
    }),
  )
}
