import assert from 'node:assert/strict'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { HttpParameters } from '../../../src/suite/spec.ts'
import { parsed } from './parsing.ts'

function http(text: string, target = 'http://127.0.0.1:8080'): HttpParameters {
  const suite = parsed(
    `name: s\ntarget: ${target}\nscenarios:\n  - { name: a, load: { rate: 1/s, duration: 1s }, http: ${text} }`,
  )
  return suite.scenarios[0]!.steps[0]!.task.parameters as unknown as HttpParameters
}

describe('tasks of a suite', () => {
  describe('http', () => {
    it('takes a URL alone', () =>
      assert.deepEqual([http('/a').method, http('/a').url], ['GET', 'http://127.0.0.1:8080/a']))

    it('resolves URLs as a browser resolves links', () => {
      for (const [url, target, expected] of [
        ['/a?b=c', 'http://h/x/y', 'http://h/a?b=c'],
        ['a', 'http://h/x/', 'http://h/x/a'],
        ['../a', 'https://h/x/y/', 'https://h/x/a'],
        ['?q=1', 'http://h/x', 'http://h/x?q=1'],
        ['HTTP://Other:81/x#part', 'http://h/', 'http://other:81/x'],
        ['https://h/', 'http://h/', 'https://h/'],
        ['http://[::1]:80/a b', 'http://h/', 'http://[::1]/a%20b'],
      ] as const) {
        assert.equal(http(`{ url: "${url}" }`, target).url, expected)
      }
    })

    it('lets headers override the content type of JSON', () => {
      const { headers } = http('{ method: PUT, url: /, json: null, headers: { Content-Type: application/x+json } }')
      assert.deepEqual(headers, { 'content-type': 'application/x+json' })
    })

    it('sends text bodies as they are', () => {
      const { body, headers } = http('{ method: DELETE, url: /, body: "a=b" }')
      assert.deepEqual([body, headers], ['a=b', {}])
    })

    it('keeps references to credentials untouched', () => {
      const { headers } = http('{ url: /, headers: { cookie: "file:/run/secrets/cookie", X-Api-Key: "env:KEY" } }')
      assert.deepEqual(headers, { cookie: 'file:/run/secrets/cookie', 'x-api-key': 'env:KEY' })
    })
  })

  describe('other tasks', () => {
    const echo = {
      name: 'echo',
      title: 'Echo',
      parameters: {
        type: 'object',
        properties: { text: { type: 'string', minLength: 2 }, times: { type: 'integer', default: 3 } },
        required: ['text'],
        additionalProperties: false,
      },
    }

    it('hands over the parameters as they were given', () => {
      const suite = parsed('name: s\nscenarios: [{ name: a, load: { rate: 1/s, duration: 1s }, echo: { text: hi } }]', {
        tasks: [echo],
      })
      assert.deepEqual(suite.scenarios[0]!.steps[0]!.task, { type: 'echo', parameters: { text: 'hi' } })
    })

    it('checks the parameters against the schema of the task', () => {
      const text = `
name: s
scenarios:
  - { name: a, load: { rate: 1/s, duration: 1s }, echo: { txt: hi, times: 1.5 } }
  - { name: b, load: { rate: 1/s, duration: 1s }, echo: loud }
  - { name: c, load: { rate: 1/s, duration: 1s }, ecoh: {} }
`
      const result = parseSuite({ text, format: 'yaml' }, { tasks: [echo] })
      assert.ok(!result.ok)
      assert.deepEqual(
        result.problems.map(({ path, message }) => `${path}: ${message}`),
        [
          'scenarios[0].echo.text: missing',
          'scenarios[0].echo.times: expected a whole number, got 1.5',
          'scenarios[0].echo.txt: txt: unknown, did you mean `text`?',
          'scenarios[1].echo: expected a map of parameters, got "loud"',
          'scenarios[2].ecoh: ecoh: unknown, did you mean `echo`?',
        ],
      )
    })

    it('tells when the schema of a task is of no use', () => {
      const text = 'name: s\nscenarios: [{ name: a, load: { rate: 1/s, duration: 1s }, odd: {} }]'
      const tasks = [{ name: 'odd', parameters: { type: 'wat' } }]
      const result = parseSuite({ text, format: 'yaml' }, { tasks })
      assert.ok(!result.ok)
      assert.match(result.problems[0]!.message, /schema of task odd is not usable/)
    })

    it('never lets a task replace http or a key of the scenario', () => {
      const tasks = ['http', 'load', 'name'].map((name) => ({ name, parameters: { type: 'wat' } }))
      parsed('name: s\nscenarios: [{ name: a, load: { rate: 1/s, duration: 1s }, http: "http://h/" }]', { tasks })
    })
  })
})
