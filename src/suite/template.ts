/**
 * Templates: texts with `{{name}}` in them, in whose place a value is put. A backslash before `{{` takes away its meaning:
 * `\{{` stands for `{{`, and `\\{{name}}` for a backslash and the value.
 */

/** How a value is put in its place; a template may ask for another form than the usual one of the place. */
export const FORMS = ['raw', 'url', 'json'] as const
export type Form = (typeof FORMS)[number]

/** A place for a value. */
export interface Slot {
  /** The value as it is asked for: `token`, `users.email`, `random(1,100)`. Without spaces. */
  readonly name: string
  readonly form: Form | null
}

/** A template, taken apart: texts and places for values, in order. */
export type TemplateParts = readonly (string | Slot)[]

export type ParsedTemplate =
  | { readonly ok: true; readonly parts: TemplateParts }
  | { readonly ok: false; readonly message: string; readonly hint: string }

/** Most characters between the braces. */
const LONGEST_SLOT = 200

const WORD = '[A-Za-z_][A-Za-z0-9_-]*'
/** `users.email`, `random(1, 100)`; numbers are whole. */
const SLOT = new RegExp(
  `^\\s*(?:(${FORMS.join('|')})\\s*:\\s*)?(${WORD}(?:\\.${WORD})*)(\\(\\s*(?:-?\\d+\\s*(?:,\\s*-?\\d+\\s*)*)?\\))?\\s*$`,
)

/** Backslashes and the braces behind them, of which the last two open a template. */
const OPENING = /(\\*)(\{{2,})/g

/** What a name is made of: of a variable, of a value that is extracted, of a source of values. */
export const VALUE_NAME = new RegExp(`^${WORD}$`)

const ESCAPE_HINT = 'write {{name}} for a value, and \\{{ for two braces that are none'

/** Takes a template apart. */
export function parseTemplate(text: string): ParsedTemplate {
  const parts: (string | Slot)[] = []
  let literal = ''
  let from = 0
  OPENING.lastIndex = 0
  for (let match = OPENING.exec(text); match !== null; match = OPENING.exec(text)) {
    const [, { length: backslashes }, { length: braces }] = match as unknown as readonly [string, string, string]
    literal += text.slice(from, match.index) + '\\'.repeat(backslashes >> 1)
    if (backslashes % 2 === 1) {
      literal += '{{'
      from = match.index + backslashes + 2
      OPENING.lastIndex = from
      continue
    }
    literal += '{'.repeat(braces - 2)
    from = OPENING.lastIndex
    const end = text.indexOf('}}', from)
    if (end < 0) return { ok: false, message: 'a template is not closed: {{ without }}', hint: ESCAPE_HINT }
    const slot = parseSlot(text.slice(from, end))
    if (slot === undefined) return { ok: false, message: malformed(text.slice(from, end)), hint: ESCAPE_HINT }
    if (literal !== '') parts.push(literal)
    literal = ''
    parts.push(slot)
    from = end + 2
    OPENING.lastIndex = from
  }
  literal += text.slice(from)
  if (literal !== '') parts.push(literal)
  return { ok: true, parts }
}

function malformed(inside: string): string {
  const shown = inside.length > 40 ? `${inside.slice(0, 40)}…` : inside
  return `${JSON.stringify(`{{${shown}}}`)} is not a template`
}

function parseSlot(inside: string): Slot | undefined {
  if (inside.length > LONGEST_SLOT) return undefined
  const [whole, form, name = '', call = ''] = SLOT.exec(inside) ?? []
  if (whole === undefined) return undefined
  return { name: name + call.replaceAll(/\s/g, ''), form: (form as Form | undefined) ?? null }
}

/** The parts of a template that has been found good. @throws Error for one that has not */
export function templateParts(text: string): TemplateParts {
  const parsed = parseTemplate(text)
  if (!parsed.ok) throw new Error(parsed.message)
  return parsed.parts
}

/** The places for values of a template that is good; none of one that is not. */
export function slotsOf(text: string): readonly Slot[] {
  const parsed = parseTemplate(text)
  return parsed.ok ? parsed.parts.filter((part) => typeof part !== 'string') : []
}

/** What the texts of a value name, its keys among them: `users.email`, `random(1,100)`. */
export function namesIn(value: unknown): Set<string> {
  const names = new Set<string>()
  const rest = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next === 'string') for (const { name } of slotsOf(next)) names.add(name)
    else if (typeof next === 'object' && next !== null) rest.push(...Object.keys(next), ...Object.values(next))
  }
  return names
}

/** Whether a text is more than itself: has a place for a value, or an escape. */
export function isTemplate(text: string): boolean {
  return text.includes('{{')
}

/** The template that stands for a text as it is. */
export function escapeTemplate(text: string): string {
  return text.replaceAll(/(\\*)\{\{/g, '$1$1\\{{')
}

/** The template that has these parts. */
export function formatTemplate(parts: TemplateParts): string {
  let text = ''
  for (const [index, part] of parts.entries()) {
    if (typeof part !== 'string') {
      text += `{{${part.form === null ? '' : `${part.form}:`}${part.name}}}`
      continue
    }
    const escaped = escapeTemplate(part)
    // Backslashes that stand before a value must not take away its meaning.
    text += index + 1 < parts.length ? escaped.replace(/\\+(?=\{?$)/, (run) => run + run) : escaped
  }
  return text
}
