/** Samples in, tables out: medians of the ratios within each round, and how far they can be trusted. */

import { median } from '../../examples/support/arrivals.ts'
import { medianInterval } from '../support/median-interval.ts'
import { markdownTable } from '../support/tables.ts'
import { microsOf, type OverheadSample, type Variant } from './sample.ts'

const AIM_PERCENT = 2

const VARIANTS: readonly { readonly name: Variant; readonly title: string }[] = [
  { name: 'bare', title: 'hot path alone: everything recorded, no windows' },
  { name: 'alone', title: 'a node alone: windows, a mesh of one' },
  { name: 'mesh', title: 'a node of three: windows, and the mesh' },
]

type Micros = (sample: OverheadSample) => number

/** Fires; the only thread of the hot path alone. */
const FIRING = ['load-0', 'MainThread']

function isFiring(variant: Variant, thread: string): boolean {
  return thread === FIRING[variant === 'bare' ? 1 : 0]
}

/** What everything but the thread that fires takes for each request, in µs. */
const beside: Micros = ({ variant, threads }) =>
  Object.entries(threads).reduce((sum, [name, micros]) => (isFiring(variant, name) ? sum : sum + micros), 0)

function ratios(samples: readonly OverheadSample[], of: Variant, base: Variant): number[] {
  const at = (variant: Variant, round: number) =>
    samples.find((sample) => sample.variant === variant && sample.round === round)
  return [...new Set(samples.map(({ round }) => round))].flatMap((round) => {
    const [mine, theirs] = [at(of, round), at(base, round)]
    return mine === undefined || theirs === undefined ? [] : [microsOf(mine) / microsOf(theirs)]
  })
}

const percent = (ratio: number): string => `${((ratio - 1) * 100).toFixed(1)} %`

function added(samples: readonly OverheadSample[], of: Variant, base: Variant): string {
  const values = ratios(samples, of, base)
  if (values.length === 0) return '–'
  const { low, high } = medianInterval(values)
  return `${percent(median(values))} (${percent(low)} … ${percent(high)})`
}

/** What is shown of an aim that the interval of the median may be on both sides of. */
function verdict(samples: readonly OverheadSample[]): string {
  const values = ratios(samples, 'mesh', 'bare')
  if (values.length === 0) return 'not measured'
  const { low, high } = medianInterval(values)
  const aim = 1 + AIM_PERCENT / 100
  if (high <= aim) return '✓'
  return low > aim ? '✗' : 'not decided'
}

export function overheadText(samples: readonly OverheadSample[]): string {
  const measured = VARIANTS.filter(({ name }) => samples.some(({ variant }) => variant === name))
  const rows = measured.map(({ name, title }) => {
    const mine = samples.filter(({ variant }) => variant === name)
    const all = mine.map(microsOf)
    const range = `${Math.min(...all).toFixed(2)} … ${Math.max(...all).toFixed(2)}`
    const others = mine.map(({ others: part }) => (part ?? 0) * 100)
    return [
      title,
      median(all).toFixed(2),
      range,
      added(samples, name, 'bare'),
      median(mine.map(beside)).toFixed(2),
      median(mine.map(({ arrived }) => arrived)).toLocaleString('en', { maximumFractionDigits: 0 }),
      median(others).toFixed(1),
      `${mine.length}`,
    ]
  })
  const head = [
    'what',
    'CPU µs/request',
    'least … most',
    'over the hot path (95 %)',
    'beside the firing thread, µs',
    'requests/s',
    'others, %',
    'n',
  ]
  return [
    markdownTable(head, rows),
    `Windows and mesh add ${added(samples, 'mesh', 'bare')} to the hot path; aim: at most ${AIM_PERCENT} %: ${verdict(samples)}.`,
    `The mesh adds ${added(samples, 'mesh', 'alone')} to a node alone. Medians of the ratios within each round, and bounds that hold the true median with 95 %.`,
    disturbedText(samples),
    threadTable(samples),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function disturbedText(samples: readonly OverheadSample[]): string {
  const lines = samples.flatMap(({ variant, round, disturbance }) =>
    disturbance === null ? [] : [`- round ${round}, ${variant}: ${disturbance}`],
  )
  return lines.length === 0 ? '' : `Disturbed each time it was measured:\n\n${lines.join('\n')}`
}

function threadTable(samples: readonly OverheadSample[]): string {
  const names = [...new Set(samples.flatMap(({ threads }) => Object.keys(threads)))]
  const rows = names
    .map((name) => {
      const each = VARIANTS.map(({ name: variant }) => {
        const mine = samples.filter((sample) => sample.variant === variant)
        return mine.length === 0 ? 0 : median(mine.map(({ threads }) => threads[name] ?? 0))
      })
      return [name, ...each.map((micros) => micros.toFixed(3))]
    })
    .filter(([, ...each]) => each.some((micros) => Number(micros) >= 0.001))
  return markdownTable(['thread, CPU µs/request', ...VARIANTS.map(({ name }) => name)], rows)
}
