/** What `auth` sends, by what a server receives. */

import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Auth } from '../../../src/suite/auth-spec.ts'
import type { CredentialSource } from '../../../src/tasks/credentials/credential-source.ts'
import { httpTask } from '../../../src/tasks/http/http-task.ts'
import type { TaskContext } from '../../../src/tasks/sdk.ts'

const context = { node: 'n1', worker: 0, secrets: {}, log: () => {}, signal: new AbortController().signal }
const iteration = { index: 0, user: -1, signal: context.signal }

describe('auth of http requests', () => {
  let server: Server
  let received: IncomingMessage[] = []

  before(async () => {
    process.env.VAJRA_TEST_SECRET = 'pä&s:s'
    process.env.VAJRA_TEST_TOKEN = 'tok.en'
    process.env.VAJRA_TEST_BROKEN = 'a\r\nb: c'
    server = createServer((request, response) => {
      received.push(request)
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  beforeEach(() => {
    received = []
  })

  after(() => {
    for (const name of ['SECRET', 'TOKEN', 'BROKEN']) delete process.env[`VAJRA_TEST_${name}`]
    server.closeAllConnections()
    server.close()
  })

  const send = async (sent: Auth['sent'], driver: 'wire' | 'undici', path = '/'): Promise<IncomingMessage> => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const auth = { path: 'scenarios[0].auth', sent, mtls: null }
    const instance = httpTask.create({ method: 'GET', url, headers: {}, timeoutMs: 2000, driver, auth }, context)
    await instance.setup?.()
    assert.equal((await instance.execute(iteration)).ok, true)
    await instance.cleanup?.()
    assert.equal(received.length, 1)
    return received[0]!
  }

  for (const driver of ['wire', 'undici'] as const) {
    it(`is sent by the ${driver} driver`, async () => {
      const basic = await send({ scheme: 'basic', username: 'shop', password: 'env:VAJRA_TEST_SECRET' }, driver)
      assert.equal(basic.headers.authorization, `Basic ${Buffer.from('shop:pä&s:s').toString('base64')}`)
      received = []
      const bearer = await send({ scheme: 'bearer', token: 'env:VAJRA_TEST_TOKEN' }, driver)
      assert.equal(bearer.headers.authorization, 'Bearer tok.en')
      received = []
      const header = { scheme: 'apiKey', in: 'header', name: 'x-api-key', value: 'env:VAJRA_TEST_TOKEN' } as const
      assert.equal((await send(header, driver)).headers['x-api-key'], 'tok.en')
      received = []
      const query = { scheme: 'apiKey', in: 'query', name: 'k y', value: 'env:VAJRA_TEST_SECRET' } as const
      assert.equal((await send(query, driver, '/a?b=%20c+d')).url, '/a?b=%20c+d&k%20y=p%C3%A4%26s%3As')
      received = []
      assert.equal((await send(query, driver, '/a')).url, '/a?k%20y=p%C3%A4%26s%3As')
    })
  }

  it('fails at set-up with its place in the suite, and without the value', async () => {
    const fails = async (sent: Auth['sent'], expected: RegExp): Promise<void> => {
      const failed = await send(sent, 'wire').then(
        () => assert.fail('was sent'),
        (error: Error) => error.message,
      )
      assert.match(failed, expected)
      assert.doesNotMatch(failed, /tok\.en|b: c|pä&s/)
    }
    await fails(
      { scheme: 'bearer', token: 'env:VAJRA_TEST_NONE' },
      /^scenarios\[0\]\.auth\.bearer: .*env:VAJRA_TEST_NONE/,
    )
    await fails({ scheme: 'bearer', token: 'env:VAJRA_TEST_BROKEN' }, /authorization.*cannot carry/)
    const username = 'env:VAJRA_TEST_SECRET'
    await fails({ scheme: 'basic', username, password: username }, /^scenarios\[0\]\.auth\.basic\.username: .*colon/)
    assert.equal(received.length, 0)
  })
})

describe('a token that is renewed', () => {
  const source = (renewals: ((token: string) => void)[]): CredentialSource => ({
    resolve: () => assert.fail('nothing is referred to'),
    token: async (_auth, _path, renewed) => {
      renewals.push(renewed)
      return 'first'
    },
    hide: () => {},
    redact: (text) => text,
    close: () => {},
  })

  for (const driver of ['wire', 'undici'] as const) {
    it(`is sent by the requests that follow, with their bytes counted as they are (${driver})`, async () => {
      const received: string[] = []
      const server = createServer((request, response) => {
        received.push(request.headers.authorization ?? '')
        response.end('{}')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const oauth2 = { tokenUrl: url, clientId: 'c', clientSecret: 'env:S', clientAuth: 'basic', parameters: {} }
      const auth = { path: 'auth', sent: { scheme: 'oauth2', ...oauth2 }, mtls: null }
      const parameters = { method: 'GET', url, headers: {}, timeoutMs: 2000, driver, auth }
      const renewals: ((token: string) => void)[] = []
      const logged: string[] = []
      const log = (_level: string, message: string) => void logged.push(message)
      const task = httpTask.create(parameters, { ...context, log, credentials: source(renewals) } as TaskContext)
      await task.setup?.()
      const sent: number[] = []
      const send = async () => sent.push((await task.execute(iteration)).bytesSent ?? 0)
      await send()
      renewals[0]!('the second, longer')
      await send()
      // What headers cannot carry is not sent, and takes nothing down.
      renewals[0]!('a\r\nb')
      await send()
      await task.cleanup?.()
      renewals[0]!('after the end')
      assert.deepEqual(received, ['Bearer first', 'Bearer the second, longer', 'Bearer the second, longer'])
      const more = 'the second, longer'.length - 'first'.length
      assert.deepEqual(sent, [sent[0], sent[0]! + more, sent[0]! + more])
      assert.equal(logged.length, 1)
      assert.match(logged[0]!, /header authorization: .*cannot carry/)
      server.closeAllConnections()
      server.close()
    })
  }
})
