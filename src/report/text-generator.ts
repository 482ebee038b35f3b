/** Warnings about nodes that could not generate their load. */

import type { GeneratorSaturation, Report, Totals } from '../metrics/report-document.ts'
import { formatCount, formatMs } from './format.ts'
import { printable } from './style.ts'
import { type Page, paragraph } from './text-page.ts'

/** Reports of before nodes told of themselves have this alone to go by, in milliseconds. */
const LATE_MS = 10

/** Warnings shown; the report has more. */
const WARNINGS_SHOWN = 6

/** What was seen on one node, as a sentence without its end. */
export function saturationText({ node, reason, observed, bound, seconds }: GeneratorSaturation): string {
  const name = printable(node)
  const during = seconds === null ? '' : ` in ${formatCount(seconds)} ${seconds === 1 ? 'second' : 'seconds'}`
  switch (reason) {
    case 'lateness':
      return `${name} was late: 1 % of its requests left ${formatMs(observed)} or more after their planned start (bound: ${formatMs(bound)})`
    case 'event-loop':
      return `${name} had no room for more: the event loop of its busiest load thread worked ${observed} % of the time${during} (bound: ${bound} %)`
    case 'cpu':
      return `${name} lacked CPU: a load thread waited for a CPU ${observed} % of the time${during} (bound: ${bound} %)`
  }
}

/** A paragraph for each thing that was too much, with what to do about it. */
export function generatorLines(page: Page, report: Report): string[] {
  const { generatorSaturated, totals } = report
  // Reports that earlier versions have stored lack the field.
  const texts = generatorSaturated === undefined ? lateTexts(totals) : generatorSaturated.map(warning)
  if (texts.length === 0) return []
  const more = texts.length - WARNINGS_SHOWN
  const shown = more > 0 ? [...texts.slice(0, WARNINGS_SHOWN), `and ${formatCount(more)} more, see the JSON`] : texts
  const head = 'The generator was saturated: what is shown here is, in part, the generator and not the target.'
  return ['', ...[head, ...shown].flatMap((text) => paragraph(page, '!', text, page.style.warn))]
}

function warning(saturation: GeneratorSaturation): string {
  const { hint } = saturation
  return `${saturationText(saturation)}. To do: ${hint}.`
}

function lateTexts({ lateness }: Totals): string[] {
  if (lateness.p99 < LATE_MS) return []
  return [
    `1 % of the requests left ${formatMs(lateness.p99)} or more after their planned start. The latencies include it, the service times do not. Add nodes, or lower the rate.`,
  ]
}
