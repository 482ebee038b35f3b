/** Fortio. Its connections share the rate. */

import { jsonIn, scaled, type Task, type Tool } from '../tool.ts'

interface FortioReport {
  readonly DurationHistogram: {
    readonly Count: number
    /** Seconds. */
    readonly Max: number
    readonly Percentiles: readonly { readonly Percentile: number; readonly Value: number }[] | null
  }
}

const load = ({ url, connections, seconds }: Task, rate: number): string[] => {
  const how = ['-c', String(connections), '-qps', String(rate), '-t', `${seconds}s`, '-uniform', '-r', '0.00001']
  return ['fortio', 'load', '-quiet', '-k', '-allow-initial-errors', '-json', '-', '-p', '50,99', ...how, url]
}

export const fortio: Tool = {
  name: 'fortio',
  binary: 'fortio',
  source: '`go install fortio.org/fortio@latest`',
  version: { args: ['version'], pattern: /^v?(\d\S*)/m },
  closed: (task) => ({ args: load(task, 0) }),
  open: (task) => ({ args: load(task, task.rate!) }),
  parse: ({ stdout }) => {
    const { Count, Max, Percentiles } = jsonIn<FortioReport>(stdout).DurationHistogram
    const percentile = (wanted: number): number | null =>
      scaled(Percentiles?.find(({ Percentile }) => Percentile === wanted)?.Value, 1000)
    return { requests: Count, p50: percentile(50), p99: percentile(99), max: Max * 1000, lateness: null }
  },
}
