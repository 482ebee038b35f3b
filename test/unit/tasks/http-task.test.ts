import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { startTarget, type Target } from '../../../examples/target.ts'
import { httpTask } from '../../../src/tasks/http/http-task.ts'
import type { TaskInstance, TaskResult } from '../../../src/tasks/sdk.ts'

const context = { node: 'n1', worker: 0, secrets: {}, log: () => {}, signal: new AbortController().signal }
const iteration = { index: 0, user: -1, signal: context.signal }

const create = (url: string, more: Record<string, unknown> = {}): TaskInstance =>
  httpTask.create({ method: 'GET', url, headers: {}, body: undefined, timeoutMs: 300, ...more }, context)

describe('the http task', () => {
  let target: Target

  before(async () => {
    target = await startTarget({ port: 0 })
  })

  after(() => target.close())

  const run = async (path: string, more: Record<string, unknown> = {}, base = target.url): Promise<TaskResult> => {
    const instance = create(base + path, more)
    await instance.setup?.()
    return instance.execute(iteration)
  }

  const kindOf = async (
    path: string,
    more: Record<string, unknown> = {},
    base = target.url,
  ): Promise<string | null> => {
    const result = await run(path, more, base)
    return result.ok ? null : result.kind
  }

  it('reads the whole answer and counts its bytes', async () => {
    const result = await run('/fast', { method: 'POST', body: 'x'.repeat(1000) })
    assert.ok(result.ok)
    assert.ok(result.bytesSent! > 1000 && result.bytesSent! < 1300)
    assert.ok(result.bytesReceived! > 50 && result.bytesReceived! < 400)
  })

  it('takes a redirect as an answer', async () => assert.equal(await kindOf('/status/302'), null))

  for (const [path, kind] of [
    ['/status/404', 'http_4xx'],
    ['/status/503', 'http_5xx'],
    ['/reset', 'connection_reset'],
    ['/garbage', 'protocol'],
    ['/partial', 'closed'],
    ['/hang', 'timeout'],
    ['/delay/1000', 'timeout'],
  ] as const) {
    it(`counts ${path} as ${kind}`, async () => assert.equal(await kindOf(path), kind))
  }

  it('counts a closed port as connect_refused', async () => {
    const closed = await startTarget({ port: 0 })
    await closed.close()
    assert.equal(await kindOf('/fast', {}, closed.url), 'connect_refused')
  })

  it('counts a server that hangs up as closed', async () => {
    const server = createServer((socket) => socket.on('data', () => socket.end()))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const kind = await kindOf('/', {}, `http://127.0.0.1:${port}`).finally(() => server.close())
    assert.equal(kind, 'closed')
  })

  it('counts TLS to a server without it as tls', async () => {
    assert.equal(await kindOf('/fast', {}, target.url.replace('http:', 'https:')), 'tls')
  })

  it('needs no target to be set up', async () => {
    const instance = create('http://127.0.0.1:1/')
    await instance.setup?.()
  })

  it('fails at setup when a reference cannot be resolved', async () => {
    const instance = create(target.url, { headers: { authorization: 'Bearer env:VAJRA_TEST_NOT_SET' } })
    await assert.rejects(async () => instance.setup?.(), /env:VAJRA_TEST_NOT_SET/)
  })

  it('fails at setup when the request can never be sent', async () => {
    for (const headers of [{ expect: '100-continue' }, { 'transfer-encoding': 'chunked' }, { 'no spaces': 'x' }]) {
      await assert.rejects(async () => create(target.url, { headers }).setup?.(), /header/)
    }
  })
})
