/** Samples in, tables out: medians of what each pair gave, and how far they can be trusted. */

import { median } from '../../examples/support/arrivals.ts'
import { medianInterval } from '../support/median-interval.ts'
import { markdownTable } from '../support/tables.ts'
import { addedBeside, addedToFiring, type OverheadSample, type Threads, type Variant } from './sample.ts'

const AIM = 0.02

const VARIANTS: readonly { readonly name: Variant; readonly title: string }[] = [
  { name: 'alone', title: 'a node alone: windows, a mesh of one' },
  { name: 'mesh', title: 'a node of three: windows, and the mesh' },
]

const HEAD = [
  'what',
  'on the firing thread',
  'beside it',
  'together',
  'hot path, µs',
  'node beside it, µs',
  'requests/s alone',
  'n',
]

const added = (sample: OverheadSample): number => addedToFiring(sample) + addedBeside(sample)

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`

function estimate(values: readonly number[]): string {
  const { low, high } = medianInterval(values)
  return `${percent(median(values))} (${percent(low)} … ${percent(high)})`
}

/** What is shown of an aim that the interval of the median may be on both sides of. */
function verdict(values: readonly number[]): string {
  const { low, high } = medianInterval(values)
  if (high <= AIM) return '✓'
  return low > AIM ? '✗' : 'not decided'
}

export function overheadText(samples: readonly OverheadSample[]): string {
  const of = (variant: Variant) => samples.filter((sample) => sample.variant === variant)
  const measured = VARIANTS.filter(({ name }) => of(name).length > 0)
  const rows = measured.map(({ name, title }) => {
    const mine = of(name)
    return [
      title,
      estimate(mine.map(addedToFiring)),
      estimate(mine.map(addedBeside)),
      estimate(mine.map(added)),
      median(mine.map(({ bare }) => bare.MainThread!)).toFixed(2),
      median(mine.map(({ beside }) => beside['load-0']!)).toFixed(2),
      median(mine.map(({ arrived }) => arrived)).toLocaleString('en', { maximumFractionDigits: 0 }),
      `${mine.length}`,
    ]
  })
  const inMesh = of('mesh').map(added)
  const conclusion =
    inMesh.length === 0
      ? 'The mesh was not measured.'
      : `Windows and mesh add ${estimate(inMesh)} to the hot path; aim: at most ${AIM * 100} %: ${verdict(inMesh)}. Medians over the pairs, and bounds that hold the true median with 95 %.`
  return [markdownTable(HEAD, rows), conclusion, threadTable(measured.map(({ name }) => [name, of(name)]))].join('\n\n')
}

/** Where the CPU time of a node goes that has the CPU for itself. */
function threadTable(measured: readonly (readonly [Variant, readonly OverheadSample[]])[]): string {
  const names = [...new Set(measured.flatMap(([, mine]) => mine.flatMap(({ solo }) => Object.keys(solo))))]
  const rows = names
    .map((name) => [
      name,
      ...measured.map(([, mine]) =>
        medianOf(
          mine.map(({ solo }) => solo),
          name,
        ).toFixed(3),
      ),
    ])
    .filter(([, ...each]) => each.some((micros) => Number(micros) >= 0.001))
  return markdownTable(['thread, CPU µs/request', ...measured.map(([name]) => name)], rows)
}

function medianOf(all: readonly Threads[], name: string): number {
  return median(all.map((threads) => threads[name] ?? 0))
}
