import assert from 'node:assert/strict'
import { canonicalJson } from '../../../src/metrics/canonical-json.ts'
import { digestOf } from '../../../src/metrics/digest.ts'
import type { Report } from '../../../src/metrics/report-document.ts'

describe('canonical JSON', () => {
  it('sorts keys by code units at every depth, numbers among them', () => {
    const value = { b: [{ z: 1, a: null }], 10: 'x', 9: true, B: 'é\n"', a: undefined }
    assert.equal(canonicalJson(value), '{"10":"x","9":true,"B":"é\\n\\"","b":[{"a":null,"z":1}]}')
  })

  it('writes numbers and empty things as JSON does', () => {
    assert.equal(canonicalJson([0, -0, 1e21, 0.1, [], {}, undefined]), '[0,0,1e+21,0.1,[],{},null]')
  })
})

describe('the digest of a report', () => {
  it('is the SHA-256 of the canonical document, whatever the order of keys and its old digest', () => {
    // sha256sum of {"a":2,"b":1}
    const expected = 'd3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772'
    assert.equal(digestOf({ b: 1, a: 2 } as unknown as Report), expected)
    assert.equal(digestOf({ a: 2, digest: 'old', b: 1 } as unknown as Report), expected)
  })
})
