/** URLs with templates in their path or query. The host is always literal, so that it can be known what is fired at. */

import { show } from './show.ts'
import { formatTemplate, isTemplate, parseTemplate, type Slot, type TemplateParts } from './template.ts'
import type { Parsed } from './units.ts'
import { resolveUrl } from './url.ts'

const HOST_HINT = 'write the host as it is; path and query may have templates'

/**
 * Reads a URL of a request as `resolveUrl` does. The value is a template: scheme, host and port literal, the rest in its
 * normal form.
 *
 * @param target the suite's target; undefined when there is none
 */
export function resolveUrlTemplate(text: string, target: string | undefined): Parsed<string> {
  if (!isTemplate(text)) return resolveUrl(text, target)
  const template = parseTemplate(text)
  if (!template.ok) return { ok: false, message: template.message, hint: template.hint }
  const { parts } = template
  if (typeof parts[0] !== 'string') {
    const hint = 'begin with a slash, or write the whole URL; the host is literal'
    return { ok: false, message: `${show(text)} begins with a template`, hint }
  }
  const slots = parts.filter((part): part is Slot => typeof part !== 'string')
  const mark = standIn(text, target)
  let count = 0
  const plain = parts.map((part) => (typeof part === 'string' ? part : `${mark}${count++}z`)).join('')
  if (authorityOf(plain).includes(mark)) {
    return { ok: false, message: `${show(text)} has a template in its host`, hint: HOST_HINT }
  }
  const resolved = resolveUrl(plain, target)
  if (!resolved.ok) return { ...resolved, message: withNames(resolved.message, mark, slots) }
  if (new URL(resolved.value).origin.includes(mark)) {
    return { ok: false, message: `${show(text)} has a template in its host`, hint: HOST_HINT }
  }
  return { ok: true, value: formatTemplate(partsOf(resolved.value, mark, slots)) }
}

/** Scheme, host and port of what has them. */
function authorityOf(text: string): string {
  return /^(?:[^/?#]*:)?[\\/]{2,}[^/?#\\]*/.exec(text)?.[0] ?? ''
}

/** Letters and digits that neither text has. */
function standIn(text: string, target: string | undefined): string {
  let mark = 'vajraslot'
  while (`${text}${target ?? ''}`.toLowerCase().includes(mark)) mark += 'x'
  return mark
}

function withNames(message: string, mark: string, slots: readonly Slot[]): string {
  return message.replaceAll(new RegExp(`${mark}(\\d+)z`, 'g'), (_, index) => `{{${slots[Number(index)]?.name ?? ''}}}`)
}

function partsOf(url: string, mark: string, slots: readonly Slot[]): TemplateParts {
  return url
    .split(new RegExp(`${mark}(\\d+)z`))
    .map((piece, index) => (index % 2 === 0 ? piece : slots[Number(piece)]!))
    .filter((part) => part !== '')
}
