/** What commands that see a run to its end have in common: following, reports, the verdict. */

import type { SuiteSource } from '../api/node-port.ts'
import { EXIT, VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { type Log, nodeOptions } from '../node/options.ts'
import { printable } from '../report/style.ts'
import { verdictOf } from './exit-codes.ts'
import type { Settings } from './flag-table.ts'
import { followRun } from './follow.ts'
import { Interrupts } from './interrupts.ts'
import { localSource } from './local-source.ts'
import { Notices } from './notices.ts'
import { beforeRun } from './preflight.ts'
import type { ProcessContext } from './process-context.ts'
import { outputFiles, printReport, type ReportFile, writeReportFiles } from './report-output.ts'
import type { RunSource } from './run-source.ts'
import { withoutThresholds } from './suite-file.ts'

/** Flags of every command that sees a run to its end. */
export const ENDING_FLAGS = ['json', 'out', 'summary-export', 'quiet', 'no-thresholds'] as const

export type EndingSettings = Settings<(typeof ENDING_FLAGS)[number]>

/** Flags of commands that fire in this process. */
export const LOCAL_FLAGS = [
  'preflight',
  'yes',
  ...ENDING_FLAGS,
  'workers',
  'pacing',
  'allow-target',
  'log-level',
] as const

export type LocalSettings = Settings<(typeof LOCAL_FLAGS)[number]>

export interface SeeThroughOptions {
  readonly source: RunSource
  readonly runId: RunId
  readonly settings: EndingSettings
  readonly files: readonly ReportFile[]
  readonly interrupts: Interrupts
  readonly notices: Notices
  readonly onInterrupt: 'stop' | 'detach'
}

/** Follows a run, prints and writes its report, and says what the end means. @returns the exit code */
export async function seeThrough(options: SeeThroughOptions, context: ProcessContext): Promise<number> {
  const { settings, interrupts, runId } = options
  const followed = await followRun({ ...options, quiet: settings.quiet }, context)
  if (followed === undefined) {
    context.stderr.write(`vajra: the run goes on; stop it with: vajra stop ${runId}\n`)
    return EXIT.interrupted
  }
  const { report, run } = followed
  await printReport(report, settings.json, context)
  await writeReportFiles(report, options.files)
  const { code, sentence } = verdictOf(report, {
    interrupted: interrupts.interrupted,
    thresholds: !settings['no-thresholds'],
    reason: run.reason,
  })
  if (code !== EXIT.ok) context.stderr.write(`vajra: ${sentence} (exit code ${code})\n`)
  return code
}

/** Runs a suite on a node in this process: a mesh of one. @returns the exit code */
export async function runHere(source: SuiteSource, settings: LocalSettings, context: ProcessContext): Promise<number> {
  const files = outputFiles(settings)
  const interrupts = new Interrupts(context)
  const notices = new Notices(context.stderr)
  const level = settings['log-level'] ?? 'warn'
  const createNode = await context.loadNode()
  const { workers, pacing } = settings
  const node = await createNode(
    nodeOptions({
      configDir: '',
      ...(workers !== undefined && { workers, capacity: workers }),
      ...(pacing !== undefined && { pacing }),
      allowTarget: settings['allow-target'],
      log: plainLog(level, notices),
    }),
  )
  try {
    const suite = settings['no-thresholds'] ? await withoutThresholds(source) : source
    if (settings.preflight) await beforeRun(() => node.port.preflight(suite), settings, context)
    const { runId } = await node.port.submit(suite)
    const local = localSource(node.port, 'interrupted')
    return await seeThrough(
      { source: local, runId, settings, files, interrupts, notices, onInterrupt: 'stop' },
      context,
    )
  } finally {
    interrupts.close()
    await node.close()
  }
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

/** Lines on stderr; a run in this process has too little to say for a log of its own. */
function plainLog(level: (typeof LEVELS)[number], notices: Notices): Log {
  return (lineLevel, message) => {
    if (LEVELS.indexOf(lineLevel) >= LEVELS.indexOf(level)) notices.tell(`vajra: ${printable(message)}`)
  }
}

/** @throws VajraError OPTION_INVALID when flags that belong to `--follow` are given without it */
export function needsFollow(settings: EndingSettings): void {
  const useless = [
    settings.out.length > 0 && '--out',
    settings['summary-export'] !== undefined && '--summary-export',
    settings['no-thresholds'] && '--no-thresholds',
  ].filter((name) => name !== false)
  if (useless.length === 0) return
  throw new VajraError('OPTION_INVALID', `${useless.join(' and ')} without --follow`, {
    hint: 'add --follow, or get the report later with vajra report',
  })
}
