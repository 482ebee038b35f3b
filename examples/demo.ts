/**
 * The whole idea in half a minute: three nodes, one run, and the coordinator killed in the middle of it.
 *
 *     npm run demo
 *
 * Everything runs on this machine's loopback, in a temporary folder with a key of its own. Exits with 0 when the run
 * went on at its full rate and both survivors hold the same report, else with 1; with 105 when it is interrupted.
 */

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunDocument } from '../src/api/node-port.ts'
import { EXIT, messageOf } from '../src/base/errors.ts'
import type { Report } from '../src/metrics/report-document.ts'
import { formatCount } from '../src/report/format.ts'
import { arrivalsAt, type Gap, gapAfter, perSecond } from './support/arrivals.ts'
import { getJson, until } from './support/asking.ts'
import { Cluster, type ClusterNode } from './support/cluster.ts'
import { atExit } from './support/leave-nothing.ts'
import { Story } from './support/story.ts'

const RATE = 600
const DURATION_MS = 15_000
/** Not at the turn of a second, where the target's table would show it on the wrong line. */
const KILL_MS = 6300

/** The rate is looked at up to here: the last arrivals of a run may come a little late. */
const LOOK_UNTIL_MS = DURATION_MS - 500

const SUITE = `name: shop
scenarios:
  - name: browse
    load: { rate: ${RATE}/s, duration: ${DURATION_MS / 1000}s }
    http: TARGET/products
`

interface Cast {
  readonly coordinator: ClusterNode
  /** Takes the suite. */
  readonly submittedTo: ClusterNode
  /** Is only asked. */
  readonly asked: ClusterNode
  readonly target: string
}

interface Performance {
  readonly runId: string
  /** T in epoch milliseconds. */
  readonly startedAt: number
  /** Of the kill, in epoch milliseconds. */
  readonly killedAt: number
  /** At the target, in epoch milliseconds. */
  readonly arrivals: readonly number[]
}

async function tell(cluster: Cluster, story: Story): Promise<boolean> {
  story.title('Vajra Mesh: three nodes, one run, and the coordinator killed in the middle of it')
  const cast = await gather(cluster, story)
  const performed = await perform(cluster, story, cast)
  await showReport(cluster, story, cast, performed.runId)
  const gap = showTarget(story, cast, performed)
  return judge(cluster, story, cast, performed, gap)
}

async function gather(cluster: Cluster, story: Story): Promise<Cast> {
  story.chapter('Three processes, no master, no configuration')
  story.say('starting a target to fire at, and three nodes …')
  const begun = performance.now()
  const [target] = await Promise.all([cluster.startTarget(), cluster.startNodes(['node-1', 'node-2', 'node-3'])])
  const up = performance.now()
  await cluster.formed(3)
  const coordinator = await cluster.coordinator()
  const [submittedTo, asked] = cluster.nodes.filter((node) => node !== coordinator)
  const nodes = [...cluster.nodes].sort((a, b) => a.name.localeCompare(b.name))
  for (const { name, http, process } of nodes) story.say(`${name}  ${http}  pid ${process.pid}`)
  story.say(`Up after ${seconds(up - begun)}; one mesh ${seconds(performance.now() - up)} later.`)
  story.say(`Nobody told them of each other. They elected ${coordinator.name} as their coordinator.`)
  return { coordinator, submittedTo: submittedTo!, asked: asked!, target: target.url }
}

/** Submits, follows, and kills. */
async function perform(
  cluster: Cluster,
  story: Story,
  { submittedTo, coordinator, target }: Cast,
): Promise<Performance> {
  story.chapter(`${RATE} requests a second for ${DURATION_MS / 1000} s, handed to ${submittedTo.name}`)
  writeFileSync(join(cluster.folder, 'shop.yaml'), SUITE.replace('TARGET', target))
  story.command(`vajra submit shop.yaml --follow --node ${submittedTo.http}`)
  story.say(
    `${Math.floor(KILL_MS / 1000)} s into it the demo kills ${coordinator.name}, the coordinator: kill -9 ${coordinator.process.pid}`,
  )
  story.line('')
  const follower = cluster.attach(
    ['submit', 'shop.yaml', '--follow', '--node', submittedTo.http],
    followerStreams(story),
  )
  // Its report is not shown: another node's is.
  follower.stdout?.resume()
  follower.stderr?.on('data', (chunk: Buffer) => story.quote(chunk.toString()))
  const ended = once(follower, 'close')
  const { runId, startedAt } = await started(submittedTo, follower)
  await sleep(Math.max(0, startedAt + KILL_MS - epochNow()))
  const killedAt = epochNow()
  await cluster.kill(coordinator)
  // A terminal belongs to the live view meanwhile.
  if (!story.isTerminal) story.alarm(`kill -9 ${coordinator.process.pid}: ${coordinator.name} is dead`)
  await ended
  await cluster.ended(runId, 30_000)
  return { runId, startedAt, killedAt, arrivals: await arrivalsAt(target) }
}

function followerStreams(story: Story): ('ignore' | 'inherit' | 'pipe')[] {
  const drawsItself = story.isTerminal && process.stderr.isTTY === true
  return ['ignore', 'pipe', drawsItself ? 'inherit' : 'pipe']
}

