/** Reports as text of any format, on stdout and in files. */

import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { messageOf, VajraError } from '../base/errors.ts'
import type { Report } from '../metrics/report-document.ts'
import type { Output, ProcessContext } from './process-context.ts'
import { optionError } from './settings.ts'
import { type OutputFile, REPORT_FORMATS, type ReportFormat } from './values.ts'

/** One JSON document, as every `--json` prints it. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** A report in a format, ending with a line break. */
export async function reportText(
  report: Report,
  format: ReportFormat,
  output: Pick<Output, 'colour' | 'width'>,
): Promise<string> {
  if (format === 'json') return jsonText(report)
  const text = await rendered(report, format, output)
  return text.endsWith('\n') ? text : `${text}\n`
}

async function rendered(
  report: Report,
  format: ReportFormat,
  output: Pick<Output, 'colour' | 'width'>,
): Promise<string> {
  if (format === 'csv') return (await import('../report/csv.ts')).renderCsv(report)
  if (format === 'csv-totals') return (await import('../report/csv-totals.ts')).renderTotalsCsv(report)
  if (format === 'junit') return (await import('../report/junit.ts')).renderJunit(report)
  const { renderSummary } = await import('../report/text.ts')
  return renderSummary(report, { colour: output.colour, width: output.width })
}

export interface OutputSettings {
  readonly out: readonly OutputFile[]
  readonly 'summary-export': string | undefined
}

export interface ReportFile {
  readonly format: ReportFormat
  readonly file: string
}

/**
 * The files that were asked for, each with its format. Called before anything runs: a run whose report cannot be
 * written would be for nothing.
 *
 * @param fallback format of files that do not tell theirs, or whose ending may mean it
 * @throws VajraError OPTION_INVALID, or FILE_UNREADABLE naming the first that cannot be written
 */
export function outputFiles(settings: OutputSettings, fallback?: ReportFormat): readonly ReportFile[] {
  const exported = settings['summary-export']
  const files = [
    ...formattedFiles(settings, fallback),
    ...(exported === undefined ? [] : [{ format: 'json' as const, file: exported }]),
  ]
  for (const { file } of files) checkWritable(file)
  return files
}

function formattedFiles(settings: OutputSettings, fallback: ReportFormat | undefined): readonly ReportFile[] {
  return settings.out.map(({ format, byEnding, file }) => {
    const wanted = byEnding.find((one) => one === fallback) ?? byEnding[0]
    const known = format ?? wanted ?? fallback
    if (known !== undefined) return { format: known, file }
    const hint = `write FORMAT=${file}; formats are ${REPORT_FORMATS.join(', ')}`
    throw optionError([{ path: 'flag --out', message: `${JSON.stringify(file)} does not tell its format`, hint }])
  })
}

function checkWritable(file: string): void {
  try {
    const status = statSync(file, { throwIfNoEntry: false })
    if (status?.isDirectory()) throw new Error('it is a folder')
    accessSync(status === undefined ? dirname(file) : file, constants.W_OK)
  } catch (cause) {
    throw unwritable(file, cause)
  }
}

function unwritable(file: string, cause: unknown): VajraError {
  return new VajraError('FILE_UNREADABLE', `cannot write ${file}: ${messageOf(cause)}`, {
    hint: 'choose another path',
    cause,
  })
}

/** @throws VajraError FILE_UNREADABLE naming the first that cannot be written */
export async function writeReportFiles(report: Report, files: readonly ReportFile[]): Promise<void> {
  for (const { format, file } of files) {
    const text = await reportText(report, format, { colour: false, width: 100 })
    try {
      writeFileSync(file, text)
    } catch (cause) {
      throw unwritable(file, cause)
    }
  }
}

/** The end of every command that fires: the report on stdout as asked for. */
export async function printReport(
  report: Report,
  json: boolean,
  context: Pick<ProcessContext, 'stdout'>,
): Promise<void> {
  context.stdout.write(await reportText(report, json ? 'json' : 'text', context.stdout))
}
