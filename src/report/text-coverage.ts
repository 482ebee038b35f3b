import type { Coverage, NodeCoverage, Report, RunEvent } from '../metrics/report-document.ts'
import { formatCount, formatRunTime } from './format.ts'
import { alignColumns, pad, widthOf, wrap } from './layout.ts'
import { printable } from './style.ts'
import { indent, label, type Page, paragraph } from './text-page.ts'

/** Events shown from the beginning, and as many from the end. */
const EVENTS_SHOWN = 10

/** The nodes that took part, and how many of their windows are in the report. */
export function coverageLines(page: Page, { coverage }: Report): string[] {
  if (coverage.nodes.length === 0) return []
  const { style } = page
  const rows = [['node', 'windows', 'requests', 'first', 'last', 'pacing'], ...coverage.nodes.map(nodeCells)]
  const [head, ...body] = alignColumns(rows, ['left', 'right', 'right', 'right', 'right']).map((row) =>
    row.join('  ').trimEnd(),
  )
  return [
    indent(style.dim(head!)),
    ...body.map((row, index) => indent(coverage.nodes[index]!.lost ? `${row}  ${style.bad('lost')}` : row)),
    '',
    indent(`${label(page, 'windows')}${windowsText(coverage)}`),
  ]
}

function nodeCells({ node, windows, requests, firstAt, lastAt, pacing }: NodeCoverage): string[] {
  const time = (at: number | null) => (at === null ? '-' : formatRunTime(at))
  // Reports that earlier versions have stored lack it.
  return [printable(node), formatCount(windows), formatCount(requests), time(firstAt), time(lastAt), pacing ?? '-']
}

function windowsText({ windowsExpected, windowsReceived }: Coverage): string {
  return `${formatCount(windowsReceived)} of ${formatCount(windowsExpected)}`
}

export function eventLines(page: Page, { events }: Report): string[] {
  const hidden = events.length - 2 * EVENTS_SHOWN
  const shown = hidden > 0 ? [...events.slice(0, EVENTS_SHOWN), ...events.slice(-EVENTS_SHOWN)] : events
  const width = Math.max(0, ...shown.map(({ at }) => widthOf(formatRunTime(at))))
  const lines = shown.map((event) => eventText(page, event, width))
  if (hidden > 0) lines.splice(EVENTS_SHOWN, 0, [indent(page.style.dim(`… ${formatCount(hidden)} more …`))])
  return lines.flat()
}

function eventText({ style, width: pageWidth }: Page, { at, message }: RunEvent, width: number): string[] {
  const hang = width + 4
  const lines = wrap(printable(message), pageWidth - hang)
  const time = style.dim(pad(formatRunTime(at), width, 'right'))
  return lines.map((line, index) => (index === 0 ? indent(`${time}  ${line}`) : indent(line, hang)))
}

/** How the run ended, what is not known, and the report's digest. */
export function verdictLines(page: Page, report: Report): string[] {
  const { style } = page
  const { status, durationMs, complete, degraded, coverage } = report
  const ended = ['completed', 'failed', 'stopped'].includes(status)
  const head = `${status} ${ended ? 'after' : 'at'} ${formatRunTime(durationMs)}`
  const nodes = coverage.nodes.length
  const lines = complete
    ? paragraph(
        page,
        status === 'completed' ? '✓' : '✗',
        `${head}; every window of ${nodes} ${nodes === 1 ? 'node' : 'nodes'} is in this report`,
        status === 'completed' ? style.good : style.warn,
      )
    : [...paragraph(page, '!', `${head}; ${ended ? 'this report is incomplete' : 'not over yet'}`, style.warn)]
  if (!complete && ended) for (const text of unknowns(report)) lines.push(...paragraph(page, ' ', text, style.warn))
  if (degraded)
    lines.push(...paragraph(page, '!', 'degraded: a node was lost or load had to move between nodes', style.warn))
  return [...lines, style.dim(`  run     ${report.runId}`), style.dim(`  digest  ${report.digest}`)]
}

function unknowns({ coverage, totals }: Report): string[] {
  const texts = coverage.nodes
    .filter(({ lost }) => lost)
    .map(({ node, lastAt }) => {
      const since = lastAt === null ? 'did' : `did after ${formatRunTime(lastAt)}`
      return `What ${printable(node)} ${since} is not known: it was lost.`
    })
  const missing = coverage.windowsExpected - coverage.windowsReceived
  if (missing > 0) texts.push(`${count(missing, 'window is', 'windows are')} missing (one second of one node each).`)
  if (totals.unaccounted > 0) {
    texts.push(`${count(totals.unaccounted, 'planned request is', 'planned requests are')} unaccounted for.`)
  }
  return texts
}

function count(number: number, one: string, many: string): string {
  return `${formatCount(number)} ${number === 1 ? one : many}`
}
