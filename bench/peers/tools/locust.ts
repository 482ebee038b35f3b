/** Locust with its fast client, in one process. Its users wait for their answers: there is no rate to ask for. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tool } from '../tool.ts'

interface LocustRow {
  readonly num_requests: number
  readonly max_response_time: number
  /** Requests by rounded milliseconds. */
  readonly response_times: Readonly<Record<string, number>>
}

/** The time below or at which so many of the requests lie. */
function quantile(times: Readonly<Record<string, number>>, part: number): number | null {
  const counts = Object.entries(times).map(([time, count]) => ({ time: Number(time), count }))
  const total = counts.reduce((sum, { count }) => sum + count, 0)
  let seen = 0
  for (const { time, count } of counts.sort((a, b) => a.time - b.time)) {
    seen += count
    if (seen >= part * total) return time
  }
  return null
}

export const locust: Tool = {
  name: 'locust',
  binary: 'locust',
  source: '`python3 -m venv FOLDER && FOLDER/bin/pip install locust`; `FOLDER/bin` on the PATH',
  version: { args: ['--version'], pattern: /locust (\S+)/ },
  closed: ({ url, connections, seconds, folder }) => {
    const file = join(folder, 'locustfile.py')
    const { origin, pathname } = new URL(url)
    writeFileSync(
      file,
      `from locust import FastHttpUser, constant, task


class Bench(FastHttpUser):
    wait_time = constant(0)

    @task
    def get(self):
        self.client.get("${pathname}")
`,
    )
    const users = ['-u', String(connections), '-r', String(connections), '-t', `${seconds}s`]
    const quiet = ['--headless', '--only-summary', '--loglevel', 'ERROR', '--json']
    return { args: ['locust', '-f', file, '--host', origin, ...users, ...quiet] }
  },
  parse: ({ stdout }) => {
    const rows = JSON.parse(stdout.slice(stdout.indexOf('['), stdout.lastIndexOf(']') + 1)) as LocustRow[]
    const row = rows[0]
    if (row === undefined) throw new Error('no request in its report')
    const { response_times: times } = row
    return {
      requests: row.num_requests,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      max: row.max_response_time,
      lateness: null,
    }
  },
}
