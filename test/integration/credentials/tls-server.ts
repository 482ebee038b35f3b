/**
 * A server that takes clients with a certificate of its authority only, in a process of its own. Arguments: the files of
 * its certificate, its key and its authority. Prints where it is, then the name of each client that sends a request.
 */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import type { TLSSocket } from 'node:tls'

const [cert, key, ca] = process.argv.slice(2).map((path) => readFileSync(path))

const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
  const client = (request.socket as TLSSocket).getPeerCertificate().subject.CN
  console.log(JSON.stringify({ client, authorization: request.headers.authorization ?? null }))
  response.end('{}')
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `https://localhost:${(server.address() as AddressInfo).port}` }))
})
createInterface({ input: process.stdin })
  .on('line', (state) => console.log(JSON.stringify({ state })))
  .on('close', () => process.exit())
