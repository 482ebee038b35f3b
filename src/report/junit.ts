/**
 * A report as JUnit XML, for CI systems: one test case per threshold, and one that says whether the run ended well and
 * everything measured is in the report.
 */

import type { Report, ThresholdResult } from '../metrics/report-document.ts'
import { formatCount } from './format.ts'
import { saturationText } from './text-generator.ts'
import { observedText, stoppedText } from './text-thresholds.ts'

/** Renders a report as JUnit XML. Times are seconds; ends with a line break. */
export function renderJunit(report: Report): string {
  const cases = [runCase(report), ...report.thresholds.map((threshold) => thresholdCase(report, threshold))]
  const failures = cases.filter(({ failed }) => failed).length
  const counts = `tests="${cases.length}" failures="${failures}" errors="0"`
  const time = `time="${seconds(report)}"`
  const timestamp = report.startedAt === null ? '' : ` timestamp="${escapeXml(report.startedAt)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="vajra" ${counts} ${time}>`,
    `  <testsuite name="${escapeXml(report.suite)}" ${counts} skipped="0" ${time}${timestamp}>`,
    '    <properties>',
    ...properties(report).map(([name, value]) => `      <property name="${name}" value="${escapeXml(value)}"/>`),
    '    </properties>',
    ...cases.map(({ xml }) => xml),
    ...warnings(report),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

/** What no test case fails for, but whoever reads the figures must know. */
function warnings({ generatorSaturated = [] }: Report): string[] {
  if (generatorSaturated.length === 0) return []
  const lines = generatorSaturated.map((one) =>
    escapeXml(`generator saturated: ${saturationText(one)}. To do: ${one.hint}.`),
  )
  return [`    <system-err>${lines.join('\n')}</system-err>`]
}

interface TestCase {
  readonly failed: boolean
  readonly xml: string
}

function properties({
  runId,
  status,
  digest,
  degraded,
  totals,
  generatorSaturated = [],
}: Report): (readonly [string, string])[] {
  return [
    ['runId', runId],
    ['status', status],
    ['digest', digest],
    ['degraded', String(degraded)],
    ['requests', String(totals.sent)],
    ['failed', String(totals.failed)],
    ['dropped', String(totals.dropped)],
    ['unaccounted', String(totals.unaccounted)],
    ['generatorSaturated', [...new Set(generatorSaturated.map(({ node }) => node))].join(', ')],
  ]
}

function runCase(report: Report): TestCase {
  const { status, complete, coverage, totals } = report
  const problems: string[] = []
  if (status !== 'completed') problems.push(`the run is ${status}`)
  if (!complete) {
    const windows = `${formatCount(coverage.windowsReceived)} of ${formatCount(coverage.windowsExpected)} windows`
    problems.push(`the report is incomplete: ${windows}, ${formatCount(totals.unaccounted)} requests unaccounted for`)
  }
  return testCase(report, 'run', 'completes with every window', problems.join('; '))
}

function thresholdCase(report: Report, threshold: ThresholdResult): TestCase {
  const stopped = stoppedText(threshold)
  const observed = threshold.message ?? `observed ${observedText(threshold)}`
  const problem = threshold.ok ? '' : `${observed}${stopped === '' ? '' : `; ${stopped}`}`
  const name = threshold.longest === undefined ? threshold.expression : `never ${threshold.expression}`
  return testCase(report, threshold.metric, name, problem)
}

function testCase(report: Report, group: string, name: string, problem: string): TestCase {
  const attributes = `classname="${escapeXml(`${report.suite}.${group}`)}" name="${escapeXml(name)}" time="${seconds(report)}"`
  if (problem === '') return { failed: false, xml: `    <testcase ${attributes}/>` }
  const failure = `      <failure message="${escapeXml(problem)}"/>`
  return { failed: true, xml: `    <testcase ${attributes}>\n${failure}\n    </testcase>` }
}

function seconds({ durationMs }: Report): string {
  return (durationMs / 1000).toFixed(3)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** For attribute values: characters that XML 1.0 cannot carry at all become U+FFFD. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
