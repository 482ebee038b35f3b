/** The log of `vajra node`, on stderr: a line for people on a terminal, JSON (pino's) everywhere else. */

import { type Logger, pino } from 'pino'
import type { Log, LogLevel } from '../node/options.ts'
import { printable } from '../report/style.ts'
import type { Output } from './process-context.ts'

export interface NodeLog {
  readonly log: Log
  /** For the HTTP server. */
  readonly logger: Logger
}

export interface NodeLogOptions {
  readonly level: LogLevel | 'silent'
  /** For people, not programs. */
  readonly pretty: boolean
  readonly output: Pick<Output, 'write' | 'colour'>
}

export function nodeLog(options: NodeLogOptions): NodeLog {
  const { level, pretty, output } = options
  const write = (line: string) => output.write(pretty ? prettyLine(line, output.colour) : line)
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write })
  return { logger, log: (lineLevel, message, fields) => logger[lineLevel](fields ?? {}, message) }
}

const NAMES: Readonly<Record<number, readonly [name: string, colour: number]>> = {
  20: ['debug', 90],
  30: ['info ', 36],
  40: ['warn ', 33],
  50: ['error', 31],
  60: ['fatal', 31],
}

/** A line of pino's JSON as `12:34:56.789 info  message key=value`. */
export function prettyLine(line: string, colour: boolean): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: string; msg?: string }
  const [name, code] = NAMES[level] ?? [String(level), 0]
  const clock = new Date(time).toTimeString().slice(0, 8)
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`)
  return `${clock} ${colour ? `\x1b[${code}m${name}\x1b[0m` : name} ${printable(msg ?? '')}${rest.join('')}\n`
}

function fieldText(value: unknown): string {
  // Nothing a peer sends may move the cursor or break the line.
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value)
}
