/** Values that several commands take: addresses, output files, headers. */

import { Mistake, quote } from './flag.ts'

/** The address of a node's API: `http://host:port`, or `host:port`, or `:port` on this machine. */
export function readNodeUrl(text: string): string {
  const withHost = text.startsWith(':') ? `127.0.0.1${text}` : text
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(withHost) ? withHost : `http://${withHost}`
  const hint = 'write http://127.0.0.1:7070'
  if (!URL.canParse(full)) throw new Mistake(`${quote(text)} is not the address of a node`, hint)
  const url = new URL(full)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Mistake(`${quote(text)} is not an address for HTTP`, hint)
  }
  if (url.username !== '' || url.password !== '') {
    throw new Mistake('the address carries credentials', 'set VAJRA_TOKEN, or use --token')
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Where to listen: `host:port`, `[ipv6]:port`, `:port` or `port` (on loopback). Port 0 is any free port. */
export function readHostPort(text: string): HostPort {
  const match = /^(?:(\[[0-9a-f:.%]+\]|[^:[\]/\s]+)?:)?(\d{1,5})$/i.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65535) {
    throw new Mistake(
      `${quote(text)} is not an address to listen on`,
      'write HOST:PORT, such as 127.0.0.1:7070 or [::1]:7070',
    )
  }
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port }
}

export const REPORT_FORMATS = ['text', 'json', 'csv', 'csv-totals', 'junit'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** A file to write a report to. */
export interface OutputFile {
  /** Undefined when only the file was named. */
  readonly format: ReportFormat | undefined
  /** Formats that its ending may tell, the usual one first; none where it tells nothing. */
  readonly byEnding: readonly ReportFormat[]
  readonly file: string
}

const FORMATS_BY_ENDING: Readonly<Record<string, readonly ReportFormat[]>> = {
  json: ['json'],
  csv: ['csv', 'csv-totals'],
  xml: ['junit'],
  txt: ['text'],
}

/** `FORMAT=FILE`, or a file whose ending tells the format. */
export function readOutputFile(text: string): OutputFile {
  const [name = '', ...rest] = text.split('=')
  if (rest.length > 0 && !name.includes('/') && !name.includes('.')) {
    const format = REPORT_FORMATS.find((one) => one === name)
    if (format === undefined) {
      throw new Mistake(`${quote(name)} is not a format`, `choose one of: ${REPORT_FORMATS.join(', ')}`)
    }
    if (rest.join('=') === '') throw new Mistake(`${quote(text)} names no file`, `write ${name}=FILE`)
    return { format, byEnding: [], file: rest.join('=') }
  }
  return { format: undefined, byEnding: FORMATS_BY_ENDING[/\.(\w+)$/.exec(text)?.[1] ?? ''] ?? [], file: text }
}

/** `Name: value`, as in HTTP. */
export function readHeader(text: string): readonly [name: string, value: string] {
  const match = /^([^:\s]+)\s*:\s*(.*)$/s.exec(text)
  if (match === null) throw new Mistake(`${quote(text.split(/\s/)[0] ?? '')} is not a header`, 'write "Name: value"')
  return [match[1] as string, match[2] as string]
}
