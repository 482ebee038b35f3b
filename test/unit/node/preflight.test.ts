import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { IDLE } from '../../../src/membership/view.ts'
import { decodeMessage } from '../../../src/mesh/codec.ts'
import { AskLimit } from '../../../src/node/ask-limit.ts'
import { Preflight } from '../../../src/node/preflight.ts'
import {
  checkPreflightMessage,
  isPreflightMessage,
  type PreflightMessage,
} from '../../../src/node/preflight-messages.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

const SOURCE = {
  text: 'name: s\nscenarios:\n  - { name: a, load: { rate: 1/s, duration: 1s }, http: "http://127.0.0.1:1/" }\n',
  format: 'yaml',
} as const
const PARSED = parseSuite(SOURCE)
const RESOURCES = { cpus: 1, loadThreads: 1, headroom: 1, freeBytes: 1e9, files: null, ports: null }

describe('how often something may be asked for', () => {
  it('is so many times at once, and then at a rate', () => {
    const limit = new AskLimit(3, 1000, 0)
    assert.deepEqual(
      [0, 0, 0, 0, 999, 1000, 1001, 60_000].map((now) => limit.take(now)),
      [true, true, true, false, false, true, false, true],
    )
    assert.deepEqual(
      [60_000, 60_000, 60_000].map((now) => limit.take(now)),
      [true, true, false],
    )
  })
})

describe('pre-flight among nodes', () => {
  const sent: { readonly to: string; readonly message: PreflightMessage }[] = []
  let passed = 0
  const make = (allowTarget: readonly string[] = ['elsewhere.test']) => {
    sent.length = 0
    passed = 0
    return new Preflight({
      node: 'here',
      allowTarget,
      mesh: {
        bootId: 'self',
        send: (to, _channel, bytes) => {
          sent.push({ to, message: checkPreflightMessage(decodeMessage(bytes, 1e6)) })
          return to !== 'lost'
        },
      },
      clock: { monotonic: () => 0, wall: () => 0 },
      firers: () => ['other', 'lost'].map((bootId) => ({ bootId, name: bootId, capacity: 1, load: IDLE })),
      resources: () => RESOURCES,
      passed: () => passed++,
    })
  }

  /** What it answers to a peer's question about one scenario. */
  const asked = async (preflight: Preflight, url: string): Promise<PreflightMessage> => {
    const text = JSON.stringify({
      name: 's',
      scenarios: [{ name: 'a', load: { rate: '1/s', duration: '1s' }, http: url }],
    })
    const question = { kind: 'preflight', id: '0123456789abcdef', source: { text, format: 'json' }, share: 1, nodes: 1 }
    preflight.receive('other', question)
    const until = Date.now() + 5000
    while (sent.length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10))
    return sent[0]!.message
  }

  it('says that a run may follow, when nothing is in its way', async () => {
    const server = createServer((_, response) => response.end('x')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const answer = await asked(make([]), url)
      assert.ok(answer.kind === 'findings' && answer.findings.every(({ level }) => level !== 'FAIL'))
      assert.equal(passed, 1)
      await asked(make(), url)
      assert.equal(passed, 0)
    } finally {
      server.close()
    }
  })

  it('takes the answer of who was asked, and of nobody else', async () => {
    const preflight = make()
    assert.ok(PARSED.ok)
    const checking = preflight.check(SOURCE, PARSED.suite)
    await new Promise((resolve) => setImmediate(resolve))
    const asked = sent.find(({ to }) => to === 'other')!.message
    assert.equal(asked.kind === 'preflight' && asked.share, 0.5)
    const answer = (seen: string) => ({
      kind: 'findings',
      id: asked.id,
      findings: [{ check: 'tcp', level: 'FAIL', seen }],
    })
    preflight.receive('stranger', answer('a lie'))
    preflight.receive('other', { ...answer('of another question'), id: '0123456789abcdef' })
    preflight.receive('other', answer('the truth'))
    const { level, findings } = await checking
    assert.equal(level, 'FAIL')
    assert.deepEqual(
      findings.map(({ node, seen }) => `${node}: ${seen}`),
      ['other: the truth', 'lost: it cannot be reached from the node that asks'],
    )
  })

  it('tells who is asked what the data files have in them', async () => {
    const scenarios = [{ name: 'a', load: { rate: '1/s', duration: '1m' }, http: 'http://127.0.0.1:1/{{users.email}}' }]
    const text = JSON.stringify({ name: 's', data: { users: { path: '/users.csv', onEnd: 'stop' } }, scenarios })
    const sha256 = 'ab'.repeat(32)
    const data = [{ key: 'users', onNodes: true, sha256, bytes: 9, rows: 3, columns: ['email'] }]
    const parsed = parseSuite({ text, format: 'json', data })
    assert.ok(parsed.ok)
    const preflight = make()
    const checking = preflight.check({ text, format: 'json' }, parsed.suite)
    await new Promise((resolve) => setImmediate(resolve))
    const { message } = sent.find(({ to }) => to === 'other')!
    assert.deepEqual(message.kind === 'preflight' && message.source, { text, format: 'json', data })
    preflight.receive('other', { kind: 'findings', id: message.id, findings: [] })
    await checking
  })

  it('refuses what is malformed or too much', () => {
    const good = { kind: 'preflight', id: '0123456789abcdef', source: SOURCE, share: 1, nodes: 1 }
    assert.equal(checkPreflightMessage(good).kind, 'preflight')
    const finding = { check: 'tcp', level: 'PASS', seen: 'x' }
    for (const bad of [
      { ...good, share: 2 },
      { ...good, id: 'x' },
      { ...good, more: 1 },
      { ...good, source: { ...SOURCE, data: [{ key: 'users' }] } },
      { ...good, source: { text: 'x'.repeat(1_000_000), format: 'yaml' } },
      { kind: 'findings', id: good.id, findings: [{ ...finding, level: 'FINE' }] },
      { kind: 'findings', id: good.id, findings: [{ ...finding, node: 'somebody else' }] },
      { kind: 'findings', id: good.id, findings: Array.from({ length: 301 }, () => finding) },
    ]) {
      assert.ok(isPreflightMessage(bad))
      assert.throws(() => checkPreflightMessage(bad), { code: 'MESSAGE_INVALID' })
      assert.throws(() => make().receive('other', bad), { code: 'MESSAGE_INVALID' })
    }
    for (const other of [null, 1, 'preflight', { kind: 'renew' }]) assert.equal(isPreflightMessage(other), false)
  })

  it('looks at what it is asked to only so often', async () => {
    const preflight = make()
    for (let i = 0; i < 40; i++) {
      preflight.receive('other', {
        kind: 'preflight',
        id: '0123456789abcdef',
        source: { text: 'no: suite', format: 'yaml' },
        share: 1,
        nodes: 1,
      })
      await new Promise((resolve) => setImmediate(resolve))
    }
    const seen = sent.map(({ message }) => (message.kind === 'findings' ? (message.findings[0]?.seen ?? '') : ''))
    assert.equal(seen.filter((text) => text.startsWith('this node cannot read the suite')).length, 30)
    assert.equal(seen.filter((text) => text.includes('too often')).length, 10)
  })
})
