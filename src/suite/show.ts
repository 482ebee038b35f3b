/**
 * How values and places of a suite are written in messages: short, on one line, without credentials.
 */

const SHOWN_CHARACTERS = 60

/** Hides the user name and password of any URL in the text. */
export function redactUserinfo(text: string): string {
  return text.replace(/\/\/[^/?#\s]*@/g, '//***@')
}

/** A value as messages show it: JSON for scalars (cut after 60 characters, URLs' credentials hidden), else its kind. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  if (typeof value !== 'string') return String(value)
  const text = redactUserinfo(value)
  return quote(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text)
}

/** As JSON, with the control characters too that JSON leaves as they are: DEL and C1, which steer terminals as well. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)
}

/** A key as messages show it: plain when it is an ordinary word, else quoted and cut. */
export function showKey(key: string): string {
  return key.length <= SHOWN_CHARACTERS && /^[\w$-]+$/.test(key) ? key : show(key)
}

/** A path as problems give it: `scenarios[0].load.rate`, `thresholds["duration{scenario:a}"]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_$][\w$-]*$/.test(String(part)) && String(part).length <= SHOWN_CHARACTERS) {
      text += text === '' ? String(part) : `.${String(part)}`
    } else text += `[${show(String(part))}]`
  }
  return text
}

/** `a`, `a or b`, `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
