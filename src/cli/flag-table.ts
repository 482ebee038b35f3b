/**
 * Every flag of every command. A name means the same wherever it is taken: its environment variable (`VAJRA_` and the
 * name in capitals) and its key in a configuration file are shared by all commands.
 */

import { LIMITS } from '../base/limits.ts'
import { PACING_SETTINGS } from '../base/pacing.ts'
import { choiceFlag, durationFlag, type Flag, listFlag, switchFlag, textFlag, valueFlag, wholeFlag } from './flag.ts'
import { REPORT_FORMATS, readHeader, readHostPort, readNodeUrl, readOutputFile } from './values.ts'

const asText = (text: string): string => text

export const FLAGS = Object.freeze({
  // For every command.
  config: textFlag({
    describe: 'read settings from a YAML or JSON file whose keys are flag names',
    placeholder: 'FILE',
  }),

  // For commands that ask a node.
  node: listFlag(
    {
      describe: 'address of the node to ask; several, in order of preference, with commas',
      placeholder: 'URL',
      separator: ',',
      shownDefault: 'http://127.0.0.1:7070',
    },
    readNodeUrl,
  ),
  token: textFlag({ describe: 'bearer token of the API', placeholder: 'TOKEN' }),
  timeout: durationFlag({ describe: 'time a node has to answer', shownDefault: '30s', most: LIMITS.durationMs }),
  json: switchFlag({ describe: 'print one JSON document' }),

  // For commands that follow a run.
  follow: switchFlag({ describe: 'show live totals and end with the summary', short: 'f' }),
  out: listFlag(
    {
      describe:
        'also write the report to FILE, as text, json, csv, csv-totals or junit; FILE alone: as its ending says',
      placeholder: 'FORMAT=FILE',
      separator: ',',
      short: 'o',
    },
    readOutputFile,
  ),
  'summary-export': textFlag({ describe: 'also write the report to FILE, as JSON', placeholder: 'FILE' }),
  quiet: switchFlag({ describe: 'show no progress', short: 'q' }),
  'no-thresholds': switchFlag({ describe: 'crossed thresholds do not change the exit code' }),
  'no-preflight': switchFlag({ describe: 'start the run without checking targets, credentials and nodes first' }),
  yes: switchFlag({ describe: 'go on when pre-flight checks warn', short: 'y' }),
  format: choiceFlag({ describe: 'how to print the report', choices: REPORT_FORMATS, shownDefault: 'text' }),

  // For commands that fire.
  workers: wholeFlag({
    describe: 'threads that generate load',
    placeholder: 'N',
    least: 1,
    most: 256,
    shownDefault: 'one per CPU, less one',
  }),
  pacing: choiceFlag({
    describe: 'how to wait for the next request: spin just before it, by timers only, or as the machine has room for',
    choices: PACING_SETTINGS,
    shownDefault: 'auto',
  }),
  'allow-target': listFlag(
    {
      describe: 'fire only at these hosts (HOST, HOST:PORT or an origin)',
      placeholder: 'TARGET',
      separator: ',',
      shownDefault: 'any',
    },
    asText,
  ),
  'log-level': choiceFlag({
    describe: 'what goes to the log on stderr',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
  }),

  // For `quick`.
  rate: textFlag({ describe: 'requests per second, or 30/m, 500/100ms', placeholder: 'RATE', short: 'r' }),
  duration: textFlag({ describe: 'how long to fire', placeholder: 'DURATION', short: 'd', shownDefault: '10s' }),
  users: wholeFlag({
    describe: 'users that each wait for their answer, in place of a rate',
    placeholder: 'N',
    short: 'u',
    aliases: ['vus'],
    least: 1,
    most: LIMITS.users,
  }),
  stages: listFlag(
    {
      describe: 'rates reached in steps, as 10s:100,30s:500,10s:0',
      placeholder: 'DURATION:RATE',
      separator: ',',
      short: 's',
      aliases: ['stage'],
    },
    asText,
  ),
  warmup: textFlag({ describe: 'fire this long before measuring', placeholder: 'DURATION' }),
  arrivals: choiceFlag({ describe: 'how requests are spaced', choices: ['even', 'poisson'], shownDefault: 'even' }),
  'think-time': textFlag({ describe: 'pause of a user after each answer', placeholder: 'DURATION' }),
  method: textFlag({
    describe: 'HTTP method',
    placeholder: 'METHOD',
    short: 'X',
    shownDefault: 'GET, or POST with a body',
  }),
  header: listFlag(
    {
      describe: 'header of each request; a credential as a reference, "authorization: env:NAME"',
      placeholder: '"NAME: VALUE"',
      separator: '\n',
      short: 'H',
    },
    readHeader,
  ),
  body: textFlag({ describe: 'body of each request', placeholder: 'TEXT', short: 'b' }),

  // For `scale`.
  scenario: textFlag({ describe: 'the scenario to change', placeholder: 'NAME', shownDefault: 'the only one' }),

  // For `validate`.
  preflight: switchFlag({ describe: 'also check targets, credentials and what the nodes have for their share' }),
  plot: switchFlag({ describe: 'draw the planned load over time; with --json, add its points' }),

  // For `node`.
  name: textFlag({ describe: "the node's name", placeholder: 'NAME', shownDefault: 'the host name' }),
  join: listFlag(
    { describe: 'address of a node to join through (HOST:PORT or a multiaddr)', placeholder: 'ADDR', separator: ',' },
    asText,
  ),
  listen: listFlag(
    {
      describe: 'address the mesh listens on',
      placeholder: 'ADDR',
      separator: ',',
      shownDefault: 'any free port of every interface',
    },
    asText,
  ),
  http: valueFlag(
    {
      describe: 'address the API listens on',
      placeholder: 'HOST:PORT',
      shownDefault: '127.0.0.1 and the first free port from 7070',
    },
    readHostPort,
  ),
  'no-http': switchFlag({ describe: 'serve no API; other nodes of the mesh answer for this one' }),
  'http-token': textFlag({ describe: 'bearer token the API asks for; needed beyond loopback', placeholder: 'TOKEN' }),
  'insecure-http': switchFlag({ describe: 'let the API listen beyond loopback without a token' }),
  'data-dir': textFlag({
    describe: 'folder for runs and measurements',
    placeholder: 'DIR',
    shownDefault: "the user's data folder",
  }),
  'cluster-key-file': textFlag({
    describe: 'file with the cluster key; or set VAJRA_CLUSTER_KEY to the key itself',
    placeholder: 'FILE',
    shownDefault: "the user's own, created once",
  }),
  capacity: wholeFlag({
    describe: 'how much this node can fire, compared with others',
    placeholder: 'N',
    least: 1,
    most: 1_000_000,
    shownDefault: 'the number of workers',
  }),
  priority: wholeFlag({
    describe: 'rank in elections: higher goes first',
    placeholder: 'N',
    least: -1000,
    most: 1000,
    shownDefault: '0',
  }),
  'no-mdns': switchFlag({ describe: 'do not look for other nodes in the local network' }),
  grace: durationFlag({ describe: 'time to hand over and drain on leaving', shownDefault: '30s', most: 3_600_000 }),

  // For `key`.
  stdout: switchFlag({ describe: 'print the key, write no file' }),
  force: switchFlag({ describe: 'replace a key that is there' }),
} as const satisfies Readonly<Record<string, Flag<unknown>>>)

export type FlagName = keyof typeof FLAGS

type ValueOf<F> = F extends Flag<infer T> ? T : never

/** The values of some flags, by flag name. */
export type Settings<N extends FlagName> = { readonly [K in N]: ValueOf<(typeof FLAGS)[K]> }

/** Flags every command takes. */
export const COMMON_FLAGS: readonly FlagName[] = ['config']

/** The environment variable of a flag. */
export function variableOf(name: string): string {
  return `VAJRA_${name.toUpperCase().replaceAll('-', '_')}`
}
