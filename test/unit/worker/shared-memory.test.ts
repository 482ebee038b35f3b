import assert from 'node:assert/strict'
import fc from 'fast-check'
import { InFlight, UNLIMITED } from '../../../src/worker/in-flight.ts'
import { LeaseReader, LeaseWriter } from '../../../src/worker/lease-cell.ts'

describe('the lease in shared memory', () => {
  const origin = 123_456.7

  it('is not valid before it is first given', () => {
    const reader = new LeaseReader(new LeaseWriter(origin).memory)
    assert.equal(reader.validAt(origin), false)
    assert.equal(reader.validAt(0), false)
  })

  it('is never valid after its deadline, and at most a millisecond less than given', () => {
    const time = fc.double({ min: 0, max: 1e8, noNaN: true })
    fc.assert(
      fc.property(time, time, time, (now, length, at) => {
        const writer = new LeaseWriter(origin)
        const reader = new LeaseReader(writer.memory)
        const until = origin + now + length
        writer.renew(until, origin + now)
        const valid = reader.validAt(origin + at)
        if (origin + at > until) assert.equal(valid, false)
        if (origin + at < until - 1.001) assert.equal(valid, true)
      }),
    )
  })

  it('tells from when on to fire after a lapse, and only then', () => {
    const writer = new LeaseWriter(origin)
    const reader = new LeaseReader(writer.memory)
    writer.renew(origin + 1000, origin + 10)
    assert.ok(reader.firesFrom() >= origin + 10 && reader.firesFrom() <= origin + 11.001)
    writer.renew(origin + 2000, origin + 500)
    assert.ok(reader.firesFrom() <= origin + 11.001)
    writer.renew(origin + 5000, origin + 3000)
    assert.ok(reader.firesFrom() >= origin + 3000 && reader.firesFrom() <= origin + 3001.001)
  })

  it('can be taken back, and may have no end', () => {
    const writer = new LeaseWriter(origin)
    const reader = new LeaseReader(writer.memory)
    writer.renew(Number.POSITIVE_INFINITY, origin + 1)
    assert.equal(reader.validAt(origin + 1e9), true)
    writer.renew(origin, origin + 2)
    assert.equal(reader.validAt(origin + 3), false)
  })
})

describe('in-flight counters in shared memory', () => {
  it('count without a bound, too, and forget what a thread had', () => {
    const main = InFlight.create(2, 2)
    const views = [0, 1].map(() => InFlight.attach(main.memory, 2))
    for (let i = 0; i < 5; i++) assert.equal(views[i % 2]!.tryEnter(1, i % 2, UNLIMITED), true)
    assert.equal(views[0]!.tryEnter(0, 0, 1), true)
    views[1]!.leave(1, 1)
    assert.equal(main.total(), 5)
    main.forget(0)
    assert.equal(main.total(), 1)
    assert.equal(views[1]!.tryEnter(0, 1, 1), true, 'there is room again')
  })

  it('bound a scenario on the whole node, not by thread', () => {
    const main = InFlight.create(2, 3)
    const views = [0, 1, 2].map(() => InFlight.attach(main.memory, 2))
    assert.equal(views[0]!.tryEnter(1, 0, 2), true)
    assert.equal(views[1]!.tryEnter(1, 1, 2), true)
    assert.equal(views[2]!.tryEnter(1, 2, 2), false)
    assert.equal(views[2]!.tryEnter(0, 2, 2), true)
    assert.equal(main.total(), 3)
    views[0]!.leave(1, 0)
    assert.equal(views[2]!.tryEnter(1, 2, 2), true)
    assert.equal(main.total(), 3)
  })

  it('forget what a lost thread had', () => {
    const main = InFlight.create(2, 2)
    for (const scenario of [0, 0, 1]) main.tryEnter(scenario, 0, 10)
    main.tryEnter(0, 1, 10)
    main.forget(0)
    assert.equal(main.total(), 1)
    main.forget(0)
    assert.equal(main.total(), 1)
  })
})
