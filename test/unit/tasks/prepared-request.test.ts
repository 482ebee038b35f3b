import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { Client } from 'undici'
import { prepareRequest, USER_AGENT } from '../../../src/tasks/http/prepared-request.ts'

const parameters = { method: 'GET', url: 'http://127.0.0.1:8080/a?b=c', headers: {}, body: undefined, timeoutMs: 1000 }

/** The name of the node, and nothing else. */
const ON_EDGE = { get: (name: string) => (name === 'node' ? 'edge/1' : undefined) }

const headersOf = (list: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {}
  for (let i = 0; i < list.length; i += 2) headers[list[i]!] = list[i + 1]!
  return headers
}

describe('prepared HTTP requests', () => {
  it('splits the URL and names its user agent', () => {
    const request = prepareRequest(parameters)
    assert.equal(request.origin, 'http://127.0.0.1:8080')
    assert.equal(request.options.path, '/a?b=c')
    assert.deepEqual(headersOf(request.options.headers), { 'user-agent': USER_AGENT })
    assert.match(USER_AGENT, /^vajra-mesh\/\d+\.\d+\.\d+/)
  })

  it('lets the suite set the user agent', () => {
    const request = prepareRequest({ ...parameters, headers: { 'User-Agent': 'mine' } })
    assert.deepEqual(headersOf(request.options.headers), { 'User-Agent': 'mine' })
  })

  it('puts the name of the node into the URL and header values', () => {
    const headers = { 'x-vajra-node': '{{node}}', mixed: 'on {{node}}!' }
    const url = 'http://h/{{node}}?n={{node}}'
    const request = prepareRequest({ ...parameters, url, headers }, ON_EDGE)
    assert.equal(request.options.path, '/edge%2F1?n=edge%2F1')
    const sent = headersOf(request.options.headers)
    assert.equal(sent['x-vajra-node'], 'edge/1')
    assert.equal(sent.mixed, 'on edge/1!')
    assert.ok(request.template.isConstant, 'what never changes is sent from one buffer')
  })

  it('sends resolved headers as they are, in place of those of the same name', () => {
    const request = prepareRequest(
      { ...parameters, method: 'POST', body: 'env:TOKEN', headers: { authorization: 'Bearer env:TOKEN' } },
      ON_EDGE,
      { headers: { authorization: 'Bearer {{node}}' } },
    )
    assert.equal(headersOf(request.options.headers).authorization, 'Bearer {{node}}')
    assert.equal(String(request.options.body), 'env:TOKEN')
  })

  it('refuses values that headers cannot carry, without showing them', () => {
    assert.throws(
      () => prepareRequest(parameters, ON_EDGE, { headers: { authorization: 'a\r\nb: c' } }),
      (error: Error) => error.message.includes('authorization') && !error.message.includes('b: c'),
    )
  })

  for (const request of [
    parameters,
    { ...parameters, method: 'POST', body: 'ü'.repeat(10), headers: { 'content-type': 'text/plain' } },
    { ...parameters, method: 'POST' },
    { ...parameters, method: 'HEAD' },
    { ...parameters, method: 'GET', body: 'asked for' },
    { ...parameters, method: 'DELETE', headers: { Host: 'elsewhere' } },
  ]) {
    it(`is what goes over the wire: ${request.method} ${request.body ?? ''}`, async () => {
      let received = ''
      const server = createServer((socket) => {
        socket.on('data', (chunk) => {
          received += chunk.toString('latin1')
        })
        setTimeout(() => socket.end('HTTP/1.1 204 No Content\r\n\r\n'), 50)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const prepared = prepareRequest({ ...request, url: `http://127.0.0.1:${port}/x` })
      const client = new Client(prepared.origin)
      await client.request(prepared.options)
      await client.close()
      await new Promise((resolve) => server.close(resolve))
      assert.deepEqual(received.split('\r\n'), prepared.message.toString('latin1').split('\r\n'))
    })
  }
})
