/** What both HTTP drivers do alike over TLS, with a certificate made for the test. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { DRIVERS, FiredLane } from './fired-lane.ts'

interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Signed by itself, for one name. */
function makeCertificate(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'vajra-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    const made = ['req', '-x509', ...curve, '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject]
    execFileSync('openssl', made, { stdio: 'pipe' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

for (const driver of Object.keys(DRIVERS) as (keyof typeof DRIVERS)[]) {
  describe(`the ${driver} driver over TLS`, () => {
    const defaults = getCACertificates('default')
    let trusted: Certificate
    let server: Server | TcpServer | undefined
    let asked: (string | false | undefined)[] = []
    let connections = 0

    before(() => {
      trusted = makeCertificate('localhost')
      setDefaultCACertificates([...defaults, trusted.cert])
    })

    after(() => setDefaultCACertificates(defaults))

    afterEach(async () => {
      await new Promise((resolve) => {
        ;(server as Server).closeAllConnections()
        server?.close(resolve)
      })
    })

    const listen = async (certificate: Certificate | null): Promise<number> => {
      asked = []
      connections = 0
      const answer = (_request: unknown, response: { end(text: string): unknown }) => response.end('x'.repeat(100_000))
      server = certificate === null ? createHttpServer(answer) : createServer(certificate, answer)
      server.on('secureConnection', (socket) => {
        connections++
        asked.push(socket.servername)
      })
      await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
      return (server.address() as AddressInfo).port
    }

    const kindsOf = async (times: number, url: string) => {
      const lane = new FiredLane(driver, url)
      const kinds: (string | null)[] = []
      for (let i = 0; i < times; i++) kinds.push(await lane.kind())
      await lane.close()
      return { kinds, received: lane.settled.map(({ bytesReceived }) => bytesReceived) }
    }

    it('asks for the name of the URL, and keeps the connection', async () => {
      const port = await listen(trusted)
      const { kinds, received } = await kindsOf(4, `https://localhost:${port}/`)
      assert.deepEqual(kinds, [null, null, null, null])
      assert.ok(received.every((bytes) => bytes > 100_000 && bytes < 100_400))
      assert.deepEqual([asked, connections], [['localhost'], 1])
    })

    it('asks for the name in the host header', async () => {
      const port = await listen(trusted)
      const lane = new FiredLane(driver, `https://127.0.0.1:${port}/`, { headers: { Host: 'localhost' } })
      assert.equal(await lane.kind(), null)
      assert.deepEqual(asked, ['localhost'])
      await lane.close()
    })

    it('counts a certificate that nobody vouches for as tls', async () => {
      const port = await listen(makeCertificate('localhost'))
      assert.deepEqual((await kindsOf(2, `https://localhost:${port}/`)).kinds, ['tls', 'tls'])
    })

    it('counts a certificate for another name as tls', async () => {
      const port = await listen(trusted)
      assert.deepEqual((await kindsOf(2, `https://127.0.0.1:${port}/`)).kinds, ['tls', 'tls'])
    })

    it('counts a server without TLS as tls', async () => {
      const port = await listen(null)
      assert.deepEqual((await kindsOf(2, `https://localhost:${port}/`)).kinds, ['tls', 'tls'])
    })
  })
}
