/** autocannon. It tells whole milliseconds. */

import { jsonIn, type Task, type Tool } from '../tool.ts'

interface AutocannonReport {
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly requests: { readonly total: number }
}

const usual = ({ connections, seconds }: Task): string[] => [
  'autocannon',
  '--json',
  '--no-progress',
  '-c',
  String(connections),
  '-d',
  String(seconds),
]

export const autocannon: Tool = {
  name: 'autocannon',
  binary: 'autocannon',
  source: '`npm install autocannon` in a folder of its own; its `node_modules/.bin` on the PATH',
  version: { args: ['--version'], pattern: /autocannon v?(\S+)/ },
  closed: (task) => ({ args: [...usual(task), task.url] }),
  open: (task) => ({ args: [...usual(task), '--overallRate', String(task.rate), task.url] }),
  parse: ({ stdout }) => {
    const { latency, requests } = jsonIn<AutocannonReport>(stdout)
    return { requests: requests.total, p50: latency.p50, p99: latency.p99, max: latency.max, lateness: null }
  },
}
