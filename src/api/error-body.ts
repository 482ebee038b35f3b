/**
 * Every error the API answers has one shape: what a program needs (`code`), what a person needs (`message`, `hint`),
 * and the list of problems, which is never empty, so that a client may read that list alone.
 */

import type { FastifyError } from 'fastify'
import { type ErrorCode, messageOf, type Problem, VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'

export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly hint?: string
  readonly errors: readonly Problem[]
}

export function errorBody(error: VajraError): ErrorBody {
  const hint = error.hint === undefined ? {} : { hint: error.hint }
  const errors = error.problems.length > 0 ? error.problems : [{ path: '', message: error.message, ...hint }]
  return { code: error.code, message: error.message, ...hint, errors }
}

/** Characters of a request that an answer gives back at most. */
const QUOTED = 200

const MEDIA_TYPE_HINT = 'send the suite with content-type: application/yaml or application/json'

export function unsupportedMediaType(found: string | undefined): VajraError {
  const what = found === undefined ? 'the request has no content-type' : `the content-type is ${found.slice(0, QUOTED)}`
  return new VajraError('UNSUPPORTED_MEDIA_TYPE', `${what}, which is neither YAML nor JSON`, { hint: MEDIA_TYPE_HINT })
}

/** Whatever a handler or the framework threw, as an error of ours. A defect keeps its details for the log. */
export function toVajraError(thrown: unknown): VajraError {
  if (thrown instanceof VajraError) return thrown
  const { code, statusCode } = thrown as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new VajraError('SUITE_TOO_LARGE', 'the request body is too large', {
      hint: `a suite may have ${LIMITS.suiteBytes} bytes, and its data files ${LIMITS.dataBytes} together`,
    })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMediaType(undefined)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new VajraError('BODY_INVALID', `the request cannot be read: ${messageOf(thrown).slice(0, QUOTED)}`)
  }
  return new VajraError('INTERNAL', 'the node failed to answer this request', {
    hint: "the node's log has the details",
    cause: thrown,
  })
}
