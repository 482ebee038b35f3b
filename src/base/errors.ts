/**
 * Errors a user may see. Each has a code, says what happened and where, and what to do; the table below gives each
 * code its exit code (k6's numbers, plus 96) and HTTP status. The table in docs/http-api.md is checked against it.
 */

/** Process exit codes; k6's where k6 has one, 96 is our own. */
export const EXIT = Object.freeze({
  ok: 0,
  failure: 1,
  incompleteCoverage: 96,
  thresholdsCrossed: 99,
  timeout: 102,
  stoppedByUser: 103,
  invalidInput: 104,
  interrupted: 105,
  taskSetupFailed: 107,
})

interface ErrorKind {
  readonly exitCode: number
  readonly httpStatus: number
  readonly meaning: string
}

const kind = (exitCode: number, httpStatus: number, meaning: string): ErrorKind => ({ exitCode, httpStatus, meaning })

/** Every error code, with its exit code, HTTP status and meaning. */
export const ERROR_KINDS = Object.freeze({
  SUITE_INVALID: kind(EXIT.invalidInput, 400, 'the suite has errors; each is listed with its path and a hint'),
  SUITE_TOO_LARGE: kind(EXIT.invalidInput, 413, 'the suite is larger than the limit'),
  OPTION_INVALID: kind(EXIT.invalidInput, 400, 'a flag, environment variable or configuration value is wrong'),
  FILE_UNREADABLE: kind(EXIT.invalidInput, 400, 'a file named on the command line cannot be read'),
  BODY_INVALID: kind(EXIT.invalidInput, 400, 'an API request body is not what the endpoint takes'),
  UNSUPPORTED_MEDIA_TYPE: kind(EXIT.invalidInput, 415, 'an API request body is neither YAML nor JSON'),
  UNAUTHORIZED: kind(EXIT.invalidInput, 401, 'the API needs a bearer token'),
  FORBIDDEN: kind(EXIT.invalidInput, 403, 'the API refuses requests that a web page of another site makes'),
  NOT_FOUND: kind(EXIT.invalidInput, 404, 'no such path'),
  RUN_UNKNOWN: kind(EXIT.invalidInput, 404, 'no node that was asked knows this run'),
  RUN_NOT_RUNNING: kind(
    EXIT.invalidInput,
    409,
    'the run, or its scenario, is not at a point where its load can be changed',
  ),
  CHANGE_INVALID: kind(EXIT.invalidInput, 400, 'a change of the load does not fit the run or its limits'),
  NOT_CONFIRMED: kind(EXIT.timeout, 503, 'the mesh has not confirmed a change of the load in time'),
  NODE_UNREACHABLE: kind(EXIT.failure, 502, 'no node answers at the address'),
  NOT_READY: kind(EXIT.failure, 503, 'the node cannot take this now; try again shortly'),
  TOO_MANY_RUNS: kind(EXIT.failure, 503, 'the mesh already holds as many unfinished runs as it allows'),
  NOT_REPLICATED: kind(EXIT.timeout, 503, 'the run was stored here but no other node has confirmed it in time'),
  TIMEOUT: kind(EXIT.timeout, 504, 'something did not happen in the time allowed'),
  RUN_FAILED: kind(EXIT.failure, 500, 'the run ended as failed'),
  PREFLIGHT_FAILED: kind(EXIT.invalidInput, 400, 'pre-flight checks fail, or warn and nobody said to go on'),
  TASK_SETUP_FAILED: kind(EXIT.taskSetupFailed, 500, 'a task threw while it was being set up'),
  SETUP_FAILED: kind(EXIT.taskSetupFailed, 500, 'the setup of a suite failed, or its outcome is not known'),
  WORKER_CRASHED: kind(EXIT.failure, 500, 'a load thread died, most likely of an exception that a task did not catch'),
  CLUSTER_KEY_INVALID: kind(EXIT.invalidInput, 400, 'the cluster key is missing, unreadable or malformed'),
  PORT_IN_USE: kind(EXIT.invalidInput, 500, 'another process listens on the port'),
  DATA_DIR_UNUSABLE: kind(EXIT.invalidInput, 500, 'the data folder cannot be created or written'),
  NODE_VERSION: kind(EXIT.invalidInput, 500, 'this Node.js is too old'),
  MESSAGE_INVALID: kind(EXIT.failure, 400, 'a peer sent something malformed, oversized or of an unknown version'),
  INTERNAL: kind(EXIT.failure, 500, 'a defect in vajra itself; please report it with the message'),
} as const)

/** One of the documented error codes. */
export type ErrorCode = keyof typeof ERROR_KINDS

/** One problem in a user's input: where, what, and what to do about it. */
export interface Problem {
  /** Path to the offending value, as `scenarios[0].load.rate`; empty for the document itself. */
  readonly path: string
  readonly message: string
  readonly hint?: string
}

/** An error meant for a user: `message` says what happened and where, `hint` what to do. */
export class VajraError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly problems: readonly Problem[]

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly hint?: string; readonly problems?: readonly Problem[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'VajraError'
    this.code = code
    this.hint = options.hint
    this.problems = options.problems ?? []
  }

  get exitCode(): number {
    return ERROR_KINDS[this.code].exitCode
  }

  get httpStatus(): number {
    return ERROR_KINDS[this.code].httpStatus
  }
}

/** The message of anything that was thrown; looks inside an `AggregateError`, whose own message is often empty. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) {
    return thrown.errors.map((inner) => messageOf(inner)).join('; ')
  }
  if (thrown instanceof Error) return thrown.message || thrown.name
  return String(thrown)
}
