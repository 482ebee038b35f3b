import assert from 'node:assert/strict'
import { LEVELS, type LocalFinding, worstLevel } from '../../../src/base/finding.ts'
import { judgeAnswers } from '../../../src/preflight/judge-answers.ts'
import { judgeLoad } from '../../../src/preflight/judge-load.ts'
import { judgeNode, type NodeResources } from '../../../src/preflight/judge-node.ts'
import { judgeTarget } from '../../../src/preflight/judge-target.ts'
import { nodeLoad } from '../../../src/preflight/node-load.ts'
import type { RequestSeen, TargetSeen } from '../../../src/preflight/observed.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'

const ORIGIN = 'http://127.0.0.1:8080'

function suiteOf(load: object, more: object = {}): Suite {
  const scenarios = [{ name: 'a', load, http: '/x', ...more }]
  const parsed = parseSuite({ text: JSON.stringify({ name: 's', target: ORIGIN, scenarios }), format: 'json' })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.suite
}

function request(over: Partial<RequestSeen> = {}, ms = 100): RequestSeen {
  return {
    path: 'scenarios[0].http',
    own: true,
    method: 'GET',
    url: `${ORIGIN}/x`,
    timeoutMs: 30_000,
    answers: [{ status: 200, ms, closes: false }],
    failure: null,
    ...over,
  }
}

function target(over: Partial<TargetSeen> = {}, ms = 100): TargetSeen {
  const tcp = { ok: true, ms: 1 } as const
  return { origin: ORIGIN, path: 'scenarios[0].http', dns: null, tcp, tls: null, requests: [request({}, ms)], ...over }
}

const RESOURCES: NodeResources = {
  cpus: 4,
  loadThreads: 3,
  headroom: 0.9,
  freeBytes: 4e9,
  files: { limit: 65_536, open: 40 },
  ports: { range: 28_232, used: 12 },
}

const find = (findings: readonly LocalFinding[], check: string) => findings.filter((one) => one.check === check)

function only(findings: readonly LocalFinding[]): LocalFinding {
  assert.equal(findings.length, 1, JSON.stringify(findings))
  return findings[0] as LocalFinding
}

describe('pre-flight: the load against the latency', () => {
  const judged = (load: object, ms: number, share = 1) => {
    const suite = suiteOf(load)
    return only(judgeLoad(suite, nodeLoad(suite, share, [target({}, ms)])))
  }

  it("warns where arrivals would be dropped, by Little's law and the node's share", () => {
    const load = { rate: '1000/s', duration: '10s', maxInFlight: 50 }
    const { level, path, seen, hint } = judged(load, 100)
    assert.equal(level, 'WARN')
    assert.equal(path, 'scenarios[0].load')
    assert.match(seen, /1,000\/s here at 100ms each are 100 in flight, and `maxInFlight` is 50: all above 500\/s/)
    assert.match(hint ?? '', /maxInFlight/)
    // A half of it, on one of two nodes, finds room.
    assert.equal(judged(load, 100, 0.5).level, 'PASS')
    assert.equal(judged(load, 49).level, 'PASS')
  })

  it('warns where nothing would come of it', () => {
    assert.match(judged({ rate: '1/m', duration: '1s' }, 1).seen, /nothing is planned/)
    assert.match(judged({ users: 5, duration: '1s' }, 1500).seen, /an iteration takes 1\.50s, and the scenario 1\.00s/)
    assert.equal(judged({ users: 5, duration: '1s', thinkTime: '2s' }, 10).level, 'PASS')
    // What is on its way at the end has 30 s.
    assert.equal(judged({ rate: '10/s', duration: '1s' }, 1500).level, 'PASS')
    assert.match(judged({ rate: '10/s', duration: '1s' }, 31_000).seen, /and 30\.0s to end/)
  })

  it('counts whole iterations of a journey, with their pauses, by the weights of a mix', () => {
    const part = (weight: number, think: string, steps: number) => ({
      weight,
      steps: Array.from({ length: steps }, (_, i) => ({ name: `${weight}-${i}`, http: '/x', think })),
    })
    const scenarios = [
      { name: 'a', load: { rate: '100/s', duration: '9s' }, mix: [part(3, '1s', 2), part(1, '0s', 4)] },
    ]
    const parsed = parseSuite({ text: JSON.stringify({ name: 's', target: ORIGIN, scenarios }), format: 'json' })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    // 3/4 of 0.1 + 1 + 0.1 s, and 1/4 of 4 × 0.1 s.
    const { atOnce, cores } = nodeLoad(parsed.suite, 1, [target()])
    assert.equal(atOnce, 100)
    assert.ok(Math.abs(cores - (100 * (0.75 * 2 + 0.25 * 4) * 9) / 1e6) < 1e-12)
  })

  it('says nothing where nothing was answered', () => {
    const suite = suiteOf({ rate: '1000/s', duration: '10s', maxInFlight: 1 })
    const dead = target({ tcp: { ok: false, ms: 1, code: 'ECONNREFUSED' }, requests: [] })
    assert.equal(only(judgeLoad(suite, nodeLoad(suite, 1, [dead]))).level, 'PASS')
  })
})

