import assert from 'node:assert/strict'
import { looksLikeReference, parseReference } from '../../../src/suite/references.ts'

describe('credential references', () => {
  it('name a variable or a file, alone or after a scheme', () => {
    assert.deepEqual(parseReference('env:TOKEN'), { kind: 'env', name: 'TOKEN' })
    assert.deepEqual(parseReference('Bearer env:TOKEN'), { kind: 'env', name: 'TOKEN' })
    assert.deepEqual(parseReference('file:/run/secrets/token'), { kind: 'file', name: '/run/secrets/token' })
    assert.deepEqual(parseReference('Basic file:/run/secrets/basic'), { kind: 'file', name: '/run/secrets/basic' })
  })

  it('are nothing else', () => {
    for (const text of ['Bearer hunter2', 'env:', 'env:1X', 'file:relative', 'a b env:X', 'Bearer  env:X', ' env:X']) {
      assert.equal(parseReference(text), undefined, text)
    }
  })

  it('are recognised when they are malformed', () => {
    assert.ok(looksLikeReference('env:1X') && looksLikeReference('Bearer file:relative'))
    assert.ok(!looksLikeReference('Bearer hunter2'))
  })
})
