import assert from 'node:assert/strict'
import { BROKEN_CORES } from './broken-cores.ts'
import { playSeed } from './history.ts'

describe('checkers of the simulation', () => {
  for (const { what, core, breaks, within, from = 1 } of BROKEN_CORES) {
    it(`find out a core in which ${what}`, function () {
      this.timeout(60_000)
      const seen: string[] = []
      for (let seed = from; seed < from + within; seed++) {
        const { violation } = playSeed(seed, { core })
        if (violation === null) continue
        seen.push(violation.message)
        if (!breaks.includes(violation.rule)) continue
        if (this.test) this.test.title += ` (seed ${seed - from + 1} of at most ${within}: ${violation.rule})`
        return
      }
      assert.fail(`not found within ${within} seeds; what was seen: ${seen.slice(0, 5).join('\n') || 'nothing'}`)
    })
  }
})
