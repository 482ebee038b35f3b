/** h2load, for HTTP/1.1. It fires at a rate per connection, and tells no percentiles. */

import { durationMs, numberIn, type Task, type Tool } from '../tool.ts'

const usual = ({ connections, seconds }: Task): string[] => [
  'h2load',
  '--h1',
  '-t1',
  `-c${connections}`,
  `-D${seconds}`,
]

export const h2load: Tool = {
  name: 'h2load',
  binary: 'h2load',
  source: 'Debian: `apt-get install nghttp2-client`',
  version: { args: ['--version'], pattern: /nghttp2\/(\S+)/ },
  closed: (task) => ({ args: [...usual(task), task.url] }),
  open: (task) => ({ args: [...usual(task), `--rps=${task.rate! / task.connections}`, task.url] }),
  parse: ({ stdout }) => {
    const [, greatest] = /^time for request:\s+\S+\s+(\S+)/m.exec(stdout) ?? []
    return {
      requests: numberIn(stdout, /^requests: \d+ total, \d+ started, (\d+) done/m),
      p50: null,
      p99: null,
      max: durationMs(greatest),
      lateness: null,
    }
  },
}
