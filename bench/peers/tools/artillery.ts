/** Artillery: a user for each request, which it starts at a rate; a pool of connections for all. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonIn, type Tool } from '../tool.ts'

interface ArtilleryReport {
  readonly aggregate: {
    readonly counters: Readonly<Record<string, number>>
    readonly summaries: Readonly<Record<string, { readonly p50: number; readonly p99: number; readonly max: number }>>
  }
}

export const artillery: Tool = {
  name: 'artillery',
  binary: 'artillery',
  source: '`npm install --ignore-scripts artillery` in a folder of its own; its `node_modules/.bin` on the PATH',
  version: { args: ['--version'], pattern: /Artillery: (\S+)/ },
  mostRate: 2000,
  open: ({ url, connections, seconds, rate, folder }) => {
    const script = join(folder, 'script.json')
    const { origin, pathname } = new URL(url)
    const config = {
      target: origin,
      http: { pool: connections },
      tls: { rejectUnauthorized: false },
      phases: [{ duration: seconds, arrivalRate: rate }],
    }
    writeFileSync(script, JSON.stringify({ config, scenarios: [{ flow: [{ get: { url: pathname } }] }] }))
    return {
      args: ['artillery', 'run', '--quiet', '--output', join(folder, 'report.json'), script],
      env: { ARTILLERY_DISABLE_TELEMETRY: 'true' },
    }
  },
  parse: (output) => {
    const { counters, summaries } = jsonIn<ArtilleryReport>(output.file('report.json')).aggregate
    const times = summaries['http.response_time']
    return {
      requests: counters['http.responses'] ?? null,
      p50: times?.p50 ?? null,
      p99: times?.p99 ?? null,
      max: times?.max ?? null,
      lateness: null,
    }
  },
}
