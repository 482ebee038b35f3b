/**
 * A target whose delays are known to some ten microseconds, and which logs when each request arrived and when it was
 * answered. It answers GET requests without a body and nothing else, so that one core serves well over 20,000 a second.
 *
 *     node bench/support/exact-target.ts
 *
 * prints `{"port":…,"timeOrigin":…}` once it listens, and ends when its standard input does.
 *
 * | path | what it does |
 * | --- | --- |
 * | `/__begin?shape=JSON` | forgets the log, takes a {@link DelayShape} |
 * | `/__count` | requests so far, as text |
 * | `/__log` | 64-bit floats: arrivals, then answers (0: not yet), in milliseconds since `timeOrigin` |
 * | everything else | the answer, after its delay |
 *
 * While an answer is due within some milliseconds the event loop spins: timers count whole milliseconds.
 */

import { type AddressInfo, createServer, type Socket } from 'node:net'
import { AT_ONCE, answerAt, type DelayShape, delayOf } from './delay-shape.ts'

/** Requests whose times are kept; later ones are only counted. */
const LOGGED = 1 << 21

/** Answers due later than this are left to a timer, which wakes this much earlier than it must. */
const SPIN_MS = 2.5

const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nConnection: keep-alive\r\n\r\nhello, world\n',
)
const END_OF_HEAD = Buffer.from('\r\n\r\n')
/** Where the path of `GET /__…` differs from every other. */
const UNDERSCORE = '_'.charCodeAt(0)
const PATH_AT = 'GET /'.length

/** Answers of one delay, in the order in which they fall due. */
class DueQueue {
  #sockets: (Socket | undefined)[] = []
  #indices: number[] = []
  #due: number[] = []
  #head = 0

  get nextDue(): number {
    return this.#head < this.#due.length ? this.#due[this.#head]! : Number.POSITIVE_INFINITY
  }

  push(socket: Socket, index: number, due: number): void {
    this.#sockets.push(socket)
    this.#indices.push(index)
    this.#due.push(due)
  }

  /** Answers the first. */
  shift(answer: (socket: Socket, index: number) => void): void {
    answer(this.#sockets[this.#head]!, this.#indices[this.#head]!)
    this.#sockets[this.#head++] = undefined
    if (this.#head < 4096 || this.#head * 2 < this.#due.length) return
    this.#sockets = this.#sockets.slice(this.#head)
    this.#indices = this.#indices.slice(this.#head)
    this.#due = this.#due.slice(this.#head)
    this.#head = 0
  }
}

class ExactTarget {
  readonly #arrivals = new Float64Array(LOGGED)
  readonly #answers = new Float64Array(LOGGED)
  #shape: DelayShape = AT_ONCE
  #count = 0
  #usual = new DueQueue()
  #slow = new DueQueue()
  #timer: NodeJS.Timeout | undefined
  #spinning = false

  serve(socket: Socket): void {
    let rest: Buffer | undefined
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
      const read = this.#readHeads(socket, bytes)
      rest = read < bytes.length ? bytes.subarray(read) : undefined
    })
  }

  /** @returns how many bytes were whole requests */
  #readHeads(socket: Socket, bytes: Buffer): number {
    let from = 0
    for (;;) {
      const end = bytes.indexOf(END_OF_HEAD, from)
      if (end < 0) return from
      if (bytes[from + PATH_AT] === UNDERSCORE && bytes[from + PATH_AT + 1] === UNDERSCORE) {
        this.#control(socket, bytes.toString('latin1', from + PATH_AT - 1, bytes.indexOf(' HTTP', from)))
      } else {
        this.#arrived(socket, performance.now())
      }
      from = end + END_OF_HEAD.length
    }
  }

  #arrived(socket: Socket, now: number): void {
    const index = this.#count++
    if (index < LOGGED) this.#arrivals[index] = now
    const due = answerAt(this.#shape, index, now, this.#arrivals[0]!)
    if (due <= now) {
      this.#answer(socket, index)
      return
    }
    const slow = this.#shape.slowEvery > 0 && delayOf(this.#shape, index) === this.#shape.slowMs
    ;(slow ? this.#slow : this.#usual).push(socket, index, due)
    this.#wait(now)
  }

  readonly #answer = (socket: Socket, index: number): void => {
    if (!socket.destroyed) socket.write(ANSWER)
    if (index < LOGGED) this.#answers[index] = performance.now()
  }

  #wait(now: number): void {
    if (this.#spinning) return
    const next = Math.min(this.#usual.nextDue, this.#slow.nextDue)
    if (next === Number.POSITIVE_INFINITY) return
    if (next - now > SPIN_MS) {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(this.#turn, next - now - SPIN_MS)
      return
    }
    this.#spinning = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#spinning = false
    let now = performance.now()
    for (const queue of [this.#usual, this.#slow]) {
      while (queue.nextDue <= now) {
        queue.shift(this.#answer)
        now = performance.now()
      }
    }
    this.#wait(now)
  }

  #control(socket: Socket, path: string): void {
    const { pathname, searchParams } = new URL(path, 'http://target')
    if (pathname === '/__begin') this.#begin(JSON.parse(searchParams.get('shape') ?? '{}') as Partial<DelayShape>)
    const kept = Math.min(this.#count, LOGGED)
    const body = pathname === '/__log' ? this.#log(kept) : Buffer.from(String(this.#count))
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`)
    socket.write(body)
  }

  #begin(shape: Partial<DelayShape>): void {
    this.#shape = { ...AT_ONCE, ...shape }
    this.#answers.fill(0, 0, Math.min(this.#count, LOGGED))
    this.#count = 0
    this.#usual = new DueQueue()
    this.#slow = new DueQueue()
  }

  #log(kept: number): Buffer {
    const times = new Float64Array(2 * kept)
    times.set(this.#arrivals.subarray(0, kept))
    times.set(this.#answers.subarray(0, kept), kept)
    return Buffer.from(times.buffer)
  }
}

function main(): void {
  const target = new ExactTarget()
  const server = createServer((socket) => target.serve(socket))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 }, () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ port, timeOrigin: performance.timeOrigin }))
  })
  process.stdin.on('end', () => process.exit(0)).resume()
}

main()
