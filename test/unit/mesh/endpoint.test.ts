import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import {
  DEFAULT_MESH_PORT,
  parseEndpoint,
  parseMultiaddr,
  showEndpoint,
  toMultiaddr,
} from '../../../src/mesh/endpoint.ts'

const host = fc.oneof(fc.ipV4(), fc.domain())
const port = fc.integer({ min: 1, max: 65_535 })

describe('endpoint', () => {
  it('is read back from its multiaddr and from host:port', () => {
    fc.assert(
      fc.property(host, port, (host, port) => {
        assert.deepEqual(parseMultiaddr(toMultiaddr({ host, port })), { host, port })
        assert.deepEqual(parseEndpoint(showEndpoint({ host, port }), 'join', 1), { host, port })
      }),
    )
  })

  it('takes what users write', () => {
    const read = (text: string) => parseEndpoint(text, 'join', 1)
    assert.deepEqual(read('build-2.example:9000'), { host: 'build-2.example', port: 9000 })
    assert.deepEqual(read('vajra-headless'), { host: 'vajra-headless', port: DEFAULT_MESH_PORT })
    assert.deepEqual(read('10.1.2.3'), { host: '10.1.2.3', port: DEFAULT_MESH_PORT })
    assert.deepEqual(read('[fd00::7]:81'), { host: 'fd00::7', port: 81 })
    assert.deepEqual(read('fd00::7'), { host: 'fd00::7', port: DEFAULT_MESH_PORT })
    assert.deepEqual(read('/dns4/node.example/tcp/7'), { host: 'node.example', port: 7 })
  })

  it('leaves a peer id out: it is fresh at every boot', () => {
    const id = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
    assert.deepEqual(parseEndpoint(`/ip4/10.0.0.1/tcp/7077/p2p/${id}`, 'join', 1), { host: '10.0.0.1', port: 7077 })
  })

  it('says which option is wrong and what to write instead', () => {
    const wrong = [
      '',
      ':1',
      'a b',
      'host:99999',
      '1.2.3.4.5',
      '300.1.1.1:1',
      '[10.0.0.1]:1',
      '/ip4/1.2.3.4/udp/1',
      'host:0',
    ]
    for (const text of wrong) {
      assert.throws(
        () => parseEndpoint(text, 'join', 1),
        (error) => error instanceof VajraError && error.code === 'OPTION_INVALID' && /join/.test(error.message),
        text,
      )
    }
    assert.deepEqual(parseEndpoint('0.0.0.0:0', 'listen', 0), { host: '0.0.0.0', port: 0 })
  })

  it('never throws on a multiaddr from a peer', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => void parseMultiaddr(`/${text}`)))
    for (const text of [
      '/ip4/::1/tcp/1',
      '/ip6/1.2.3.4/tcp/1',
      '/ip4/1.2.3.4/tcp/70000',
      `/dns/${'a'.repeat(400)}/tcp/1`,
    ]) {
      assert.equal(parseMultiaddr(text), null, text)
    }
  })
})
