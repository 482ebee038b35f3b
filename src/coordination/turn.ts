/**
 * One turn of the core: the state as it becomes, and the effects so far. Parts of the core take a turn and change it
 * through these functions; the state itself is replaced, never written to.
 */

import type { Instant, MonotonicMs, WallMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { type Member, withMember } from '../membership/view.ts'
import type { Effect } from './io.ts'
import type { Message } from './messages.ts'
import type { CoreState, ElectionState, Reign, RunState } from './state.ts'
import type { Timing } from './timing.ts'

export class Turn {
  state: CoreState
  readonly now: MonotonicMs
  readonly wall: WallMs
  readonly effects: Effect[] = []

  constructor(state: CoreState, now: Instant) {
    this.state = state
    this.now = now.monotonic
    this.wall = now.wall
  }

  get self(): BootId {
    return this.state.config.bootId
  }

  get timing(): Timing {
    return this.state.config.timing
  }

  effect(effect: Effect): void {
    this.effects.push(effect)
  }

  send(to: BootId, message: Message): void {
    this.effects.push({ kind: 'send', to, message })
  }

  gossip(message: Message): void {
    this.effects.push({ kind: 'gossip', message })
  }

  log(message: string, level: 'debug' | 'info' | 'warn' = 'info'): void {
    this.effects.push({ kind: 'log', level, message })
  }

  update(change: Partial<CoreState>): void {
    this.state = { ...this.state, ...change }
  }

  updateElection(change: Partial<ElectionState>): void {
    this.update({ election: { ...this.state.election, ...change } })
  }

  updateReign(change: Partial<Reign>): void {
    if (this.state.reign !== null) this.update({ reign: { ...this.state.reign, ...change } })
  }

  updateMember(bootId: BootId, change: Partial<Member>): void {
    this.update({ view: withMember(this.state.view, bootId, change, this.now) })
  }

  /** Changes a run that is known; does nothing for one that is not. */
  updateRun(runId: RunId, change: Partial<RunState>): void {
    const run = this.state.runs.get(runId)
    if (run !== undefined) this.putRun({ ...run, ...change })
  }

  putRun(run: RunState): void {
    this.update({ runs: new Map(this.state.runs).set(run.record.runId, run) })
  }
}
