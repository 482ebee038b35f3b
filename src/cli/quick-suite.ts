/** A suite from the flags of `vajra quick`: what a user would have written for one URL. */

import type { SuiteSource } from '../api/node-port.ts'
import { type Problem, VajraError } from '../base/errors.ts'
import type { Settings } from './flag-table.ts'
import { optionError } from './settings.ts'

export const QUICK_FLAGS = [
  'rate',
  'duration',
  'users',
  'stages',
  'warmup',
  'arrivals',
  'think-time',
  'method',
  'header',
  'body',
] as const

export type QuickSettings = Settings<(typeof QUICK_FLAGS)[number]>

const DEFAULT_DURATION = '10s'
const DEFAULT_RATE = '50/s'

/**
 * @param url absolute; `host:port/path` is taken for http
 * @throws VajraError OPTION_INVALID when flags contradict each other
 */
export function quickSuite(url: string, settings: QuickSettings): SuiteSource {
  const { method, header, body } = settings
  const document = {
    name: 'quick',
    scenarios: [
      {
        name: 'quick',
        load: quickLoad(settings),
        http: {
          method: (method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase(),
          url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`,
          ...(header.length > 0 && { headers: Object.fromEntries(header) }),
          ...(body !== undefined && { body }),
        },
      },
    ],
  }
  return { text: JSON.stringify(document), format: 'json' }
}

function quickLoad(settings: QuickSettings): Readonly<Record<string, unknown>> {
  const { rate, users, stages, duration, warmup, arrivals } = settings
  const thinkTime = settings['think-time']
  const kinds = [rate !== undefined && '--rate', users !== undefined && '--users', stages.length > 0 && '--stages']
  const given = kinds.filter((name) => name !== false)
  if (given.length > 1) contradiction(given.join(' and '), 'give one of --rate, --users and --stages')
  const common = { ...(warmup !== undefined && { warmup }) }
  if (users !== undefined) {
    if (arrivals !== undefined)
      contradiction('--users and --arrivals', 'users wait for answers; arrivals go with --rate')
    return { users, duration: duration ?? DEFAULT_DURATION, ...(thinkTime !== undefined && { thinkTime }), ...common }
  }
  if (thinkTime !== undefined)
    contradiction('--think-time without --users', 'think time is a pause of users: add --users')
  const open = { ...(arrivals !== undefined && { arrivals }), ...common }
  if (stages.length === 0)
    return { rate: withUnit(rate ?? DEFAULT_RATE), duration: duration ?? DEFAULT_DURATION, ...open }
  if (duration !== undefined) contradiction('--stages and --duration', 'the stages have durations of their own')
  return { stages: stages.map(readStage), ...open }
}

/** `500` means 500 a second, as in other tools. */
function withUnit(rate: string): string {
  return /^\d+(\.\d+)?$/.test(rate) ? `${rate}/s` : rate
}

function readStage(text: string): { readonly duration: string; readonly rate: string } {
  const [duration = '', rate = '', ...rest] = text.split(':')
  if (duration === '' || rate === '' || rest.length > 0) {
    const hint = 'write DURATION:RATE, such as 10s:500'
    throw optionError([{ path: 'flag --stages', message: `${JSON.stringify(text)} is not a stage`, hint }])
  }
  return { duration, rate: withUnit(rate) }
}

function contradiction(what: string, hint: string): never {
  throw optionError([{ path: '', message: `${what} contradict each other`.replace('without', 'and no'), hint }])
}

/** Where each flag ends up in the suite, for telling a suite's problems in terms of flags. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^scenarios\[0\]\.load\.rate/, 'flag --rate'],
  [/^scenarios\[0\]\.load\.users/, 'flag --users'],
  [/^scenarios\[0\]\.load\.stages/, 'flag --stages'],
  [/^scenarios\[0\]\.load\.duration/, 'flag --duration'],
  [/^scenarios\[0\]\.load\.warmup/, 'flag --warmup'],
  [/^scenarios\[0\]\.load\.thinkTime/, 'flag --think-time'],
  [/^scenarios\[0\]\.http\.method/, 'flag --method'],
  [/^scenarios\[0\]\.http\.headers/, 'flag --header'],
  [/^scenarios\[0\]\.http\.body/, 'flag --body'],
  [/^scenarios\[0\]\.http(\.url)?$/, 'URL'],
]

/** A suite error as an error of the flags it came from. */
export function aboutFlags(thrown: unknown): unknown {
  if (!(thrown instanceof VajraError) || thrown.code !== 'SUITE_INVALID') return thrown
  return optionError(
    thrown.problems.map((problem): Problem => {
      const place = PLACES.find(([pattern]) => pattern.test(problem.path))
      return place === undefined ? problem : { ...problem, path: place[1] }
    }),
  )
}
