/**
 * Pre-flight: every node that would fire a suite says whether it could. The node that is asked asks all others, looks
 * for itself, and puts together what has come within the time there is.
 */

import { randomBytes } from 'node:crypto'
import type { SuiteSource } from '../api/node-port.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf, type Problem } from '../base/errors.ts'
import { type Finding, inOrder, type LocalFinding, type PreflightDocument, worstLevel } from '../base/finding.ts'
import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { endWithRows } from '../load/data-end.ts'
import type { NodeLoad } from '../membership/view.ts'
import { encodeCompact } from '../mesh/codec.ts'
import type { MeshPort } from '../mesh/mesh-port.ts'
import type { NodeResources } from '../preflight/judge-node.ts'
import { STRATEGIES } from '../run/strategies/index.ts'
import type { DataFile } from '../suite/data-spec.ts'
import { parseSuite } from '../suite/parse.ts'
import type { Suite } from '../suite/spec.ts'
import { AskLimit } from './ask-limit.ts'
import { localPreflight } from './local-preflight.ts'
import { checkPreflightMessage, MOST_FINDINGS, type PreflightMessage } from './preflight-messages.ts'
import { probe } from './probe-thread.ts'

/** Time a node has to look at everything, in milliseconds. */
const LOCAL_MS = 3800
/** Time after which nobody is waited for any more. */
const ANSWER_MS = 4400
/** Checks that a node makes at once, and at the most each second after a first number of them. */
const AT_ONCE = 4
const BURST = 30
const EVERY_MS = 1000

/** A node that would fire a share. */
export interface Firer {
  readonly bootId: BootId
  readonly name: string
  readonly capacity: number
  readonly load: NodeLoad
}

export interface PreflightParts {
  readonly node: string
  readonly allowTarget: readonly string[]
  readonly mesh: Pick<MeshPort, 'bootId' | 'send'>
  readonly clock: Clock
  /** All nodes that take part now, this one among them. */
  readonly firers: () => readonly Firer[]
  readonly resources: () => NodeResources
  /** Nothing that was found here is in the way of the run, which may follow at once. */
  readonly passed: () => void
}

interface Asked {
  readonly peer: BootId
  readonly answer: (findings: readonly LocalFinding[]) => void
}

export class Preflight {
  readonly #parts: PreflightParts
  readonly #limit: AskLimit
  readonly #asked = new Map<string, Asked>()
  #running = 0

  constructor(parts: PreflightParts) {
    this.#parts = parts
    this.#limit = new AskLimit(BURST, EVERY_MS, parts.clock.monotonic())
  }

  /** What all nodes find. The suite must be valid here. Takes at most some seconds; never rejects. */
  async check({ text, format }: SuiteSource, suite: Suite): Promise<PreflightDocument> {
    const { clock, mesh } = this.#parts
    const begin = clock.monotonic()
    const firers = this.#parts.firers()
    const shares = sharesOf(suite, firers)
    const data = contentsOf(suite)
    const asked = { text, format, ...(data.length > 0 && { data }) }
    const found = await Promise.all(
      firers.map(async ({ bootId, name }, i): Promise<Finding[]> => {
        const share = shares[i] as number
        const findings =
          bootId === mesh.bootId
            ? await this.#bounded(() => this.#local(suite, share, firers.length))
            : await this.#ask(bootId, { source: asked, share, nodes: firers.length })
        return findings.map(({ check, level, ...rest }) => ({ check, level, node: name, ...rest }))
      }),
    )
    const findings = inOrder(found.flat())
    return {
      level: worstLevel(findings),
      tookMs: Math.round(clock.monotonic() - begin),
      nodes: firers.map(({ name }) => name),
      findings,
    }
  }

  /** A message from a peer. @throws VajraError `MESSAGE_INVALID` */
  receive(from: BootId, value: unknown): void {
    const message = checkPreflightMessage(value)
    if (message.kind === 'preflight') {
      void this.#answer(from, message)
      return
    }
    const asked = this.#asked.get(message.id)
    // Only who was asked may answer.
    if (asked?.peer === from) asked.answer(message.findings)
  }