describe('pre-flight: what a node has', () => {
  const judged = (load: object, over: Partial<NodeResources> = {}, share = 1, ms = 100) => {
    const suite = suiteOf(load)
    const targets = [target({}, ms)]
    return judgeNode({ ...RESOURCES, ...over }, nodeLoad(suite, share, targets), targets)
  }

  it('has nothing to warn of in ordinary use, also on a small and busy machine', () => {
    const small = { cpus: 1, loadThreads: 1, headroom: 0, freeBytes: 3e8, files: { limit: 1024, open: 60 } }
    for (const load of [
      { rate: '500/s', duration: '10s' },
      { users: 100, duration: '10s' },
    ]) {
      assert.equal(worstLevel(judged(load, small)), 'PASS')
    }
  })

  it('counts CPU time, for the share alone', () => {
    const load = { rate: '400000/s', duration: '10s', maxInFlight: 1_000_000 }
    assert.equal(only(find(judged(load), 'cpu')).level, 'WARN')
    assert.equal(only(find(judged(load, {}, 0.5), 'cpu')).level, 'PASS')
    const busy = only(find(judged({ rate: '50000/s', duration: '1s' }, { headroom: 0.05 }), 'cpu'))
    assert.match(busy.seen, /busy: 5 % of its CPU time is free/)
  })

  it('counts files, ports and memory for what is in flight at once', () => {
    const load = { users: 20_000, duration: '10s' }
    assert.equal(only(find(judged(load, { files: { limit: 1024, open: 60 } }), 'files')).level, 'WARN')
    assert.equal(only(find(judged(load, { ports: { range: 10_000, used: 1 } }), 'ports')).level, 'WARN')
    assert.equal(only(find(judged(load, { freeBytes: 1e8 }), 'memory')).level, 'WARN')
    assert.equal(worstLevel(judged(load)), 'PASS')
    assert.deepEqual(find(judged(load, { files: null, ports: null }), 'files'), [])
  })

  it('adds up scenarios that go on together, not those that follow each other', () => {
    const scenarios = ['a', 'b'].map((name) => ({ name, load: { users: 300, duration: '1s' }, http: '/' }))
    const atOnce = (mode: string) => {
      const parsed = parseSuite({
        text: JSON.stringify({ name: 's', mode, target: ORIGIN, scenarios }),
        format: 'json',
      })
      assert.ok(parsed.ok)
      return nodeLoad(parsed.suite, 1, []).atOnce
    }
    assert.equal(atOnce('parallel'), 600)
    assert.equal(atOnce('sequential'), 300)
  })
})

