import assert from 'node:assert/strict'
import { isRemoteReference, looksLikeReference, parseReference } from '../../../src/suite/references.ts'

describe('credential references', () => {
  it('name a variable or a file, alone or after a scheme', () => {
    assert.deepEqual(parseReference('env:TOKEN'), { kind: 'env', name: 'TOKEN' })
    assert.deepEqual(parseReference('Bearer env:TOKEN'), { kind: 'env', name: 'TOKEN' })
    assert.deepEqual(parseReference('file:/run/secrets/token'), { kind: 'file', name: '/run/secrets/token' })
    assert.deepEqual(parseReference('Basic file:/run/secrets/basic'), { kind: 'file', name: '/run/secrets/basic' })
  })

  it('name a field of a secret in Vault, by the path of its API', () => {
    for (const name of ['secret/data/shop#key', 'team/kv/data/a/data/b.c_d-e#k.e-y', 'secret/data/shop#key#3']) {
      assert.deepEqual(parseReference(`vault:${name}`), { kind: 'vault', name })
    }
    for (const name of [
      'secret/shop#key',
      'secret/data/shop',
      'secret/data/#key',
      'data/shop#key',
      'secret/data/../sys#key',
      '../data/shop#key',
      'secret/data/..#key',
      'secret/data/shop?x#key',
      'secret/data/shop#key#0',
      'secret/data/shop#a#b',
    ]) {
      assert.equal(parseReference(`vault:${name}`), undefined, name)
    }
    assert.ok(isRemoteReference('Bearer vault:secret/data/shop#key') && !isRemoteReference('env:A'))
  })

  it('name a secret in AWS Secrets Manager, or a field of one', () => {
    for (const name of [
      'shop',
      'prod/shop#key',
      'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf#key',
    ]) {
      assert.deepEqual(parseReference(`aws:${name}`), { kind: 'aws', name })
    }
    for (const name of ['', 'a b', '#key', 'shop#', 'shop#a#b', 'shop:key']) {
      assert.equal(parseReference(`aws:${name}`), undefined, name)
    }
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
