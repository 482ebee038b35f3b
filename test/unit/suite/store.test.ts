import assert from 'node:assert/strict'
import type { Problem } from '../../../src/base/errors.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

const load = { users: 1, duration: '1s' }
const login = { name: 'login', load, http: '/login', extract: { token: 'json:$.token' }, store: ['token'] }
const buy = { name: 'buy', load, http: { url: '/buy', headers: { authorization: 'Bearer {{token}}' } }, use: ['token'] }

function problemsOf(scenarios: readonly object[], mode = 'sequential'): readonly Problem[] {
  const text = JSON.stringify({ name: 's', target: 'http://h', mode, scenarios })
  const parsed = parseSuite({ text, format: 'json' })
  return parsed.ok ? [] : parsed.problems
}

describe('what scenarios store for later ones', () => {
  it('is used by later ones, as a credential too', () => assert.deepEqual(problemsOf([login, buy]), []))

  const bad: readonly (readonly [string, readonly object[], string, RegExp, string?])[] = [
    ['in parallel', [login, buy], 'scenarios[0].store', /run at once/, 'parallel'],
    ['before it is stored', [buy, login], 'scenarios[0].use[0]', /stored by scenarios\[1\], which comes later/],
    ['by the scenario itself', [{ ...login, use: ['token'] }], 'scenarios[0].use[0]', /stored by this scenario itself/],
    [
      'by a name that is near',
      [login, { ...buy, use: ['tokne'] }],
      'scenarios[1].use[0]',
      /no scenario stores it, did you mean `token`/,
    ],
    [
      'though nobody extracts it',
      [{ ...login, store: ['tokens'] }, buy],
      'scenarios[0].store[0]',
      /does not extract it, did you mean `token`/,
    ],
    ['twice', [login, { ...login, name: 'again' }, buy], 'scenarios[1].store[0]', /stored by scenarios\[0\] already/],
    [
      'without saying so',
      [login, { ...buy, use: undefined }],
      'scenarios[1].http.headers.authorization',
      /a credential cannot be|no such value/,
    ],
  ]
  for (const [what, scenarios, path, message, mode] of bad) {
    it(`is not used ${what}`, () => {
      const problems = problemsOf(scenarios, mode)
      assert.equal(
        problems.filter((one) => one.path === path && message.test(one.message)).length,
        1,
        JSON.stringify(problems),
      )
    })
  }
})
