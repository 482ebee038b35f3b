/** ab, of Apache: HTTP/1.0 with keep-alive. It tells whole milliseconds. */

import { numberIn, type Tool } from '../tool.ts'

/** More than it can send: it ends when its time is over. */
const REQUESTS = 10_000_000

export const ab: Tool = {
  name: 'ab',
  binary: 'ab',
  source: 'Debian: `apt-get install apache2-utils`',
  version: { args: ['-V'], pattern: /Version (\S+)/ },
  closed: ({ url, connections, seconds }) => ({
    // The order matters: -t sets a number of requests of its own.
    args: ['ab', '-q', '-k', '-c', String(connections), '-t', String(seconds), '-n', String(REQUESTS), `${url}/`],
  }),
  parse: ({ stdout }) => ({
    requests: numberIn(stdout, /^Complete requests:\s+(\d+)/m),
    p50: numberIn(stdout, /^\s+50%\s+(\d+)/m),
    p99: numberIn(stdout, /^\s+99%\s+(\d+)/m),
    max: numberIn(stdout, /^\s+100%\s+(\d+)/m),
    lateness: null,
  }),
}
