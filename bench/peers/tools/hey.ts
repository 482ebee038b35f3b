/** hey. Its rate is one per worker. */

import { numberIn, scaled, type Task, type Tool } from '../tool.ts'

const usual = ({ connections, seconds }: Task): string[] => ['hey', '-z', `${seconds}s`, '-c', String(connections)]

export const hey: Tool = {
  name: 'hey',
  binary: 'hey',
  source: 'Debian: `apt-get install hey`, or `go install github.com/rakyll/hey@latest`',
  // It has no flag for its version; the package manager knows it.
  version: { args: [], pattern: /(?!)/ },
  closed: (task) => ({ args: [...usual(task), task.url] }),
  open: (task) => ({ args: [...usual(task), '-q', String(task.rate! / task.connections), task.url] }),
  parse: ({ stdout }) => {
    const seconds = (pattern: RegExp): number | null => scaled(numberIn(stdout, pattern), 1000)
    const counts = [...stdout.matchAll(/^\s+\[\d+\]\s+(\d+) responses$/gm)].map(([, count]) => Number(count))
    return {
      requests: counts.reduce((sum, count) => sum + count, 0),
      p50: seconds(/^\s+50% in ([\d.]+) secs/m),
      p99: seconds(/^\s+99% in ([\d.]+) secs/m),
      max: seconds(/^\s+Slowest:\s+([\d.]+) secs/m),
      lateness: null,
    }
  },
}
