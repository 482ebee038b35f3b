/** vegeta. Its attack writes a file, of which its report is made afterwards. */

import { type Command, jsonIn, scaled, type Task, type Tool } from '../tool.ts'

interface VegetaReport {
  readonly requests: number
  /** Nanoseconds. */
  readonly latencies: { readonly '50th': number; readonly '99th': number; readonly max: number }
}

function attack(task: Task, rate: string): Command {
  const { url, connections, seconds, folder } = task
  const results = `${folder}/results.bin`
  const flags = `-insecure -duration=${seconds}s -rate=${rate} -workers=${connections} -max-workers=${connections} -connections=${connections}`
  const script = `echo 'GET ${url}' | vegeta attack ${flags} -output ${results} && vegeta report -type=json ${results}`
  return { args: ['sh', '-c', script] }
}

export const vegeta: Tool = {
  name: 'vegeta',
  binary: 'vegeta',
  source: '`go install github.com/tsenart/vegeta/v12@latest`',
  version: { args: ['-version'], pattern: /Version: (\S+)/ },
  closed: (task) => attack(task, '0'),
  open: (task) => attack(task, `${task.rate}/1s`),
  parse: ({ stdout }) => {
    const { requests, latencies } = jsonIn<VegetaReport>(stdout)
    return {
      requests,
      p50: scaled(latencies['50th'], 1e-6),
      p99: scaled(latencies['99th'], 1e-6),
      max: scaled(latencies.max, 1e-6),
      lateness: null,
    }
  },
}
