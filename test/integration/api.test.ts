import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { type RunningApi, startApi } from '../../src/api/server.ts'
import { VajraError } from '../../src/base/errors.ts'
import { fakeLive } from '../unit/api/fake-documents.ts'
import { FakeNode } from '../unit/api/fake-node.ts'

const RUN = 'r00000000-aaaaaaaaaa'

describe('API over sockets', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  async function start(node: FakeNode, over: Partial<Parameters<typeof startApi>[0]> = {}): Promise<RunningApi> {
    const api = await startApi({ node, host: '127.0.0.1', port: 0, portIsDefault: false, ...over })
    open.push(api)
    return api
  }

  const code = (expected: string) => (thrown: unknown) => thrown instanceof VajraError && thrown.code === expected

  it('takes the next free port when nobody chose one, and says so when somebody did', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    open.push(blocker)
    const { port } = blocker.address() as { port: number }
    const api = await start(new FakeNode(), { port, portIsDefault: true })
    const taken = Number(new URL(api.url).port)
    assert.ok(taken > port && taken <= port + 100)
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200)
    await assert.rejects(start(new FakeNode(), { port, portIsDefault: false }), code('PORT_IN_USE'))
  })

  it('does not listen beyond this machine without a token, unless told to', async () => {
    await assert.rejects(start(new FakeNode(), { host: '0.0.0.0' }), code('OPTION_INVALID'))
    await assert.rejects(start(new FakeNode(), { host: '192.0.2.1', token: 't' }), code('OPTION_INVALID'))
    const api = await start(new FakeNode(), { host: '127.0.0.1', token: 'sesame' })
    assert.equal((await fetch(`${api.url}/v1/nodes`)).status, 401)
    const allowed = await fetch(`${api.url}/v1/nodes`, { headers: { authorization: 'Bearer sesame' } })
    assert.equal(allowed.status, 200)
  })

  it('streams the events of a run until it ends', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const api = await start(node)
    const answer = await fetch(`${api.url}/v1/runs/${RUN}/events`)
    assert.match(String(answer.headers.get('content-type')), /^text\/event-stream/)
    setTimeout(() => {
      node.emit(RUN, { type: 'live', data: fakeLive(RUN, 1000) })
      node.end(RUN, 'completed')
    }, 10)
    const text = await answer.text()
    assert.match(text, /event: live\ndata: \{.*\}\n\nevent: end\ndata: \{.*"status":"completed"/)
    assert.equal(node.runsById.get(RUN)?.listeners.size, 0)
  })

  it('forgets a listener that goes away', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const api = await start(node)
    const abort = new AbortController()
    await fetch(`${api.url}/v1/runs/${RUN}/events`, { signal: abort.signal })
    assert.equal(node.runsById.get(RUN)?.listeners.size, 1)
    abort.abort()
    const deadline = performance.now() + 2000
    while (node.runsById.get(RUN)?.listeners.size !== 0) {
      assert.ok(performance.now() < deadline, 'still subscribed')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })

  it('ends streams and idle connections when it closes', async () => {
    const node = new FakeNode()
    node.addRun(RUN)
    const api = await start(node)
    const answer = await fetch(`${api.url}/v1/runs/${RUN}/events`)
    const closed = api.close()
    assert.doesNotMatch(await answer.text(), /event: end/)
    const before = performance.now()
    await closed
    await api.close()
    assert.ok(performance.now() - before < 1500, 'closes promptly')
    await assert.rejects(fetch(`${api.url}/healthz`))
  })

  it('cuts answers off that do not come while it closes', async () => {
    const node = new FakeNode()
    node.submit = () => new Promise(() => {})
    const api = await start(node)
    const pending = fetch(`${api.url}/v1/runs`, {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'text/yaml' },
    }).then(
      () => 'answered',
      () => 'cut',
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    await api.close()
    assert.equal(await pending, 'cut')
  })

  it('survives what is not HTTP', async () => {
    const api = await start(new FakeNode())
    const { port } = new URL(api.url)
    for (const garbage of [
      '\0\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      `GET / HTTP/1.1\r\nhost: ${'x'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.write(garbage)
      socket.resume()
      await once(socket, 'close')
    }
    assert.equal((await fetch(`${api.url}/healthz`)).status, 200)
  })
})
