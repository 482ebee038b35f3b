import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { renderLive, renderLiveLine } from '../../../src/report/live.ts'
import { liveTotals } from './fixtures.ts'

describe('the live view', () => {
  it('draws a bar and the newest second of each scenario', () => {
    assert.deepEqual(renderLive(liveTotals(), { colour: false, width: 100 }), [
      '                                               elapsed    rate  in flight  errors/s     p50    p99',
      'browse [=====================>--------] 75%  3.0s/4.0s   998/s         24         2  1.20ms  250ms',
      'buy    [=====================>--------] 75%  3.0s/4.0s  10.0/s          2         0   2.00s  2.00s',
      'running on 2 nodes: alpha, beta  |  sent 2,026, failed 4 (0.20%), dropped 4',
    ])
  })

  it('leaves the elapsed time out where there is no room for it', () => {
    assert.deepEqual(renderLive(liveTotals(1), { colour: false, width: 76 }), [
      '                                     rate  in flight  errors/s    p50    p99',
      'browse [====>---------------] 25%   998/s          0         2     0s     0s',
      'buy    [====>---------------] 25%  10.0/s          2         0  2.00s  2.00s',
      'running on 2 nodes: alpha, beta  |  sent 10, failed 0 (0%), dropped 0',
    ])
  })

  it('says where a scenario stands', () => {
    const live = liveTotals(0)
    const [browse, buy] = live.scenarios
    const scenarios = [
      browse!,
      { ...buy!, name: 'later', startMs: 9000 },
      { ...buy!, name: 'done', durationMs: 100 },
      { ...buy!, name: 'a name that is far too long to be shown' },
    ]
    const lines = renderLive({ ...live, at: 500, scenarios, nodes: ['alpha'] }, { colour: false, width: 100 })
    assert.match(lines[1]!, /^browse .*\[=>-+\] warm-up {2}0\.5s\/4\.0s/)
    assert.match(lines[2]!, /^later .*\[-+\] waiting {2}0\.0s\/4\.0s/)
    assert.match(lines[3]!, /^done .*\[=+\] {4}100% {2}0\.1s\/0\.1s/)
    assert.match(lines[4]!, /^a name that is far too … \[/)
    assert.match(lines[5]!, /^running on 1 node: alpha {2}\|/)
  })

  it('is never wider than the terminal, and the same text with colours', () => {
    for (const width of [20, 40, 60, 80, 120]) {
      const lines = renderLive(liveTotals(), { colour: false, width })
      for (const line of lines) assert.ok([...line].length <= width, line)
      const coloured = renderLive(liveTotals(), { colour: true, width })
      assert.deepEqual(
        coloured.map((line) => stripVTControlCharacters(line)),
        lines,
      )
    }
  })

  it('fits into one line for logs', () => {
    assert.equal(
      renderLiveLine(liveTotals()),
      '3.0s/4.0s running  2 nodes  1,008/s  sent 2,026, failed 4 (0.20%), dropped 4  in flight 26  p50 15.0ms, p99 2.00s',
    )
  })
})
