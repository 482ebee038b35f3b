/** oha; at a rate with its correction for coordinated omission. */

import { jsonIn, scaled, type Task, type Tool } from '../tool.ts'

interface OhaReport {
  readonly summary: { readonly slowest: number | null }
  readonly latencyPercentiles: { readonly p50: number | null; readonly p99: number | null }
  readonly statusCodeDistribution: Readonly<Record<string, number>>
}

const usual = ({ connections, seconds }: Task): string[] => [
  'oha',
  '--no-tui',
  '--output-format=json',
  '--insecure',
  '-z',
  `${seconds}s`,
  '-c',
  String(connections),
]

export const oha: Tool = {
  name: 'oha',
  binary: 'oha',
  source: '`cargo install --locked oha`',
  version: { args: ['--version'], pattern: /oha (\S+)/ },
  closed: (task) => ({ args: [...usual(task), task.url] }),
  open: (task) => ({ args: [...usual(task), '-q', String(task.rate), '--latency-correction', task.url] }),
  parse: ({ stdout }) => {
    const { summary, latencyPercentiles: percentiles, statusCodeDistribution } = jsonIn<OhaReport>(stdout)
    return {
      requests: Object.values(statusCodeDistribution).reduce((sum, count) => sum + count, 0),
      p50: scaled(percentiles.p50, 1000),
      p99: scaled(percentiles.p99, 1000),
      max: scaled(summary.slowest, 1000),
      lateness: null,
    }
  },
}
