/** What pre-flight checks have found, for people: what is wrong first, what is well in a line. */

import { CHECKS, type Finding, LEVELS, type Level, type PreflightDocument } from '../base/finding.ts'
import { formatCount, formatMs } from './format.ts'
import { wrap } from './layout.ts'
import { printable, type Style, styleFor } from './style.ts'

export interface PreflightTextOptions {
  readonly colour: boolean
  readonly width: number
}

/** Names of nodes in a line. */
const MOST_NAMES = 4
/** Problems that are shown; there may be hundreds of nodes with one each. */
const MOST_PROBLEMS = 20
const INDENT = '       '

/** Lines of text. */
export function renderPreflight(document: PreflightDocument, options: PreflightTextOptions): string[] {
  const style = styleFor(options.colour)
  const problems = together(document.findings.filter(({ level }) => level !== 'PASS'))
  const shown = problems.slice(0, MOST_PROBLEMS)
  return [
    headline(document),
    ...shown.flatMap((problem) => problemLines(problem, document.nodes.length, style, options.width)),
    ...(shown.length < problems.length ? [`${INDENT}… and ${problems.length - shown.length} more`] : []),
    ...passed(document, style, options.width),
  ]
}

/** What came of it, in a line. */
export function headline({ findings, nodes, tookMs }: PreflightDocument): string {
  const counts = (level: Level) => findings.filter((finding) => finding.level === level).length
  const [warnings, failures] = [counts('WARN'), counts('FAIL')]
  const where = nodes.length === 1 ? 'on one node' : `on ${formatCount(nodes.length)} nodes`
  const parts = [
    failures > 0 && `${failures} ${failures === 1 ? 'check fails' : 'checks fail'}`,
    warnings > 0 && `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
  ].filter((part) => part !== false)
  const what =
    parts.length === 0
      ? `${formatCount(findings.length)} ${findings.length === 1 ? 'check passes' : 'checks pass'}`
      : parts.join(', ')
  return `pre-flight: ${what} (${where}, ${formatMs(tookMs)})`
}

interface Problem extends Finding {
  readonly nodes: readonly string[]
}

/** What several nodes have found alike, but for the times it took. */
function together(findings: readonly Finding[]): readonly Problem[] {
  const alike = Map.groupBy(findings, ({ check, level, path, seen, hint }) =>
    JSON.stringify([check, level, path, seen.replaceAll(/\d+(?:\.\d+)?(?:µs|ms|s)\b/g, '#'), hint]),
  )
  return [...alike.values()].map((group) => ({ ...(group[0] as Finding), nodes: group.map(({ node }) => node) }))
}

function problemLines(
  { check, level, path, seen, hint, nodes }: Problem,
  all: number,
  style: Style,
  width: number,
): string[] {
  const mark = level === 'FAIL' ? style.bad(level) : style.warn(level)
  const lines = wrap(printable(`${check}: ${seen}`), Math.max(20, width - INDENT.length))
  const place = [whose(nodes, all), path].filter((part) => part !== undefined && part !== '').join(', ')
  return [
    `  ${mark} ${lines[0] ?? ''}`,
    ...lines.slice(1).map((line) => INDENT + line),
    ...(place === '' ? [] : [INDENT + style.dim(printable(place))]),
    ...(hint === undefined ? [] : wrap(printable(`hint: ${hint}`), width - INDENT.length).map((line) => INDENT + line)),
  ]
}

/** Empty where there is only one node. */
function whose(nodes: readonly string[], all: number): string {
  if (all === 1) return ''
  if (nodes.length === all) return `on all ${all} nodes`
  const more = nodes.length - MOST_NAMES
  return `on ${nodes.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function passed({ findings }: PreflightDocument, style: Style, width: number): string[] {
  const good = findings.filter(({ level }) => level === LEVELS[0])
  if (good.length === 0) return []
  const names = CHECKS.filter((check) => good.some((finding) => finding.check === check))
  const text = `${formatCount(good.length)} ${good.length === 1 ? 'check' : 'checks'}: ${names.join(', ')}`
  const lines = wrap(text, Math.max(20, width - INDENT.length))
  return [`  ${style.good('PASS')} ${lines[0] ?? ''}`, ...lines.slice(1).map((line) => INDENT + line)]
}
