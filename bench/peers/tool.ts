/** A load generator, as the comparison sees it: how to run it, and how to read what it says. */

/** What all are asked to do. */
export interface Task {
  readonly url: string
  /** Keep-alive connections; users, virtual users or workers where a tool counts in those. */
  readonly connections: number
  readonly seconds: number
  /** Requests a second in all; null: as many as it can. */
  readonly rate: number | null
  /** Whether its report has to be of the whole run: no warm-up is left out. */
  readonly whole: boolean
  /** For scripts and reports: empty, and only this task's. */
  readonly folder: string
}

export interface Command {
  /** The program and its arguments. */
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
  /** Text of a file in the task's folder; empty where there is none. */
  file(name: string): string
}

/** What a tool says of its own run; null for what it does not tell. */
export interface ToolReport {
  readonly requests: number | null
  /** Milliseconds. */
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
  /** How late its requests left, by its own account, in milliseconds. */
  readonly lateness: { readonly p50: number; readonly p99: number } | null
}

export interface Tool {
  readonly name: string
  /** What is looked for on the PATH; null for what is always there. */
  readonly binary: string | null
  /** How to get it, in a line. */
  readonly source: string
  /** Arguments that make it tell its version, and where in its answer the version stands. */
  readonly version: { readonly args: readonly string[]; readonly pattern: RegExp }
  /** Fires as fast as its connections allow; absent when it cannot. */
  readonly closed?: (task: Task) => Command
  /** Fires at the task's rate; absent when it cannot. */
  readonly open?: (task: Task) => Command
  /** Rates above this are out of its reach on one CPU, and are not tried. */
  readonly mostRate?: number
  /** One more setting of a tool that is there already, or no tool at all: not shown the stall. */
  readonly variant?: boolean
  /** Reads what it said. */
  parse(output: Output): ToolReport
}

export const NOTHING_TOLD: ToolReport = { requests: null, p50: null, p99: null, max: null, lateness: null }

const UNITS_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 }

/** Milliseconds of `1.23ms`, `450us`, `2.00s`; null of anything else. */
export function durationMs(text: string | undefined): number | null {
  const [, number, unit] = /^([\d.]+)\s*(ns|us|µs|ms|s|m|h)$/.exec(text?.trim() ?? '') ?? []
  return number === undefined ? null : Number(number) * UNITS_MS[unit!]!
}

/** What the pattern's first group found, as a number; null if it found nothing. */
export function numberIn(text: string, pattern: RegExp): number | null {
  const [, found] = pattern.exec(text) ?? []
  return found === undefined ? null : Number(found)
}

/** The JSON document in a text that may have other lines around it. */
export function jsonIn<T>(text: string): T {
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as T
}

/** A number the report may be without. */
export function scaled(value: number | null | undefined, factor: number): number | null {
  return value === null || value === undefined ? null : value * factor
}
