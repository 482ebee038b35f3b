/** wrk, and wrk2, which has its command line and fires at a rate. */

import { durationMs, numberIn, type Output, type Task, type Tool, type ToolReport } from '../tool.ts'

const usual = ({ connections, seconds, url }: Task): string[] => [
  '-t1',
  `-c${connections}`,
  `-d${seconds}s`,
  '--latency',
  url,
]

function parse({ stdout }: Output): ToolReport {
  // Of wrk: `50%    1.20ms`, and `99%    1.20s ` with a blank; of wrk2: ` 50.000%    1.20ms`, and `100.000%` for the greatest.
  const percentile = (percent: string): number | null =>
    durationMs(new RegExp(`^\\s*${percent}(?:\\.0+)?%\\s+(\\S+) *$`, 'm').exec(stdout)?.[1])
  const [, greatest] = /^\s*Latency\s+\S+\s+\S+\s+(\S+)/m.exec(stdout) ?? []
  return {
    requests: numberIn(stdout, /(\d+) requests in/),
    p50: percentile('50'),
    p99: percentile('99'),
    max: percentile('100') ?? durationMs(greatest),
    lateness: null,
  }
}

export const wrk: Tool = {
  name: 'wrk',
  binary: 'wrk',
  source: 'Debian: `apt-get install wrk`',
  version: { args: ['-v'], pattern: /wrk (?:debian\/)?(\S+)/ },
  closed: (task) => ({ args: ['wrk', ...usual(task)] }),
  parse,
}

export const wrk2: Tool = {
  name: 'wrk2',
  binary: 'wrk2',
  source:
    'its sources: `git clone https://github.com/giltene/wrk2 && make -C wrk2`, then `wrk2/wrk` as `wrk2` on the PATH',
  version: { args: ['-v'], pattern: /wrk2? (\S+)/ },
  open: (task) => ({ args: ['wrk2', `-R${task.rate}`, ...usual(task)] }),
  parse,
}
