import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { ErrorTally } from '../../../src/metrics/error-tally.ts'

describe('ErrorTally', () => {
  it('adds by kind and lists by name', () => {
    const tally = new ErrorTally()
    tally.addAll({ timeout: 2, HTTP_500: 1 })
    tally.addAll({ timeout: 3 })
    assert.equal(JSON.stringify(tally.toRecord()), '{"HTTP_500":1,"timeout":5}')
  })

  it('counts kinds that look like parts of an object as kinds', () => {
    const tally = new ErrorTally()
    tally.add('__proto__', 1)
    tally.add('constructor', 2)
    assert.equal(JSON.stringify(tally.toRecord()), '{"__proto__":1,"constructor":2}')
  })

  it('lists the most frequent kinds and counts the rest as other', () => {
    const tally = new ErrorTally()
    for (let kind = 0; kind < LIMITS.errorKinds; kind++) tally.add(`rare${kind}`, 1)
    tally.add('zzz', 10)
    tally.add('other', 5)
    const record = tally.toRecord()
    assert.equal(record.zzz, 10)
    // One rare kind had to give way: the last by name.
    assert.equal(record.other, 6)
    assert.equal(Object.keys(record).length, LIMITS.errorKinds + 1)
    assert.equal(record.rare9, undefined)
  })

  it('stays bounded, with the same result in any order, when every failure has a kind of its own', () => {
    const kinds = Array.from({ length: 3000 }, (_, index) => `id-${(index * 7919) % 3000}`)
    const forward = new ErrorTally()
    const backward = new ErrorTally()
    const halves = [new ErrorTally(), new ErrorTally()]
    for (const kind of kinds) forward.add(kind, 1)
    for (const kind of kinds.toReversed()) backward.add(kind, 1)
    for (const [index, kind] of kinds.entries()) halves[index % 2]!.add(kind, 1)
    const merged = new ErrorTally()
    for (const half of halves) merged.addTally(half)
    const sum = Object.values(forward.toRecord()).reduce((a, b) => a + b, 0)
    assert.equal(sum, 3000)
    assert.deepEqual(backward.toRecord(), forward.toRecord())
    assert.deepEqual(merged.toRecord(), forward.toRecord())
  })
})
