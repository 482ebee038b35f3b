/** Command lines, variables, addresses, files and headers that nobody would write: read, or refused with words. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { accessCheck } from '../../src/api/access.ts'
import { VajraError } from '../../src/base/errors.ts'
import { readConfigFile } from '../../src/cli/config-file.ts'
import { parseEndpoint, parseMultiaddr, showEndpoint } from '../../src/mesh/endpoint.ts'
import { createLibp2pMesh } from '../../src/mesh/libp2p-mesh.ts'
import { loadClusterKey } from '../../src/node/cluster-key.ts'
import { runCli } from '../unit/cli/test-process.ts'
import { damaged, patience, snippets, tries } from './runs.ts'

describe('fuzz: options', function () {
  this.timeout(patience(30))
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-fuzz-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('addresses to join and to listen on', () => {
    const piece = fc.constantFrom(
      '127.0.0.1',
      '::1',
      '[',
      ']',
      ':',
      '/',
      'ip4',
      'ip6',
      'dns',
      'tcp',
      '7077',
      '0',
      '65536',
      'p2p',
      'example.test',
      '..',
      '-',
      '@',
      '%',
      'QmPeer',
    )
    const address = fc.oneof(
      fc.string({ maxLength: 400 }),
      fc.array(piece, { maxLength: 10 }).map((parts) => parts.join('')),
      fc.array(piece, { maxLength: 6 }).map((parts) => `/${parts.join('/')}`),
    )
    fc.assert(
      fc.property(address, (text) => {
        const multiaddr = parseMultiaddr(text)
        if (multiaddr !== null) assert.ok(multiaddr.port <= 65_535 && multiaddr.host !== '')
        try {
          const endpoint = parseEndpoint(text, '--join', 1)
          assert.ok(endpoint.port >= 1 && endpoint.port <= 65_535)
          assert.deepEqual(parseEndpoint(showEndpoint(endpoint), '--join', 1), endpoint)
        } catch (thrown) {
          assert.ok(thrown instanceof VajraError && thrown.code === 'OPTION_INVALID', String((thrown as Error).stack))
        }
      }),
      tries(2000),
    )
  })

  it('an address to join that no option check has seen', async () => {
    await assert.rejects(
      createLibp2pMesh({ clusterKey: '00'.repeat(32), join: ['\u0000'], mdns: false, name: 'x' }),
      (thrown) => thrown instanceof VajraError && thrown.code === 'OPTION_INVALID',
    )
  })

  it('command lines and variables', async () => {
    const words = fc.constantFrom(
      ...[
        'node',
        'submit',
        'validate',
        'runs',
        'run',
        'quick',
        'watch',
        'key',
        'status',
        'help',
        '--help',
        '-h',
        '--',
        '-',
        '---',
      ],
      ...[
        '--node',
        '--json',
        '--timeout',
        '--workers',
        '--join',
        '--http',
        '--listen',
        '--rate',
        '--header',
        '--config',
        '-o',
        '-X',
        '--no-json',
      ],
      ...[
        'http://127.0.0.1:1',
        '=',
        '--workers=',
        '--workers=-1',
        '1e999',
        '\u0000',
        '\u001b[2J',
        '',
        ' ',
        '/nowhere.yaml',
        'r00000000-0000000001',
      ],
    )
    const argument = fc.oneof({ weight: 5, arbitrary: words }, { weight: 1, arbitrary: fc.string({ maxLength: 30 }) })
    const variable = fc.tuple(
      fc.constantFrom('VAJRA_WORKERS', 'VAJRA_NODE', 'VAJRA_TIMEOUT', 'VAJRA_JOIN', 'VAJRA_CONFIG', 'VAJRA_LOG_LEVEL'),
      fc.string({ maxLength: 20 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(argument, { maxLength: 6 }),
        fc.array(variable, { maxLength: 2 }),
        async (argv, variables) => {
          // Commands that would do something are kept from it: there is no node to start, and none to ask.
          const environment = { VAJRA_NODE: 'http://127.0.0.1:1', ...Object.fromEntries(variables) }
          fc.pre(!argv.includes('key'))
          const { code, stderr } = await runCli(argv, { environment })
          if (stderr.includes('this test has no node')) return
          assert.ok(Number.isInteger(code), `exit code ${code}`)
          assert.doesNotMatch(stderr, /\n {4}at |TypeError|RangeError/, stderr)
        },
      ),
      tries(200),
    )
  })

  it('configuration files', async () => {
    const text = fc.oneof(
      fc.array(snippets, { maxLength: 20 }).map((parts) => parts.join('')),
      fc
        .dictionary(
          fc.constantFrom('workers', 'http', 'join', 'config', '__proto__', 'toString', 'hasOwnProperty'),
          fc.jsonValue(),
        )
        .map((map) => JSON.stringify(map)),
    )
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('yaml', 'json'), async (content, ending) => {
        const path = join(folder, `config.${ending}`)
        writeFileSync(path, content)
        try {
          const { texts } = await readConfigFile(path)
          for (const values of texts.values()) assert.ok(values.every((value) => typeof value === 'string'))
        } catch (thrown) {
          assert.ok(thrown instanceof VajraError && thrown.code === 'OPTION_INVALID', String((thrown as Error).stack))
        }
      }),
      tries(300),
    )
  })

  it('key files, whose content no refusal shows', () => {
    const digits = 'c0ffee11'.repeat(8)
    const file = new TextEncoder().encode(`/key/swarm/psk/1.0.0/\n/base16/\n${digits}\n`)
    const path = join(folder, 'swarm.key')
    const content = fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged(fc.constant(file)))
    fc.assert(
      fc.property(content, (bytes) => {
        writeFileSync(path, bytes, { mode: 0o600 })
        try {
          assert.match(loadClusterKey({ configDir: folder, env: {}, file: path }).key, /^[0-9a-f]{64}$/)
        } catch (thrown) {
          assert.ok(thrown instanceof VajraError && thrown.code === 'CLUSTER_KEY_INVALID', String(thrown))
          assert.ok(!`${thrown.message}${thrown.hint}`.includes('c0ffee'), thrown.message)
        }
      }),
      tries(300),
    )
  })

  it('headers of API requests', () => {
    const text = fc.option(
      fc.oneof(
        fc.string({ maxLength: 60 }),
        fc.constantFrom('Bearer t', 'Bearer', '[::1', '[::1]:x', 'null', 'http://[', '127.0.0.1:'),
      ),
      { nil: undefined },
    )
    const check = accessCheck({ host: '127.0.0.1', token: 't' })
    const open = accessCheck({ host: '127.0.0.1', token: undefined })
    fc.assert(
      fc.property(text, text, text, fc.constantFrom('GET', 'POST', '\u0000'), (host, origin, authorization, method) => {
        for (const access of [check, open]) {
          try {
            access({ host, origin, authorization, method })
            if (access === check) assert.match(authorization ?? '', /^bearer +t$/i)
          } catch (thrown) {
            assert.ok(thrown instanceof VajraError && [401, 403].includes(thrown.httpStatus), String(thrown))
          }
        }
      }),
      tries(1500),
    )
  })
})