/** Waits until the run that the follower has submitted fires. */
async function started(node: ClusterNode, follower: ChildProcess): Promise<{ runId: string; startedAt: number }> {
  let run: RunDocument | undefined
  await until('the start of the run', 20_000, async () => {
    if (follower.exitCode !== null) return true
    const { runs } = await getJson<{ readonly runs: readonly RunDocument[] }>(`${node.http}/v1/runs`)
    run = runs.find(({ startedAt }) => startedAt !== null)
    return run !== undefined
  })
  if (run === undefined) throw new Error(`vajra submit ended with exit code ${follower.exitCode}, and no run`)
  return { runId: run.runId, startedAt: Date.parse(run.startedAt ?? '') }
}

async function showReport(cluster: Cluster, story: Story, { asked, submittedTo }: Cast, runId: string): Promise<void> {
  story.chapter(`The report, from ${asked.name}, which nobody had told of the run`)
  const args = ['report', runId, '--node', asked.http]
  story.command(`vajra ${args.join(' ')}`)
  story.line('')
  if (story.isTerminal) {
    await once(cluster.attach(args, ['ignore', 'inherit', 'inherit']), 'close')
    return
  }
  const { code, stdout, stderr } = await cluster.command(args)
  if (code !== 0) throw new Error(`vajra report, from ${asked.name} or ${submittedTo.name}: ${stderr}`)
  story.line(stdout.trimEnd())
}

function showTarget(story: Story, { coordinator }: Cast, { startedAt, killedAt, arrivals }: Performance): Gap {
  story.chapter('What the target itself counted')
  const killSecond = Math.floor((killedAt - startedAt) / 1000)
  story.say('second   asked   arrived')
  for (const { second, arrived } of perSecond(arrivals, startedAt, DURATION_MS)) {
    if (second < killSecond - 2 || second > killSecond + 4) continue
    const bar = '█'.repeat(Math.round((30 * arrived) / RATE))
    const note = second === killSecond ? `  ← ${coordinator.name} killed` : ''
    story.say(`${String(second).padStart(6)}${String(RATE).padStart(8)}${String(arrived).padStart(10)}  ${bar}${note}`)
  }
  return gapAfter(arrivals, { at: killedAt, until: startedAt + LOOK_UNTIL_MS, rate: RATE })
}

/** The survivors' reports against each other, and against the target. */
async function judge(cluster: Cluster, story: Story, cast: Cast, performed: Performance, gap: Gap): Promise<boolean> {
  story.chapter('Do the survivors agree, and with the target?')
  const survivors = [cast.submittedTo, cast.asked]
  const reports = await Promise.all(survivors.map((node) => cluster.report(node, performed.runId)))
  const { sent, unaccounted } = reports[0]!.totals
  const { name } = cast.coordinator
  const arrived = performed.arrivals.length
  const unreported = arrived - sent
  for (const [i, survivor] of survivors.entries()) story.say(`${survivor.name}  ${countsOf(reports[i]!)}`)
  story.say(
    `target  ${formatCount(arrived)} arrived = ${formatCount(sent)} sent + ${unreported} of ${name}, unreported`,
  )
  story.say(`What ${name} measured last died with it: unaccounted for, never guessed.`)
  story.say('The digest of the whole report:')
  for (const [i, survivor] of survivors.entries()) story.say(`${survivor.name}  ${reports[i]!.digest}`)
  const complaint = complaintAbout(reports, gap, unreported >= 0 && unreported <= unaccounted)
  const success = `${name} died, the run did not: full rate again after ${seconds(gap.restoredAfterMs)}, equal reports.`
  story.verdict(complaint === null, complaint ?? success)
  return complaint === null
}

function countsOf({ totals: { scheduled, sent, dropped, unaccounted } }: Report): string {
  const counts = [scheduled, sent, dropped, unaccounted].map(formatCount)
  return `${counts[0]} planned = ${counts[1]} sent + ${counts[2]} dropped + ${counts[3]} unaccounted for`
}

function complaintAbout(reports: readonly Report[], gap: Gap, addsUp: boolean): string | null {
  if (!reports.every(({ status }) => status === 'completed')) return 'The run did not complete.'
  if (!gap.restored) return 'The run went on, but not at its full rate.'
  if (new Set(reports.map(({ digest }) => digest)).size !== 1) return 'The survivors hold different reports.'
  return addsUp ? null : 'The report and the target do not add up.'
}

function whatNext(story: Story): void {
  story.line('')
  story.line('Try next (in two terminals or more):')
  story.command('npx node examples/target.ts', 'something to fire at, on port 8080')
  story.command('npm run vajra -- node', 'a node; again elsewhere: a second one, the same mesh')
  story.command('npm run vajra -- submit examples/quick-start.yaml --follow')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function epochNow(): number {
  return performance.timeOrigin + performance.now()
}

async function main(): Promise<void> {
  const cluster = new Cluster()
  const story = new Story(process.stdout)
  atExit(() => cluster.closeNow())
  try {
    const good = await tell(cluster, story)
    if (good) whatNext(story)
    process.exitCode = good ? EXIT.ok : EXIT.failure
  } catch (error) {
    story.verdict(false, `The demo could not go on: ${messageOf(error)}`)
    process.exitCode = EXIT.failure
  }
  await cluster.close()
}

await main()
