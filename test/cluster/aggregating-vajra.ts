/** The program, but for runs of few nodes being aggregated already: one machine has no room for 65. */

import { main } from '../../src/cli/main.ts'
import { flushed, processContext } from '../../src/cli/process-context.ts'

export const ABOVE = 3

if (import.meta.main) {
  const context = processContext()
  const code = await main({
    ...context,
    loadNode: async () => {
      const createNode = await context.loadNode()
      return (options) => createNode({ ...options, aggregateAbove: ABOVE })
    },
  })
  await flushed()
  process.exit(code)
}
