import type { Totals } from '../metrics/report-document.ts'
import { formatCount, formatPercent } from './format.ts'
import { label, type Page } from './text-page.ts'

/** How many checks of answers held; nothing where there were none. Which did not is among the errors. */
export function checksLine(page: Page, { checks }: Totals): string[] {
  if (checks === undefined) return []
  const { passed, failed } = checks
  const text = `${formatPercent(passed / (passed + failed))}  ${formatCount(passed)} of ${formatCount(passed + failed)} passed`
  return [label(page, 'checks') + (failed > 0 ? page.style.bad(text) : text)]
}
