/**
 * The least a Node.js program can do to fire at a target: `node:net` or `node:tls` reading into one array, one prepared
 * request, and of what comes only whether it begins like a good answer. Nothing is parsed, measured or recorded; answers
 * that come in pieces, or several at once, would be counted wrong. A floor to hold others against, and no load generator.
 *
 *     node bench/peers/socket-loop.ts URL CONNECTIONS SECONDS
 */

import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const [url = '', connections = '64', seconds = '5'] = process.argv.slice(2)
const { protocol, hostname, port, host, pathname } = new URL(url)
const secure = protocol === 'https:'
const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
const buffer = Buffer.allocUnsafeSlow(64 * 1024)
/** Where the status begins in `HTTP/1.1 200`, and its first digit. */
const STATUS = 9
const GOOD = 0x32

let answers = 0
let idle: Socket[] = []

/** All that were answered in one turn of the event loop fire again in the next, as users do. */
function turn(): void {
  const ready = idle
  idle = []
  for (const socket of ready) socket.write(request)
}

function open(): void {
  const callback = (): boolean => {
    if (buffer[STATUS] !== GOOD) throw new Error('the target does not answer with a status of 2xx')
    answers++
    if (idle.push(socket) === 1) setImmediate(turn)
    return true
  }
  const options = { host: hostname, port: Number(port), onread: { buffer, callback } }
  const socket = secure ? connectTls(options) : connectTcp(options)
  socket.setNoDelay(true).once(secure ? 'secureConnect' : 'connect', () => socket.write(request))
}

for (let i = 0; i < Number(connections); i++) open()
setTimeout(() => {
  console.log(JSON.stringify({ requests: answers }))
  process.exit(0)
}, Number(seconds) * 1000)
