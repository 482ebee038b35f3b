/** JSON bodies with templates in their texts. */

import { isMap } from './raw.ts'
import { formatTemplate, type Slot, type TemplateParts, templateParts } from './template.ts'

/**
 * The template of a JSON text, in which values are to be put as parts of JSON strings: escaped. A text that is nothing but
 * `{{json:name}}` stands for the value itself, as JSON.
 *
 * Only for values whose templates have been found good.
 */
export function jsonTemplate(value: unknown): string {
  const parts: (string | Slot)[] = []
  write(value, parts)
  return formatTemplate(joined(parts))
}

function write(value: unknown, parts: (string | Slot)[]): void {
  if (typeof value === 'string') return writeText(templateParts(value), parts)
  if (Array.isArray(value)) {
    parts.push('[')
    for (const [index, one] of value.entries()) {
      if (index > 0) parts.push(',')
      write(one, parts)
    }
    parts.push(']')
  } else if (isMap(value)) {
    parts.push('{')
    for (const [index, [key, one]] of Object.entries(value).entries()) {
      parts.push(`${index > 0 ? ',' : ''}${JSON.stringify(key)}:`)
      write(one, parts)
    }
    parts.push('}')
  } else parts.push(JSON.stringify(value))
}

function writeText(template: TemplateParts, parts: (string | Slot)[]): void {
  const [only] = template
  if (template.length === 1 && typeof only === 'object' && only.form === 'json') {
    parts.push(only)
    return
  }
  parts.push('"')
  for (const part of template) parts.push(typeof part === 'string' ? JSON.stringify(part).slice(1, -1) : part)
  parts.push('"')
}

/** With texts that follow each other as one: only so are braces at their border told apart. */
function joined(parts: readonly (string | Slot)[]): TemplateParts {
  const whole: (string | Slot)[] = []
  for (const part of parts) {
    const last = whole.length - 1
    if (typeof part === 'string' && typeof whole[last] === 'string') whole[last] += part
    else whole.push(part)
  }
  return whole
}
