import assert from 'node:assert/strict'
import { errors } from 'undici'
import { errorKind, statusKind } from '../../../src/tasks/http/error-kind.ts'

const withCode = (code: string): Error => Object.assign(new Error(code), { code })

describe('kinds of HTTP failures', () => {
  const expected: readonly [unknown, string][] = [
    [withCode('ECONNREFUSED'), 'connect_refused'],
    [withCode('ECONNRESET'), 'connection_reset'],
    [withCode('EPIPE'), 'connection_reset'],
    [withCode('ENOTFOUND'), 'dns'],
    [withCode('EAI_AGAIN'), 'dns'],
    [withCode('EHOSTUNREACH'), 'unreachable'],
    [withCode('EADDRNOTAVAIL'), 'exhausted'],
    [withCode('EMFILE'), 'exhausted'],
    [withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls'],
    [withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
    [withCode('ERR_SSL_WRONG_VERSION_NUMBER'), 'tls'],
    [withCode('CERT_REVOKED'), 'tls'],
    [new errors.ConnectTimeoutError(), 'connect_timeout'],
    [new errors.HeadersTimeoutError(), 'timeout'],
    [new errors.BodyTimeoutError(), 'timeout'],
    [new errors.SocketError('other side closed'), 'closed'],
    [new errors.ResponseContentLengthMismatchError(), 'closed'],
    [withCode('HPE_INVALID_CONSTANT'), 'protocol'],
    [new errors.HTTPParserError('no HTTP'), 'protocol'],
    [new errors.HeadersOverflowError(), 'protocol'],
    [new errors.InvalidArgumentError('x'), 'other'],
    [new Error('anything'), 'other'],
    ['not even an error', 'other'],
    [undefined, 'other'],
  ]
  for (const [error, kind] of expected) {
    it(`${error instanceof Error ? error.message : String(error)}: ${kind}`, () => assert.equal(errorKind(error), kind))
  }

  it('looks inside the error of a name with several addresses', () => {
    const inner = [withCode('ECONNREFUSED'), withCode('ECONNREFUSED')]
    assert.equal(errorKind(new AggregateError(inner)), 'connect_refused')
    assert.equal(errorKind(new AggregateError([])), 'other')
  })

  it('takes statuses from 400 on as failures', () => {
    const kinds = [200, 204, 301, 304, 399, 400, 404, 499, 500, 503].map(statusKind)
    const failed = ['http_4xx', 'http_4xx', 'http_4xx', 'http_5xx', 'http_5xx']
    assert.deepEqual(kinds, [null, null, null, null, null, ...failed])
  })
})
