/** What the thread of pre-flight checks sees of real servers: healthy, dead, silent, full, and with all kinds of TLS. */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalFinding } from '../../src/base/finding.ts'
import { localPreflight } from '../../src/node/local-preflight.ts'
import { probe } from '../../src/node/probe-thread.ts'
import { parseSuite } from '../../src/suite/parse.ts'

const RESOURCES = { cpus: 2, loadThreads: 1, headroom: 1, freeBytes: 1e9, files: null, ports: null }
/** Less than a node takes, so that tests of what is silent are over sooner. */
const BUDGET_MS = 2700

async function check(
  target: string,
  http: unknown = '/x',
  auth?: object,
  more: object = {},
): Promise<readonly LocalFinding[]> {
  const scenarios = [{ name: 'a', load: { rate: '10/s', duration: '1s' }, http }]
  const text = JSON.stringify({ ...more, name: 's', target, ...(auth && { auth }), scenarios })
  const parsed = parseSuite({ text, format: 'json' })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const begin = performance.now()
  const findings = await localPreflight({
    suite: parsed.suite,
    node: 'n1',
    allowTarget: [],
    share: 1,
    nodes: 1,
    budgetMs: BUDGET_MS,
    now: Date.now(),
    resources: () => RESOURCES,
    environment: { SET: '1' },
    probe,
  })
  assert.ok(performance.now() - begin < 4500, `${Math.round(performance.now() - begin)} ms`)
  return findings
}

/** What is not well, as `LEVEL check: what was seen`. */
async function problems(...asked: Parameters<typeof check>): Promise<string[]> {
  const findings = (await check(...asked)).filter(({ level }) => level !== 'PASS')
  for (const { hint, seen } of findings) assert.ok(hint, seen)
  return findings.map(({ level, check, seen }) => `${level} ${check}: ${seen}`)
}