  async #answer(to: BootId, message: Extract<PreflightMessage, { kind: 'preflight' }>): Promise<void> {
    const { id, source, share, nodes } = message
    const findings = await this.#bounded(async () => {
      const parsed = parseSuite(source)
      return parsed.ok ? this.#local(endWithRows(parsed.suite), share, nodes) : unreadable(parsed.problems)
    })
    const told = inOrder(findings.map((finding) => ({ ...finding, node: '' }))).slice(0, MOST_FINDINGS)
    const answer: PreflightMessage = { kind: 'findings', id, findings: told.map(cut) }
    this.#parts.mesh.send(to, 'control', encodeCompact(answer))
  }

  async #local(suite: Suite, share: number, nodes: number): Promise<readonly LocalFinding[]> {
    const { node, allowTarget, clock, resources, passed } = this.#parts
    const now = clock.wall()
    const findings = await localPreflight({
      suite,
      node,
      allowTarget,
      share,
      nodes,
      now,
      budgetMs: LOCAL_MS,
      resources,
      environment: process.env,
      probe,
    })
    // After the checks, which measure latencies: starting threads would get in their way.
    if (findings.every(({ level }) => level !== 'FAIL')) passed()
    return findings
  }

  /** No more often than it does good: whoever may ask must not make a flood of it. */
  async #bounded(look: () => Promise<readonly LocalFinding[]>): Promise<readonly LocalFinding[]> {
    if (this.#running >= AT_ONCE || !this.#limit.take(this.#parts.clock.monotonic())) {
      const hint = 'wait some seconds, or go on without (--no-preflight)'
      return [{ check: 'node', level: 'WARN', seen: 'this node is asked for pre-flight checks too often', hint }]
    }
    this.#running++
    try {
      return await look()
    } catch (error) {
      const hint = 'go on without (--no-preflight), and please report this'
      return [{ check: 'node', level: 'WARN', seen: `the checks failed: ${messageOf(error)}`, hint }]
    } finally {
      this.#running--
    }
  }

  #ask(
    peer: BootId,
    question: Omit<Extract<PreflightMessage, { kind: 'preflight' }>, 'kind' | 'id'>,
  ): Promise<readonly LocalFinding[]> {
    const id = randomBytes(8).toString('hex')
    const message: PreflightMessage = { kind: 'preflight', id, ...question }
    const silent = (seen: string): readonly LocalFinding[] => [
      {
        check: 'node',
        level: 'WARN',
        seen,
        hint: 'check that it runs, and runs the same version of vajra; without it the others fire its share',
      },
    ]
    return new Promise((resolve) => {
      const done = (findings: readonly LocalFinding[]): void => {
        clearTimeout(timer)
        this.#asked.delete(id)
        resolve(findings)
      }
      const timer = setTimeout(
        () => done(silent(`it did not answer within ${ANSWER_MS / 1000} s when it was asked for its checks`)),
        ANSWER_MS,
      )
      this.#asked.set(id, { peer, answer: done })
      const sent = this.#parts.mesh.send(peer, 'control', encodeCompact(message))
      if (!sent) done(silent('it cannot be reached from the node that asks'))
    })
  }
}

/** As the coordinator would divide the load now. */
function sharesOf(suite: Suite, firers: readonly Firer[]): readonly number[] {
  const strategy = STRATEGIES[suite.shares]
  const weights = firers.map((firer) => strategy.weightOf(firer))
  const sum = weights.reduce((all, weight) => all + weight, 0)
  return weights.map((weight) => Math.min(1, weight / sum))
}

/** What its files have in them, for who has not read them: with their rows the suite may be over sooner. */
function contentsOf({ data = [] }: Suite): readonly DataFile[] {
  return data.flatMap(({ key, onNodes, content }) => (content === null ? [] : [{ key, onNodes, ...content }]))
}

function unreadable(problems: readonly Problem[]): readonly LocalFinding[] {
  return problems.map(({ path, message, hint = 'run the same version of vajra on every node' }) => ({
    check: 'suite',
    level: 'FAIL',
    path,
    seen: `this node cannot read the suite: ${message}`,
    hint,
  }))
}

/** As long as may be told. */
function cut({ check, level, path, seen, hint }: LocalFinding): LocalFinding {
  const short = (text: string): string => text.slice(0, LIMITS.sentenceLength)
  return {
    check,
    level,
    seen: short(seen),
    ...(path === undefined ? {} : { path: short(path) }),
    ...(hint === undefined ? {} : { hint: short(hint) }),
  }
}
