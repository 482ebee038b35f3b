import type { SuiteSource, ValidationDocument } from '../../api/node-port.ts'
import { ERROR_KINDS, VajraError } from '../../base/errors.ts'
import { nodeOptions } from '../../node/options.ts'
import { formatCount } from '../../report/format.ts'
import { rateScale, roundTime } from '../../report/plot-scale.ts'
import type { Suite } from '../../suite/spec.ts'
import { formatDuration } from '../../suite/units.ts'
import { ASKING_FLAGS, type AskingSettings, clientsOf } from '../asking.ts'
import { askAny } from '../client.ts'
import { defineCommand } from '../command.ts'
import { usesUnicode } from '../locale.ts'
import { preflightText } from '../preflight.ts'
import type { ProcessContext } from '../process-context.ts'
import { jsonText } from '../report-output.ts'
import { aboutFile, readSuiteFile } from '../suite-file.ts'

export const validate = defineCommand({
  name: 'validate',
  summary: 'check a suite and say what it amounts to',
  description:
    'Tells every error at once, each with its place and what to do. Needs no node. With --preflight it fails when a check does, and not for warnings.',
  positionals: [{ name: 'suite', describe: 'YAML or JSON file, or - for stdin' }],
  flags: ['plot', 'preflight', 'json', ...ASKING_FLAGS],
  examples: [
    ['vajra validate suite.yaml', 'says how long it takes and how much it fires'],
    ['vajra validate suite.yaml --plot', 'draws the rate of each scenario, or its users, over time'],
    ['vajra validate suite.yaml --preflight', 'also asks targets, and every node of the mesh, before a run'],
    ['vajra validate suite.yaml --json', 'for editors and CI'],
  ],
  async run({ positionals, settings }, context) {
    const [path = '-'] = positionals
    // Loaded here: the help of the program looks at every command, and the parser is large.
    const [{ checkSuite }, { summarizeSuite }, { thresholdWords }] = await Promise.all([
      import('../check-suite.ts'),
      import('../../load/summary.ts'),
      import('../../suite/threshold-words.ts'),
    ])
    const source = await readSuiteFile(path, context)
    const parsed = await checkSuite(source)
    const read: ValidationDocument = parsed.ok
      ? { valid: true, errors: [], summary: summarizeSuite(parsed.suite) }
      : { valid: false, errors: parsed.problems, summary: null }
    const document = settings.preflight ? await preflightOf(source, read, settings, context) : read
    const planned = settings.plot ? await plotOf(parsed.ok ? parsed.suite : null, settings.json, context) : null
    const thresholdsText = parsed.ok
      ? thresholdWords(parsed.suite)
          .map((words) => `  ${words}\n`)
          .join('')
      : ''
    if (settings.json) context.stdout.write(jsonText({ ...document, ...planned?.document }))
    else if (document.summary !== null)
      context.stdout.write(summaryText(document.summary) + thresholdsText + (planned?.text ?? ''))
    const { preflight } = document
    if (!settings.json && preflight) context.stdout.write(`\n${preflightText(preflight, context.stdout)}`)
    const invalid = new VajraError('SUITE_INVALID', '', { problems: document.errors })
    if (document.valid) return preflight?.level === 'FAIL' ? ERROR_KINDS.PREFLIGHT_FAILED.exitCode : 0
    if (settings.json) return invalid.exitCode
    throw aboutFile(invalid, path)
  },
})

/** By the nodes that were named; by the one of this machine if it answers; else by this process. */
async function preflightOf(
  source: SuiteSource,
  read: ValidationDocument,
  settings: AskingSettings,
  context: ProcessContext,
): Promise<ValidationDocument> {
  if (!read.valid) return { ...read, preflight: null }
  try {
    return await askAny(clientsOf(settings), (client) => client.preflight(source))
  } catch (thrown) {
    const isNobody = thrown instanceof VajraError && thrown.code === 'NODE_UNREACHABLE'
    if (!isNobody || settings.node.length > 0) throw thrown
  }
  const createNode = await context.loadNode()
  const node = await createNode(nodeOptions({ configDir: '' }))
  try {
    return await node.port.preflight(source)
  } finally {
    await node.close()
  }
}

/** Points in a plot as JSON: enough for a screen. */
const MOST_POINTS = 500
/** Columns where nobody says how many: what a mail or a log has room for. */
const PLAIN_WIDTH = 80

async function plotOf(suite: Suite | null, json: boolean, { stdout, environment }: ProcessContext) {
  if (json) {
    if (suite === null) return { document: { plot: null }, text: '' }
    const { plannedLoad } = await import('../../load/planned-load.ts')
    return { document: { plot: plannedLoad(suite, roundTime(suite.durationMs / MOST_POINTS)) }, text: '' }
  }
  if (suite === null) return null
  const { renderPlot } = await import('../../report/plot.ts')
  const width = stdout.isTerminal ? stdout.width : PLAIN_WIDTH
  const lines = renderPlot(suite, { width, colour: stdout.colour, unicode: usesUnicode(environment) })
  return { document: {}, text: `\n${lines.join('\n')}\n` }
}

function summaryText(summary: NonNullable<ValidationDocument['summary']>): string {
  const scenarios = summary.scenarios.map((scenario) => {
    const { name, startMs, durationMs, planned, users, peakRate, steps } = scenario
    const what = steps === undefined ? 'requests' : 'iterations'
    const load =
      users === null
        ? `${formatCount(planned ?? 0)} ${what}, at most ${rateScale(peakRate ?? 0).label(peakRate ?? 0)}`
        : `at most ${formatCount(users)} users`
    return `  ${name}: ${load}${steps === undefined ? '' : `, ${formatCount(steps)} steps`}, from ${formatDuration(startMs)} for ${formatDuration(durationMs)}\n`
  })
  return `valid: ${summary.name}, ${formatDuration(summary.durationMs)}\n${scenarios.join('')}`
}