describe('pre-flight against real servers', function () {
  this.timeout(30_000)
  const folder = mkdtempSync(join(tmpdir(), 'vajra-preflight-'))
  const path = (name: string) => join(folder, name)
  const servers: Server[] = []
  const children: ChildProcess[] = []
  const received: string[] = []

  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

  function makeCertificate(name: string, host: string, days: string): void {
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`]
    openssl('req', '-new', ...newKey, ...subject, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy']
    openssl('x509', '-req', '-in', `${name}.csr`, ...signer, '-days', days, '-out', `${name}.pem`)
  }

  before(() => {
    openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test ca', '-keyout', 'ca.key', '-out', 'ca.pem')
    makeCertificate('good', 'localhost', '2')
    makeCertificate('other', 'other.test', '2')
    makeCertificate('old', 'localhost', '-1')
  })

  after(() => {
    for (const server of servers) server.close()
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  async function listen(server: Server): Promise<number> {
    servers.push(server)
    server.unref()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  const answering =
    (status = 200, delayMs = 0): RequestListener =>
    (request, response) => {
      received.push(`${request.method} ${request.url} ${request.headers['user-agent']}`)
      setTimeout(() => response.writeHead(status).end('{}'), delayMs)
    }
  const http = async (listener: RequestListener) => `http://localhost:${await listen(createServer(listener))}`

  function tls(name: string, more: object = {}): Promise<number> {
    const key = readFileSync(path(`${name}.key`))
    return listen(createTlsServer({ cert: readFileSync(path(`${name}.pem`)), key, ...more }, answering()))
  }

  /** A certificate of the client that nobody need ask for, for the sake of the authority that comes with it. */
  const trusting = {
    mtls: { cert: `file:${path('good.pem')}`, key: `file:${path('good.key')}`, ca: `file:${path('ca.pem')}` },
  }

  it('sends a healthy one three requests of the suite, and says who asks', async () => {
    received.length = 0
    assert.deepEqual(await problems(await http(answering())), [])
    assert.equal(received.length, 3)
    for (const line of received) assert.match(line, /^GET \/x vajra-mesh\/\S+ \(pre-flight\)$/)
  })

  it('sends nothing that could change anything', async () => {
    received.length = 0
    assert.deepEqual(await problems(await http(answering(405)), { method: 'POST', url: '/buy', body: 'x' }), [])
    for (const line of received) assert.match(line, /^HEAD \/ /)
  })

  it('sends nothing that is still to be filled in, and says which variables are not there', async () => {
    received.length = 0
    const url = await http(answering())
    const templates = { url: '/x/{{node}}?key={{env.SET}}&other={{env.UNSET}}' }
    const told = await problems(url, templates, undefined, { env: ['SET', 'UNSET'] })
    assert.deepEqual(told, ['FAIL environment: the environment variable UNSET is not set on this node'])
    for (const line of received) assert.match(line, /^HEAD \/ /)
    received.length = 0
    assert.deepEqual(await problems(url, '/x/{{node}}'), [])
    for (const line of received) assert.match(line, /^GET \/x\/n1 /)
  })

  it('goes on where connections are closed after each answer', async () => {
    const url = await http((_, response) => response.writeHead(200, { connection: 'close' }).end())
    const findings = await check(url)
    assert.match(
      findings.find(({ check }) => check === 'answer')?.seen ?? '',
      /median of 3\), and the connection closed/,
    )
  })

  it('tells a slow one, a failing one and one that refuses', async () => {
    const timeout = { url: '/x', timeout: '200ms' }
    const [slow, late, failing, refusing] = await Promise.all([
      http(answering(200, 900)),
      http(answering(200, 300)),
      http(answering(500)),
      http(answering(401)),
    ])
    const told = await Promise.all([problems(slow), problems(late, timeout), problems(failing), problems(refusing)])
    assert.deepEqual(told[0], [])
    assert.match(String(told[1]), /^FAIL answer: GET \S+ is answered 200 in 3\d\dms.*, and may take 200ms$/)
    assert.match(String(told[2]), /^WARN answer: .* is answered 500/)
    assert.match(String(told[3]), /^WARN answer: .* is answered 401 .*: the target refuses it$/)
  })

  it('tells dead ones apart: no name, refused, full, silent, no HTTP', async () => {
    const closed = await listen(createTcpServer())
    servers.pop()?.close()
    const held: Socket[] = []
    const silent = await listen(createTcpServer((socket) => held.push(socket)))
    const babbling = await listen(createTcpServer((socket) => socket.end('220 ready\r\n')))
    const [noName, refused, full, mute, noHttp] = await Promise.all([
      problems('http://nowhere.invalid'),
      problems(`http://127.0.0.1:${closed}`),
      fullServer().then((port) => problems(`http://127.0.0.1:${port}`)),
      problems(`http://127.0.0.1:${silent}`),
      problems(`http://127.0.0.1:${babbling}`),
    ])
    for (const socket of held) socket.destroy()
    assert.match(String(noName), /^FAIL dns: (there is no host nowhere\.invalid|no name server answered)/)
    assert.match(String(refused), /^FAIL tcp: http:\/\/127\.0\.0\.1:\d+ refuses connections$/)
    assert.match(String(full), /^FAIL tcp: \S+ does not answer to connections within [\d.]+m?s$/)
    assert.match(
      String(mute),
      /^WARN answer: GET \S+ has no answer after [\d.]+m?s, on a connection that was accepted$/,
    )
    assert.match(String(noHttp), /^FAIL answer: .*not HTTP\/1\.1 \(HPE_/)
  })

  /** A server that has stopped, with a queue of connections that is full: what comes now is dropped without a word. */
  async function fullServer(): Promise<number> {
    const code = `require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})`
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
    children.push(child)
    const port = Number(await new Promise((resolve) => child.stdout.once('data', (data) => resolve(String(data)))))
    child.kill('SIGSTOP')
    for (let i = 0; i < 4; i++)
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .unref()
    await new Promise((resolve) => setTimeout(resolve, 100))
    return port
  }

  it('tells certificates apart: expired, for another name, of a stranger, none at all', async () => {
    const [good, old, other] = await Promise.all([tls('good'), tls('old'), tls('other')])
    const plain = (await http(answering())).replace('http:', 'https:')
    const at = (port: number) => `https://localhost:${port}`
    const told = await Promise.all([
      problems(at(good), '/x', trusting),
      problems(at(old), '/x', trusting),
      problems(at(other), '/x', trusting),
      problems(at(good)),
      problems(plain),
    ])
    assert.deepEqual(told[0], [])
    assert.match(String(told[1]), /^FAIL tls: the certificate of \S+ has expired at \d{4}-\d\d-\d\dT[\d:]+Z$/)
    assert.match(String(told[2]), /^FAIL tls: the certificate of \S+ is for another name: it is for other\.test$/)
    assert.match(String(told[3]), /^FAIL tls: .* signed by an authority test ca that this node does not trust$/)
    assert.match(String(told[4]), /^FAIL tls: what \S+ answers is not TLS/)
  })

  it('sends nothing to a server whose certificate does not hold', async () => {
    const port = await tls('other')
    received.length = 0
    await check(`https://localhost:${port}`, '/x', trusting)
    assert.deepEqual(received, [])
  })

  it('says that a server asks for the certificate of a client', async () => {
    const asking = { ca: readFileSync(path('ca.pem')), requestCert: true, rejectUnauthorized: true }
    const port = await tls('good', asking)
    assert.deepEqual(await problems(`https://localhost:${port}`, '/x', trusting), [])
    const { mtls } = trusting
    openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=me', '-keyout', 'me.key', '-out', 'me.pem')
    const stranger = { mtls: { ...mtls, cert: `file:${path('me.pem')}`, key: `file:${path('me.key')}` } }
    const findings = (await check(`https://localhost:${port}`, '/x', stranger)).filter(({ level }) => level !== 'PASS')
    assert.match(JSON.stringify(findings), /FAIL.*certificate of the client/)
  })

  it('says which credentials are not there, and asks nothing with what is left', async () => {
    received.length = 0
    const url = await http(answering())
    const secret = 's3cr3t-of-this-test'
    process.env.VAJRA_TEST_PREFLIGHT = secret
    const bad = { basic: { username: 'me', password: 'env:VAJRA_TEST_NOT_THERE' } }
    assert.match(
      String(await problems(url, '/x', bad)),
      /^FAIL credentials: auth\.basic\.password: .*env:VAJRA_TEST_NOT_THERE/,
    )
    assert.deepEqual(received, [])
    const findings = await check(url, '/x', { apiKey: { query: 'key', value: 'env:VAJRA_TEST_PREFLIGHT' } })
    delete process.env.VAJRA_TEST_PREFLIGHT
    assert.match(received[0] ?? '', new RegExp(secret))
    assert.doesNotMatch(JSON.stringify(findings), new RegExp(secret))
  })
})