describe('pre-flight: what was seen of a target', () => {
  const times = { now: Date.parse('2030-01-01T00:00:00Z'), durationMs: 60_000 }
  const judged = (over: Partial<TargetSeen>) => judgeTarget(target(over), times)

  it('tells names, connections and TLS apart', () => {
    const failed = (code: string) => ({ ok: false, ms: 12, code }) as const
    const cases = [
      ['dns', { dns: failed('ENOTFOUND'), tcp: null }, /there is no host 127\.0\.0\.1 \(ENOTFOUND\)/],
      ['dns', { dns: failed('TIMEOUT'), tcp: null }, /no name server answered/],
      ['tcp', { tcp: failed('ECONNREFUSED') }, /refuses connections/],
      ['tcp', { tcp: failed('TIMEOUT') }, /does not answer to connections within 12\.0ms/],
      ['tcp', { tcp: failed('EWHATEVER') }, /cannot be connected to \(EWHATEVER\)/],
      ['tls', { tls: { ...failed('DEPTH_ZERO_SELF_SIGNED_CERT'), certificate: null } }, /self-signed/],
      ['tls', { tls: { ...failed('EPROTO'), certificate: null } }, /is not TLS/],
      [
        'tls',
        { tls: { ...failed('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), certificate: null } },
        /refuses the certificate of/,
      ],
    ] as const
    for (const [check, over, seen] of cases) {
      const found = only(judged({ ...over, requests: [] }).filter(({ level }) => level !== 'PASS'))
      assert.equal(found.check, check)
      assert.equal(found.level, 'FAIL')
      assert.match(found.seen, seen)
      assert.ok(found.hint)
    }
  })

  it('warns of a certificate that expires before the run ends, not of a later one', () => {
    const tls = (validTo: number) => {
      const certificate = { subject: 'x', names: 'x', issuer: 'y', validTo: times.now + validTo }
      return only(find(judged({ tls: { ok: true, ms: 1, protocol: 'TLSv1.3', certificate } }), 'tls'))
    }
    assert.equal(tls(59_999).level, 'WARN')
    assert.match(tls(59_999).seen, /expires at 2030-01-01T00:00:59Z, before the run would end/)
    assert.equal(tls(60_000).level, 'PASS')
  })

  it('judges answers: statuses, time-outs, silence', () => {
    const level = (over: Partial<RequestSeen>, ms?: number) =>
      only(judgeAnswers(target({ requests: [request(over, ms)] })))
    const status = (code: number) => [{ status: code, ms: 1, closes: false }]
    assert.equal(level({}).level, 'PASS')
    assert.equal(level({ answers: status(302) }).level, 'PASS')
    assert.equal(level({ answers: status(404) }).level, 'WARN')
    assert.match(level({ answers: status(401) }).hint ?? '', /credentials are missing, expired or not accepted/)
    assert.equal(level({ answers: status(503), own: false }).level, 'PASS')
    assert.match(level({ timeoutMs: 100 }, 100).hint ?? '', /every request would time out/)
    assert.equal(level({ timeoutMs: 100 }, 100).level, 'FAIL')
    const failure = (code: string, ms: number) => ({ answers: [], failure: { ok: false, ms, code } as const })
    assert.equal(level(failure('TIMEOUT', 3600)).level, 'WARN')
    assert.equal(level({ ...failure('TIMEOUT', 3600), timeoutMs: 2000 }).level, 'FAIL')
    assert.equal(level(failure('ECONNRESET', 5)).level, 'FAIL')
    assert.match(level(failure('HPE_INVALID_CONSTANT', 5)).seen, /not HTTP\/1\.1/)
  })

  it('knows the worst of several levels', () => {
    assert.equal(worstLevel([]), 'PASS')
    for (const [i, level] of LEVELS.entries())
      assert.equal(worstLevel(LEVELS.slice(0, i + 1).map((one) => ({ level: one }))), level)
  })
})
