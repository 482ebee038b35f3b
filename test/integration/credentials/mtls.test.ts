/** Certificates of clients, against a real TLS server that asks for them. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Keeper } from '../../../src/tasks/credentials/keeper.ts'
import { resolveCertificate } from '../../../src/tasks/http/client-certificate.ts'
import { httpTask } from '../../../src/tasks/http/http-task.ts'
import type { TaskResult } from '../../../src/tasks/sdk.ts'
import { refusal, ServerProcess } from './support.ts'

const context = { node: 'n1', worker: 0, secrets: {}, log: () => {}, signal: new AbortController().signal }
const PASSPHRASE = 'op3n-sesame'

describe('mutual TLS', function () {
  this.timeout(20_000)
  const folder = mkdtempSync(join(tmpdir(), 'vajra-mtls-'))
  const path = (name: string) => join(folder, name)
  let server: ServerProcess<{ url: string }, { client: string; authorization: string | null }>
  let url: string

  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']

  function makeCa(name: string): void {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    openssl('req', '-x509', ...newKey, '-nodes', '-days', '2', '-subj', `/CN=${name}`, ...files)
  }

  /** Signed by an authority; with an encrypted key where a passphrase is given. */
  function make(name: string, ca: string, passphrase?: string): void {
    const secrecy = passphrase === undefined ? ['-noenc'] : ['-passout', `pass:${passphrase}`]
    const alternative = ['-addext', `subjectAltName=DNS:${name}`]
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    const signer = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`]
    openssl(
      'req',
      '-x509',
      ...newKey,
      ...secrecy,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      ...alternative,
      ...signer,
      ...files,
    )
  }

  before(async () => {
    makeCa('ca')
    makeCa('strange-ca')
    make('localhost', 'ca')
    make('client', 'ca')
    make('locked', 'ca', PASSPHRASE)
    make('stranger', 'strange-ca')
    process.env.VAJRA_TEST_PASSPHRASE = PASSPHRASE
    process.env.VAJRA_TEST_WRONG = 'wr0ng-words'
    process.env.VAJRA_TEST_TOKEN = 'tok.en'
    server = new ServerProcess('tls-server.ts', [path('localhost.pem'), path('localhost.key'), path('ca.pem')])
    url = (await server.where).url
  })

  after(async () => {
    for (const name of ['PASSPHRASE', 'WRONG', 'TOKEN']) delete process.env[`VAJRA_TEST_${name}`]
    await server?.stop()
    rmSync(folder, { recursive: true })
  })

  const of = (name: string, more: object = {}) => ({
    cert: `file:${path(`${name}.pem`)}`,
    key: `file:${path(`${name}.key`)}`,
    ca: `file:${path('ca.pem')}`,
    ...more,
  })

  async function send(mtls: object | null, driver: string, sent: object | null = null): Promise<TaskResult> {
    const auth = { path: 'auth', sent, mtls }
    const task = httpTask.create({ method: 'GET', url, headers: {}, timeoutMs: 2000, driver, auth }, context)
    await task.setup?.()
    return await task.execute({ index: 0, user: -1, signal: context.signal })
  }

  const kindOf = (result: TaskResult): string | null => (result.ok ? null : result.kind)

  for (const driver of ['wire', 'undici'] as const) {
    it(`shows the certificate, and trusts the authority that is given (${driver})`, async () => {
      server.lines.length = 0
      const bearer = { scheme: 'bearer', token: 'env:VAJRA_TEST_TOKEN' }
      assert.equal(kindOf(await send(of('client'), driver, bearer)), null)
      const passphrase = 'env:VAJRA_TEST_PASSPHRASE'
      assert.equal(kindOf(await send(of('locked', { passphrase }), driver)), null)
      assert.deepEqual(await server.asked(), [
        { client: 'client', authorization: 'Bearer tok.en' },
        { client: 'locked', authorization: null },
      ])
    })

    it(`counts what fails over certificates, on either side (${driver})`, async () => {
      // This server says nothing to strangers, and hangs up.
      assert.equal(kindOf(await send(of('stranger'), driver)), 'closed')
      assert.equal(kindOf(await send(of('client', { ca: `file:${path('strange-ca.pem')}` }), driver)), 'tls')
      assert.equal(kindOf(await send(null, driver)), 'tls')
    })
  }

  it('says at set-up what cannot be used, and why', async () => {
    writeFileSync(path('junk'), 'hunter2')
    writeFileSync(path('broken.pem'), readFileSync(path('ca.pem'), 'utf8').replace(/MII.{20}/, 'MIIx'))
    const junk = `file:${path('junk')}`
    for (const [mtls, expected] of [
      [of('client', { cert: junk }), /^auth\.mtls\.cert: file:\S+junk is not a certificate$/],
      [of('client', { cert: 'file:/nowhere' }), /^auth\.mtls\.cert: credential reference file:\/nowhere .*ENOENT/],
      [of('client', { key: junk }), /^auth\.mtls\.key: file:\S+junk is not a private key$/],
      [of('client', { key: of('stranger').key }), /^auth\.mtls\.key: file:\S+ is not the key of the certificate$/],
      [of('client', { ca: junk }), /^auth\.mtls\.ca: file:\S+junk has no certificates/],
      [of('client', { ca: `file:${path('broken.pem')}` }), /^auth\.mtls\.ca: file:\S+broken\.pem has no .*broken one/],
      [of('locked'), /^auth\.mtls\.key: file:\S+locked\.key is encrypted$/],
      [
        of('locked', { passphrase: 'env:VAJRA_TEST_WRONG' }),
        /^auth\.mtls\.passphrase: env:VAJRA_TEST_WRONG does not open the key$/,
      ],
    ] as const) {
      const { message } = await refusal(send(mtls, 'wire'))
      assert.match(message, expected)
      assert.doesNotMatch(message, /hunter2|wr0ng/)
    }
  })

  it('says at set-up that a certificate has expired, or is not valid yet', async () => {
    const keeper = new Keeper()
    const day = 24 * 3600 * 1000
    const at = (now: number) => resolveCertificate(of('client'), 'auth', keeper, now)
    await at(Date.now())
    const late = await refusal(at(Date.now() + 3 * day))
    assert.match(late.message, /^auth\.mtls\.cert: file:\S+client\.pem has expired at \d{4}-\d\d-\d\dT/)
    const early = await refusal(at(Date.now() - day))
    assert.match(early.message, /^auth\.mtls\.cert: file:\S+client\.pem is not valid before \d{4}-\d\d-\d\dT/)
  })
})
