/** `vault:` references, against a server that speaks Vault's HTTP API in a process of its own. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keeper } from '../../../src/tasks/credentials/keeper.ts'
import { WorkerNode } from '../worker-node.ts'
import { RecordingTarget, refusal, ServerProcess, suiteWith } from './support.ts'

const TOKEN = 'hvs.r00t-token'
const SECRETS = {
  'secret/shop/api': [{ key: 'first-key' }, { key: 'second-key', user: 'shop', number: 17, nested: { a: 1 } }],
  'team/kv/shop/deep-path': [{ key: 'deep-key' }],
  'secret/gone': [{ key: 'old-key' }, null],
  'blue/secret/shop/api': [{ key: 'blue-key' }],
}

interface Asked {
  readonly method: string
  readonly url: string
  readonly status: number
}

describe('vault references', function () {
  this.timeout(20_000)
  const folder = mkdtempSync(join(tmpdir(), 'vajra-vault-'))
  const target = new RecordingTarget()
  let server: ServerProcess<{ address: string }, Asked>
  let address: string

  before(async () => {
    server = new ServerProcess('vault-server.ts', ['-', JSON.stringify(SECRETS), TOKEN])
    address = (await server.where).address
    writeFileSync(join(folder, 'jwt'), 'jwt-of-the-service-account\n')
    writeFileSync(join(folder, 'wrong-jwt'), 'jwt-of-somebody-else')
  })

  beforeEach(() => {
    server.lines.length = 0
    Object.assign(process.env, { VAULT_ADDR: address, VAULT_TOKEN: TOKEN })
  })

  afterEach(() => {
    for (const name of Object.keys(process.env)) if (name.startsWith('VAULT_')) delete process.env[name]
  })

  after(async () => {
    await server.stop()
    target.stop()
    rmSync(folder, { recursive: true })
  })

  const resolve = (reference: string) => new Keeper().resolve(reference)

  async function fails(reference: string, expected: RegExp): Promise<void> {
    const { message, hint } = await refusal(resolve(reference))
    assert.ok(message.startsWith(`credential reference ${reference} cannot be resolved: `), message)
    assert.match(message, expected)
    assert.doesNotMatch(message + hint, /r00t|-key|jwt-of/)
  }

  it('are fields of secrets, of the newest version or of another', async () => {
    assert.equal(await resolve('vault:secret/data/shop/api#key'), 'second-key')
    assert.equal(await resolve('vault:secret/data/shop/api#key#1'), 'first-key')
    assert.equal(await resolve('vault:secret/data/shop/api#number'), '17')
    assert.equal(await resolve('vault:team/kv/data/shop/deep-path#key'), 'deep-key')
    process.env.VAULT_NAMESPACE = 'blue'
    assert.equal(await resolve('vault:secret/data/shop/api#key'), 'blue-key')
  })

  it('are asked for once, however many fields are needed', async () => {
    const keeper = new Keeper()
    const references = ['#key', '#user', '#key', '#number'].map((field) => `vault:secret/data/shop/api${field}`)
    const values = await Promise.all(references.map((reference) => keeper.resolve(reference)))
    assert.deepEqual(values, ['second-key', 'shop', 'second-key', '17'])
    assert.equal((await server.asked()).length, 1)
    keeper.close()
  })

  it('are read after a login by Kubernetes, where no token is given', async () => {
    delete process.env.VAULT_TOKEN
    Object.assign(process.env, { VAULT_ROLE: 'load-test', VAULT_JWT_FILE: join(folder, 'jwt') })
    assert.equal(await resolve('vault:secret/data/shop/api#key'), 'second-key')
    assert.deepEqual(
      (await server.asked()).map(({ method, url }) => `${method} ${url}`),
      ['POST /v1/auth/kubernetes/login', 'GET /v1/secret/data/shop/api'],
    )
    process.env.VAULT_JWT_FILE = join(folder, 'wrong-jwt')
    await fails('vault:secret/data/shop/api#key', /refuses the login as role load-test by Kubernetes: 403 permission/)
    process.env.VAULT_ROLE = 'nobody'
    await fails('vault:secret/data/shop/api#key', /refuses the login as role nobody by Kubernetes: 400 invalid role/)
    process.env.VAULT_JWT_FILE = '/nowhere'
    await fails('vault:secret/data/shop/api#key', /the file \/nowhere cannot be read \(ENOENT\)/)
  })

  it('are read from the active node where a standby node names it', async () => {
    await server.become('standby')
    assert.equal(await resolve('vault:secret/data/shop/api#key'), 'second-key')
    assert.deepEqual(
      (await server.asked()).map(({ status }) => status),
      [307, 200],
    )
    await server.become('active')
  })

  it('are named when they cannot be resolved, with the reason', async () => {
    await fails('vault:secret/data/shop/none#key', /Vault has no such secret/)
    await fails('vault:secret/data/gone#key', /this version of the secret is deleted/)
    await fails('vault:secret/data/shop/api#none', /the secret has no field none/)
    await fails('vault:secret/data/shop/api#nested', /its field nested is not a text/)
    await fails(
      'vault:secret/data/forbidden#key',
      /Vault refuses to read it: 403 1 error occurred: \* permission denied/,
    )
    process.env.VAULT_TOKEN = 'hvs.expired-r00t'
    await fails('vault:secret/data/shop/api#key', /Vault refuses to read it: 403 permission denied/)
    delete process.env.VAULT_TOKEN
    await fails('vault:secret/data/shop/api#key', /neither VAULT_TOKEN nor VAULT_ROLE is set/)
    process.env.VAULT_ADDR = 'vault.example'
    await fails('vault:secret/data/shop/api#key', /VAULT_ADDR is not an http or https URL/)
    delete process.env.VAULT_ADDR
    await fails('vault:secret/data/shop/api#key', /VAULT_ADDR is not set/)
  })

  it('say that Vault is sealed, gone, or silent', async () => {
    await server.become('sealed')
    await fails('vault:secret/data/shop/api#key', /Vault answers 503 Vault is sealed/)
    await server.become('active')
    const silent = createServer((socket) => socket.on('error', () => {}).resume())
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
    process.env.VAULT_ADDR = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const impatient = new Keeper(() => {}, 200)
    const { message } = await refusal(impatient.resolve('vault:secret/data/shop/api#key'))
    assert.match(message, /there was no answer within 0\.2 s/)
    // Nothing of it is left, or this would not end.
    await new Promise((done) => silent.close(done))
    await fails('vault:secret/data/shop/api#key', /Vault at http:\S+ cannot be reached \(ECONNREFUSED\)/)
  })

  it('are read over TLS, from a server that VAULT_CACERT vouches for', async () => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', 'v.key', '-out', 'v.pem', ...subject], {
      cwd: folder,
      stdio: 'pipe',
    })
    const secure = new ServerProcess<{ address: string }, Asked>('vault-server.ts', [
      join(folder, 'v'),
      JSON.stringify(SECRETS),
      TOKEN,
    ])
    try {
      process.env.VAULT_ADDR = (await secure.where).address
      await fails('vault:secret/data/shop/api#key', /cannot be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)/)
      process.env.VAULT_CACERT = join(folder, 'v.pem')
      assert.equal(await resolve('vault:secret/data/shop/api#key'), 'second-key')
    } finally {
      await secure.stop()
    }
  })

  it('are asked for once by a node, whatever the number of its threads, and sent', async () => {
    const node = new WorkerNode('n1', 2)
    const auth = { apiKey: { header: 'x-api-key', value: 'vault:secret/data/shop/api#key' } }
    const { runId } = await node.runAlone(suiteWith(await target.start(), { auth }))
    assert.deepEqual(node.errors(runId), {})
    assert.equal((await server.asked()).length, 1)
    assert.equal(target.received.length, 40)
    assert.ok(target.received.every(({ headers }) => headers['x-api-key'] === 'second-key'))
    await node.pool.close()
  })
})
