/** k6, with one request an iteration. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, jsonIn, type Task, type Tool } from '../tool.ts'

interface K6Summary {
  readonly metrics: {
    readonly http_reqs: { readonly count: number }
    readonly http_req_duration: { readonly med: number; readonly 'p(99)': number; readonly max: number }
  }
}

function run(task: Task, scenario: Readonly<Record<string, unknown>>): Command {
  const script = join(task.folder, 'script.js')
  const options = {
    scenarios: { only: { ...scenario, duration: `${task.seconds}s`, gracefulStop: '3s' } },
    discardResponseBodies: true,
    insecureSkipTLSVerify: true,
    summaryTrendStats: ['med', 'p(99)', 'max'],
  }
  writeFileSync(
    script,
    `import http from 'k6/http'
export const options = ${JSON.stringify(options)}
export default () => { http.get(${JSON.stringify(task.url)}) }
`,
  )
  return {
    args: [
      'k6',
      'run',
      '--quiet',
      '--no-usage-report',
      `--summary-export=${join(task.folder, 'summary.json')}`,
      script,
    ],
  }
}

export const k6: Tool = {
  name: 'k6',
  binary: 'k6',
  source: '`go install go.k6.io/k6@latest`',
  version: { args: ['version'], pattern: /k6 v?(\S+)/ },
  closed: (task) => run(task, { executor: 'constant-vus', vus: task.connections }),
  open: (task) => {
    const { rate, connections } = task
    const users = { preAllocatedVUs: connections, maxVUs: connections }
    return run(task, { executor: 'constant-arrival-rate', rate, timeUnit: '1s', ...users })
  },
  parse: (output) => {
    const { metrics } = jsonIn<K6Summary>(output.file('summary.json'))
    const { med, 'p(99)': p99, max } = metrics.http_req_duration
    return { requests: metrics.http_reqs.count, p50: med, p99, max, lateness: null }
  },
}
