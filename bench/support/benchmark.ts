/** How every benchmark begins and ends: what it finds goes to stdout, and to a page where results are kept. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { EXIT, messageOf } from '../../src/base/errors.ts'

/** What people write between these lines of a page stays when it is written anew. */
const NOTES_BEGIN = '<!-- Notes. What stands here is kept when this page is written anew. -->'
const NOTES_END = '<!-- End of notes. -->'

/** Where results are kept. */
export interface Page {
  /** Beside the benchmarks. */
  readonly file: string
  readonly title: string
  /** What writes it. */
  readonly command: string
  /** What README.md says of it, for example `what each column means`. */
  readonly told: string
  /** Heading of README.md that says it; the whole of it unless given. */
  readonly anchor?: string
}

export interface Found {
  /** For people. */
  readonly text: string
  /** The same and more, for programs. */
  readonly data: Readonly<Record<string, unknown>>
}

/** Progress, which is no result. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Runs a benchmark to its end, which is the end of the process. @param run gives the exit code */
export async function benchmark(name: string, run: () => Promise<number>): Promise<void> {
  try {
    process.exit(await run())
  } catch (error) {
    say(`bench:${name}: ${messageOf(error)}`)
    process.exit(EXIT.failure)
  }
}

/** @param flags `json`: a line of JSON below the text; `save`: writes the page */
export function publish(
  page: Page,
  { text, data }: Found,
  flags: { readonly json: boolean; readonly save: boolean },
): void {
  console.log(text)
  if (flags.json) console.log(JSON.stringify(data))
  if (!flags.save) return
  const path = new URL(`../${page.file}`, import.meta.url)
  writeFileSync(path, pageText(page, text, existsSync(path) ? readFileSync(path, 'utf8') : ''))
}

/** @param before the page as it is; its notes are kept */
export function pageText({ title, command, told, anchor = '' }: Page, text: string, before: string): string {
  return [
    `# ${title}`,
    '',
    `Written by \`${command}\`; [README.md](README.md${anchor}) says ${told}.`,
    '',
    NOTES_BEGIN,
    ...notesOf(before),
    NOTES_END,
    '',
    text,
    '',
  ].join('\n')
}

function notesOf(page: string): string[] {
  const [begin, end] = [page.indexOf(NOTES_BEGIN), page.indexOf(NOTES_END)]
  const notes = begin < 0 || end < begin ? '' : page.slice(begin + NOTES_BEGIN.length, end).trim()
  // Between empty lines, or it would be taken for a part of what is around it.
  return notes === '' ? [] : ['', notes, '']
}
