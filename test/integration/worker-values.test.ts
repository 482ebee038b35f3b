import assert from 'node:assert/strict'
import { parseSuite } from '../../src/suite/parse.ts'
import type { Suite } from '../../src/suite/spec.ts'
import { SeeingServer, workerNodes } from './worker-bench.ts'
import type { WorkerNode } from './worker-node.ts'

/** As an answer gives it; found nowhere but in the requests that come after it. */
const PLANTED = 'pl4nted-s3cret'

describe('values, checks and cookies on load threads', () => {
  let logins = 0
  const workerNode = workerNodes()
  const server = new SeeingServer(({ url, headers, body }, response) => {
    if (url.startsWith('/login')) {
      const { user } = JSON.parse(body) as { user: string }
      response.setHeader('set-cookie', `sid=${PLANTED}-${user}-${logins++}; Path=/`)
      response.end(JSON.stringify({ token: `${PLANTED}-${user}`, roles: ['a'] }))
    } else {
      response.statusCode = headers.authorization === undefined ? 401 : 201
      response.end('sold')
    }
  })

  function suiteOf(scenario: object, more: object = {}): Suite {
    const document = { name: 's', target: server.url, ...more, scenarios: [{ name: 'a', ...scenario }] }
    const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return parsed.suite
  }

  async function run(suite: Suite): Promise<{ node: WorkerNode; runId: string }> {
    const node = workerNode(2, 'n1')
    const { runId } = await node.runAlone(suite)
    return { node, runId }
  }

  const login = {
    name: 'login',
    http: { method: 'POST', url: '/login', json: { user: 'u{{iteration}}', at: '{{where}}' } },
    extract: { token: 'json:$.token' },
    expect: { status: 200, json: { '$.roles[0]': 'a', '$.token': { contains: 'u{{iteration}}' } } },
  }
  const buy = {
    name: 'buy',
    when: '{{token}}',
    http: { method: 'POST', url: '/buy/{{where}}?n={{node}}', headers: { authorization: 'Bearer {{token}}' } },
    expect: { status: 201, body: 'bought' },
  }
  const never = { name: 'never', when: { value: '{{token}}', equals: 'nothing' }, http: '/never' }

  it('carries values from step to step, counts checks, and lets nothing of it out', async () => {
    const steps = [login, never, buy]
    const load = { rate: '100/s', duration: '1s' }
    const suite = suiteOf({ load, steps }, { variables: { where: '{{random(1,1000000)}}' } })
    const { node, runId } = await run(suite)
    const logins = server.seen
      .filter(({ url }) => url === '/login')
      .map(({ body }) => JSON.parse(body) as { user: string; at: string })
    const buys = server.seen.filter(({ url }) => url.startsWith('/buy'))
    assert.deepEqual([logins.length, buys.length, server.seen.length], [100, 100, 200])
    assert.deepEqual(
      new Set(logins.map(({ user }) => user)),
      new Set(Array.from({ length: 100 }, (_, index) => `u${index}`)),
    )
    // Each with the token of its own login, the variable that was drawn for its iteration, and its own cookie.
    const whereOf = new Map(logins.map(({ user, at }) => [user, at]))
    for (const { url, headers } of buys) {
      const user = headers.authorization!.slice(`Bearer ${PLANTED}-`.length)
      assert.equal(url, `/buy/${whereOf.get(user)}?n=n1`)
      assert.match(headers.cookie!, new RegExp(`^sid=${PLANTED}-${user}-\\d+$`))
    }
    assert.ok(new Set(whereOf.values()).size > 90)
    const windows = node.windows(runId)
    const checksOf = (step: number): number[] => {
      const all = windows
        .filter((window) => window.step === step)
        .flatMap(({ checks }) => (checks === undefined ? [] : [checks]))
      const sum = (index: number, side: 0 | 1): number =>
        all.reduce((total, checks) => total + (checks[index]?.[side] ?? 0), 0)
      return all.length === 0 ? [] : all[0]!.flatMap((_, index) => [sum(index, 0), sum(index, 1)])
    }
    assert.deepEqual([0, 1, 2].map(checksOf), [[100, 0, 100, 0, 100, 0], [], [100, 0, 0, 100]])
    const kinds = windows
      .filter(({ step }) => step === 2)
      .map(({ errors }) => errors['check:body contains bought'] ?? 0)
    assert.equal(
      kinds.reduce((a, b) => a + b, 0),
      100,
    )
    const told = JSON.stringify([node.batches, node.logs, node.faults], (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
    assert.ok(!told.includes(PLANTED) && !told.includes('u17'))
  })

  it('keeps cookies of users from iteration to iteration, unless asked otherwise', async () => {
    const load = { users: 2, duration: '700ms', thinkTime: '50ms' }
    const once = { ...login, when: { value: '{{iteration}}', equals: '0' } }
    const look = { name: 'look', http: { url: '/look?{{iteration}}', headers: { authorization: 'env:PATH' } } }
    for (const [cookies, withCookie] of [
      [undefined, true],
      ['iteration', false],
      [false, false],
    ] as const) {
      server.seen = []
      const { http, ...rest } = once
      const simple = { ...rest, http: { ...http, json: { user: 'u{{user}}' } }, expect: { status: 200 } }
      await run(suiteOf({ load, steps: [simple, look], ...(cookies === undefined ? {} : { cookies }) }))
      const later = server.seen
        .filter(({ url }) => url.startsWith('/look?') && url !== '/look?0')
        .map(({ headers }) => headers.cookie)
      assert.ok(later.length > 1, `${later.length}`)
      assert.ok(
        later.every((cookie) => (cookie !== undefined) === withCookie),
        `cookies: ${cookies}`,
      )
      assert.ok(!withCookie || new Set(later).size <= 2)
    }
  })

  it('draws the same for the same iteration on every node', async () => {
    const load = { rate: '50/s', duration: '400ms' }
    const suite = suiteOf({ load, http: '/{{iteration}}?u={{uuid}}&r={{random(1,1000)}}' })
    await run(suite)
    const first = server.seen.map(({ url }) => url).sort()
    server.seen = []
    await run(suite)
    assert.equal(first.length, 20)
    assert.deepEqual(server.seen.map(({ url }) => url).sort(), first)
  })

  it('has every thread that uses a value get one of its own, and counts what that takes', async () => {
    const parsed = parseSuite({
      text: JSON.stringify({
        name: 's',
        target: server.url,
        mode: 'sequential',
        scenarios: [
          // Of two threads one at most has an iteration of its own.
          {
            name: 'in',
            load: { rate: '5/s', duration: '200ms' },
            steps: [{ ...login, http: { ...login.http, json: { user: 'u{{iteration}}' } } }],
            store: ['token'],
          },
          {
            name: 'out',
            load: { rate: '100/s', duration: '500ms' },
            http: { ...buy.http, url: '/buy' },
            use: ['token'],
          },
        ],
      }),
      format: 'json',
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const { node, runId } = await run(parsed.suite)
    const logins = server.seen.filter(({ url }) => url === '/login').length
    const buys = server.seen.filter(({ url }) => url === '/buy')
    assert.ok(logins >= 2 && logins <= 3, `${logins} logins`)
    assert.equal(buys.length, 50)
    for (const { headers } of buys) assert.equal(headers.authorization, `Bearer ${PLANTED}-u0`)
    const [stored, used] = [node.totals(runId, 0), node.totals(runId, 1)]
    assert.deepEqual([stored.scheduled, stored.succeeded], [logins, logins])
    assert.deepEqual([used.scheduled, used.succeeded], [50, 50])
  })

  it('fails what waits for a value that is not given', async () => {
    const parsed = parseSuite({
      text: JSON.stringify({
        name: 's',
        target: server.url,
        mode: 'sequential',
        scenarios: [
          {
            name: 'in',
            load: { rate: '1/s', duration: '100ms' },
            http: '/nothing',
            extract: { token: 'json:$.token' },
            store: ['token'],
          },
          {
            name: 'out',
            load: { rate: '50/s', duration: '200ms' },
            http: { ...buy.http, url: '/buy' },
            use: ['token'],
          },
        ],
      }),
      format: 'json',
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const { node, runId } = await run(parsed.suite)
    assert.deepEqual(node.errors(runId, 1), { 'missing:token': 10 })
    assert.ok(!server.seen.some(({ url }) => url === '/buy'))
  })

  it('says before the start what the environment lacks', async () => {
    const suite = suiteOf(
      { load: { rate: '1/s', duration: '1s' }, http: '/{{env.VAJRA_TEST_NOT_THERE}}' },
      { env: ['VAJRA_TEST_NOT_THERE'] },
    )
    const node = workerNode(1, 'n1')
    await assert.rejects(node.begin('r00000000-9999999999', suite, 1000), /this node has no VAJRA_TEST_NOT_THERE/)
  })
})
