/**
 * Answers every request at once with the same small JSON, whatever it is, so that its own cost does not depend on what is
 * sent. Prints its port; ends when its standard input does.
 *
 *     node bench/journey/target.ts [COOKIE]
 */

import { type AddressInfo, createServer } from 'node:net'

const [cookie = ''] = process.argv.slice(2)
const BODY = '{"token":"eyJhbGciOiJub25lIn0.c3ViOjE3","user":{"id":17,"roles":["buyer"]},"cart":"c-4711"}'
const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\nserver: bench\r\ncontent-type: application/json\r\n${cookie === '' ? '' : `set-cookie: ${cookie}\r\n`}content-length: ${BODY.length}\r\n\r\n${BODY}`,
)

// Whoever fires here sends one request at a time on a connection, in one piece.
const server = createServer({ noDelay: true }, (socket) => {
  socket.on('data', () => socket.write(ANSWER))
  socket.on('error', () => {})
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
process.stdin.resume().on('end', () => process.exit(0))
