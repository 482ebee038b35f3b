import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { EventStreams } from '../../../src/api/event-streams.ts'
import { VajraError } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import { fakeLive } from './fake-documents.ts'
import { FakeNode } from './fake-node.ts'

const RUN = 'r00000000-aaaaaaaaaa'

/** A response whose reader can stop reading. */
class Reader extends EventEmitter {
  text = ''
  writableLength = 0
  ended = false
  destroyed = false
  writeHead(): this {
    return this
  }
  write(chunk: string): boolean {
    this.text += chunk
    return true
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
  asResponse(): ServerResponse {
    return this as unknown as ServerResponse
  }
}

describe('event streams', () => {
  it('send what has happened, then what happens, and end with the run', () => {
    const node = new FakeNode()
    node.addRun(RUN)
    node.emit(RUN, { type: 'event', data: { at: 0, kind: 'run-started', message: 'started' } })
    const reader = new Reader()
    new EventStreams(node).start(RUN, reader.asResponse())
    node.emit(RUN, { type: 'live', data: fakeLive(RUN, 1000) })
    node.end(RUN, 'completed')
    node.emit(RUN, { type: 'live', data: fakeLive(RUN, 2000) })
    assert.deepEqual(
      [...reader.text.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]),
      ['event', 'live', 'end'],
    )
    assert.ok(reader.ended)
    assert.equal(node.runsById.get(RUN)?.listeners.size, 0)
  })

  it('end at once for a run that had ended', () => {
    const node = new FakeNode()
    node.addRun(RUN)
    node.end(RUN, 'stopped')
    const reader = new Reader()
    new EventStreams(node).start(RUN, reader.asResponse())
    assert.ok(reader.ended)
    assert.equal(node.runsById.get(RUN)?.listeners.size, 0)
  })

  it('skip live totals for a reader that is slow, and cut one off that does not read', () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const reader = new Reader()
    new EventStreams(node).start(RUN, reader.asResponse())
    reader.writableLength = LIMITS.eventStreamBytes + 1
    node.emit(RUN, { type: 'live', data: fakeLive(RUN, 1000) })
    node.emit(RUN, { type: 'event', data: { at: 0, kind: 'run-started', message: 'started' } })
    assert.doesNotMatch(reader.text, /event: live/)
    assert.match(reader.text, /event: event/)
    reader.writableLength = LIMITS.eventStreamBytes * 16 + 1
    node.emit(RUN, { type: 'event', data: { at: 0, kind: 'run-ended', message: 'ended' } })
    assert.ok(reader.destroyed)
    assert.equal(node.runsById.get(RUN)?.listeners.size, 0)
  })

  it('are bounded in number, and all end on close', () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const streams = new EventStreams(node)
    const readers = Array.from({ length: LIMITS.eventStreams }, () => new Reader())
    for (const reader of readers) {
      streams.admit()
      streams.start(RUN, reader.asResponse())
    }
    assert.throws(
      () => streams.admit(),
      (thrown) => thrown instanceof VajraError && thrown.code === 'NOT_READY',
    )
    readers[0]?.emit('close')
    streams.admit()
    streams.close()
    assert.ok(readers.every((reader) => reader.ended))
    assert.equal(node.runsById.get(RUN)?.listeners.size, 0)
  })
})
