/**
 * How the program ends. k6's numbers where k6 has one, because CI jobs already know them; 96 is our own.
 */

import { ERROR_KINDS, type ErrorCode, EXIT } from '../base/errors.ts'
import type { Report, ThresholdResult } from '../metrics/report-document.ts'

export interface ExitCode {
  readonly code: number
  readonly meaning: string
}

/** Every exit code of every command, in ascending order. The table in docs/operating.md is checked against it. */
export const EXIT_CODES: readonly ExitCode[] = Object.freeze([
  { code: EXIT.ok, meaning: 'done; of a run: completed, every threshold holds, every measurement is in the report' },
  { code: EXIT.failure, meaning: 'failed: no node answers, the mesh cannot take the run, the run failed, or a defect' },
  {
    code: EXIT.incompleteCoverage,
    meaning: 'measurements are missing from the report, or the run was aborted because a node was lost',
  },
  { code: EXIT.thresholdsCrossed, meaning: 'thresholds were crossed' },
  { code: EXIT.timeout, meaning: 'something did not happen in time' },
  { code: EXIT.stoppedByUser, meaning: 'the run was stopped by someone else, through the API' },
  {
    code: EXIT.invalidInput,
    meaning:
      'the suite, an option or a file is wrong; pre-flight checks keep a run from starting; or this Node.js is too old',
  },
  { code: EXIT.interrupted, meaning: 'interrupted by a signal (Ctrl-C, SIGTERM)' },
  { code: EXIT.taskSetupFailed, meaning: 'a task threw while it was being set up, or the setup of the suite failed' },
])

export interface VerdictInput {
  /** This process was told by a signal to end, and stopped the run for it. */
  readonly interrupted: boolean
  /** False when the user does not want thresholds to decide. */
  readonly thresholds: boolean
  /** Why the run stopped or failed, as its document says. */
  readonly reason?: string | null
}

export interface Verdict {
  readonly code: number
  /** One clause for people; empty when all is well. */
  readonly sentence: string
}

/**
 * What a run's end means for the process. The user's own signal goes first, then what kept the run from measuring at
 * all, then crossed thresholds (which win over missing measurements), then who or what ended it early.
 */
export function verdictOf(report: Report, input: VerdictInput): Verdict {
  const reason = input.reason ?? endReason(report)
  if (input.interrupted) return verdict(EXIT.interrupted, 'interrupted')
  if (report.status === 'failed') {
    const code = reasonCode(reason)
    if (code !== undefined) return verdict(ERROR_KINDS[code].exitCode, `the run failed: ${reason}`)
  }
  const crossed = report.thresholds.filter((threshold) => !threshold.ok)
  if (input.thresholds && crossed.length > 0) return verdict(EXIT.thresholdsCrossed, crossedSentence(crossed))
  if (reason?.startsWith('NODE_LOST')) return verdict(EXIT.incompleteCoverage, `the run was aborted: ${reason}`)
  if (report.status === 'failed') return verdict(EXIT.failure, `the run failed${reason ? `: ${reason}` : ''}`)
  if (report.status === 'stopped' && !reason?.startsWith('THRESHOLD')) {
    return verdict(EXIT.stoppedByUser, `the run was stopped${reason ? `: ${reason}` : ''}`)
  }
  if (!report.complete) return verdict(EXIT.incompleteCoverage, 'measurements are missing from the report')
  return verdict(EXIT.ok, '')
}

function crossedSentence(crossed: readonly ThresholdResult[]): string {
  const sentence = crossed.length === 1 ? 'a threshold was crossed' : `${crossed.length} thresholds were crossed`
  const stopping = crossed.find(({ stoppedRun }) => stoppedRun !== undefined)
  return stopping === undefined ? sentence : `${sentence}: ${stopping.metric} '${stopping.expression}' stopped the run`
}

/** The exit code of {@link verdictOf}. */
export function verdictExitCode(report: Report, input: VerdictInput): number {
  return verdictOf(report, input).code
}

function verdict(code: number, sentence: string): Verdict {
  return { code, sentence }
}

/** The reason as the last event tells it, for a report without its run. */
function endReason(report: Report): string | null {
  if (report.status === 'completed') return null
  return report.events.findLast((event) => event.kind === 'run-ended')?.message ?? null
}

/** Reasons that name an error start with its code: `TASK_SETUP_FAILED: …`. */
function reasonCode(reason: string | null): ErrorCode | undefined {
  const word = /^([A-Z_]+):/.exec(reason ?? '')?.[1]
  return word !== undefined && Object.hasOwn(ERROR_KINDS, word) ? (word as ErrorCode) : undefined
}
