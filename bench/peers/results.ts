/** Samples in, tables out: medians over the rounds, and ratios within each round. */

import { median } from '../../examples/support/arrivals.ts'
import { markdownTable } from '../support/tables.ts'
import { RATES } from './plan.ts'
import { disturbanceOf, type Measured, type Part, type Sample } from './sample.ts'

/** CPU time per request of ours over that of another: not more than this. */
const AIMS: readonly { readonly part: Part; readonly peer: string; readonly most: number; readonly text: string }[] = [
  { part: 'http', peer: 'wrk', most: 1.3, text: '1.3' },
  { part: 'http', peer: 'hey', most: 1 / 3, text: '1/3' },
  { part: 'http', peer: 'autocannon', most: 1 / 3, text: '1/3' },
  { part: 'http', peer: 'locust', most: 1 / 15, text: '1/15' },
  { part: 'https', peer: 'wrk', most: 1.5, text: '1.5' },
]

export const OURS = 'vajra'

const NONE = '–'

export function resultsText(samples: readonly Sample[], seconds: number): string {
  const parts = [
    closedSection(samples, 'http', 'Flat out, HTTP'),
    closedSection(samples, 'https', 'Flat out, HTTPS'),
    aimsSection(samples),
    ...RATES.map((rate) => rateSection(samples, rate, seconds)),
    stallSection(samples),
    disturbanceSection(samples),
    failureSection(samples),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** What was measured of each tool, by tool, in the order in which they were first run. */
function byTool(samples: readonly Sample[], part: Part, rate?: number): Map<string, Measured[]> {
  const found = new Map<string, Measured[]>()
  for (const sample of samples) {
    if (sample.part !== part || (rate !== undefined && sample.rate !== rate) || sample.measured === null) continue
    found.set(sample.tool, [...(found.get(sample.tool) ?? []), sample.measured])
  }
  return found
}

function middle(all: readonly Measured[], value: (measured: Measured) => number | null): number | null {
  const values = all.map(value).filter((found) => found !== null && !Number.isNaN(found))
  return values.length === 0 ? null : median(values as number[])
}

function shown(value: number | null, digits: number): string {
  return value === null
    ? NONE
    : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

function least(all: readonly Measured[]): string {
  const values = all.map(({ cpuMicros }) => cpuMicros)
  return `${shown(Math.min(...values), 1)} … ${shown(Math.max(...values), 1)}`
}

/**
 * CPU time per request of one tool over that of another: the median of the ratios within each round, so that a machine
 * that is slower for a while is so for both.
 */
export function cpuRatio(samples: readonly Sample[], part: Part, tool: string, other: string): number | null {
  const cpu = (name: string, round: number): number | undefined =>
    samples.find((sample) => sample.part === part && sample.tool === name && sample.round === round)?.measured
      ?.cpuMicros
  const rounds = [...new Set(samples.map(({ round }) => round))]
  const ratios = rounds.flatMap((round) => {
    const [mine, theirs] = [cpu(tool, round), cpu(other, round)]
    return mine === undefined || theirs === undefined ? [] : [mine / theirs]
  })
  return ratios.length === 0 ? null : median(ratios)
}

function closedSection(samples: readonly Sample[], part: Part, title: string): string {
  const found = byTool(samples, part)
  if (found.size === 0) return ''
  const rows = [...found]
    .map(([tool, all]) => ({ tool, all, cpu: middle(all, ({ cpuMicros }) => cpuMicros)! }))
    .sort((a, b) => a.cpu - b.cpu)
    .map(({ tool, all, cpu }) => [
      tool,
      shown(cpu, 1),
      least(all),
      shown(cpuRatio(samples, part, tool, 'wrk'), 2),
      shown(cpuRatio(samples, part, OURS, tool), 2),
      shown(
        middle(all, ({ arrived }) => arrived),
        0,
      ),
      shown(
        middle(all, ({ peakMb }) => peakMb),
        0,
      ),
      shown(
        middle(all, ({ aroundCpuMs }) => aroundCpuMs),
        0,
      ),
      shown(
        middle(all, ({ othersPercent }) => othersPercent ?? null),
        0,
      ),
      String(all.length),
    ])
  const head = [
    'tool',
    'CPU µs/request',
    'least … most',
    '÷ wrk',
    'ours ÷ it',
    'requests/s',
    'peak MB',
    'around it, CPU ms',
    'others, %',
    'n',
  ]
  return `## ${title}\n\n${markdownTable(head, rows)}`
}

function aimsSection(samples: readonly Sample[]): string {
  const rows = AIMS.flatMap(({ part, peer, most, text }) => {
    const ratio = cpuRatio(samples, part, OURS, peer)
    if (ratio === null) return []
    return [
      [
        `${part === 'http' ? 'HTTP' : 'HTTPS'}, ours ÷ ${peer}`,
        `≤ ${text}`,
        shown(ratio, 3),
        ratio <= most ? '✓' : '✗',
      ],
    ]
  })
  if (rows.length === 0) return ''
  return `## CPU time per request, held against the aims\n\n${markdownTable(['what', 'aim', 'measured', ''], rows)}`
}

/** In µs: what the tool told over what the target knows. */
function error(which: 'p50' | 'p99'): (measured: Measured) => number | null {
  return ({ report, known }) =>
    report[which] === null || known === null ? null : (report[which] - known[which]) * 1000
}

function rateSection(samples: readonly Sample[], rate: number, seconds: number): string {
  const found = byTool(samples, 'rate', rate)
  if (found.size === 0) return ''
  const micros = (value: number | null | undefined): number | null => (value == null ? null : value * 1000)
  const rows = [...found].map(([tool, all]) => {
    const arrived = middle(all, (measured) => measured.arrived)!
    return [
      tool,
      `${shown((100 * arrived) / rate, 2)} %`,
      shown(
        middle(all, ({ known }) => micros(known?.p50)),
        0,
      ),
      shown(middle(all, error('p50')), 0),
      shown(
        middle(all, ({ known }) => micros(known?.p99)),
        0,
      ),
      shown(middle(all, error('p99')), 0),
      shown(
        middle(all, ({ report }) => micros(report.lateness?.p50)),
        0,
      ),
      shown(
        middle(all, ({ report }) => micros(report.lateness?.p99)),
        0,
      ),
      shown(
        middle(all, ({ gapP99Micros }) => gapP99Micros),
        0,
      ),
      shown(
        middle(all, ({ cpuMicros, arrived: each }) => (cpuMicros * each) / 10_000),
        1,
      ),
      shown(
        middle(all, ({ peakMb }) => peakMb),
        0,
      ),
      shown(
        middle(all, ({ othersPercent }) => othersPercent ?? null),
        0,
      ),
      String(all.length),
    ]
  })
  const head = [
    'tool',
    'arrived',
    'known p50',
    'told +',
    'known p99',
    'told +',
    'late p50',
    'late p99',
    'gap p99',
    'CPU %',
    'peak MB',
    'others, %',
    'n',
  ]
  const span = `${shown(1e6 / rate, 0)} µs from one to the next, over ${seconds} s`
  return `## ${shown(rate, 0)} requests/s (${span}); times in µs\n\n${markdownTable(head, rows)}`
}

function stallSection(samples: readonly Sample[]): string {
  const rows = samples.flatMap(({ part, tool, rate, measured, expected }) => {
    if (part !== 'stall' || measured === null || expected === null) return []
    const { report } = measured
    const off = (told: number | null, known: number): string =>
      told === null ? NONE : `${shown((100 * (told - known)) / known, 1)} %`
    const asked = rate === null ? 'as many as it can' : shown(rate, 0)
    const told = [report.p50, report.p99, report.max].map((value) => shown(value, 1))
    return [
      [tool, asked, shown(report.requests, 0), ...told, off(report.p99, expected.p99), off(report.max, expected.max)],
    ]
  })
  const known = samples.find(({ expected }) => expected !== null)?.expected
  if (rows.length === 0 || known == null) return ''
  const head = ['tool', 'asked/s', 'requests', 'p50', 'p99', 'max', 'p99 off by', 'max off by']
  const truth = ['(known)', '', '', shown(known.p50, 1), shown(known.p99, 1), shown(known.max, 1), '', '']
  return `## A target that does nothing for 2 of 10 s; times in ms\n\n${markdownTable(head, [truth, ...rows])}`
}

function aboutRun({ part, tool, rate, round }: Sample): string {
  return `- ${tool}, ${part}${rate === null ? '' : ` at ${rate}/s`}, round ${round}`
}

function disturbanceSection(samples: readonly Sample[]): string {
  const lines = samples.flatMap((sample) => {
    const disturbance = sample.measured === null ? null : disturbanceOf(sample.measured)
    return disturbance === null ? [] : [`${aboutRun(sample)}: ${disturbance}`]
  })
  return lines.length === 0 ? '' : `## What was disturbed each time it was measured\n\n${lines.join('\n')}`
}

function failureSection(samples: readonly Sample[]): string {
  const lines = samples.flatMap((sample) => (sample.failure === null ? [] : [`${aboutRun(sample)}: ${sample.failure}`]))
  return lines.length === 0 ? '' : `## What could not be measured\n\n${lines.join('\n')}`
}
