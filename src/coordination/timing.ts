/**
 * Every interval of the protocol, in milliseconds, with why it is what it is. Presets differ in these numbers only.
 */

export interface Timing {
  /** How often the core is given a `tick`. */
  readonly tickMs: number
  /** Heartbeats to every peer; the second while a run goes on. */
  readonly heartbeatIdleMs: number
  readonly heartbeatBusyMs: number
  /** Two followers speak to each other no more often than this for each node of the mesh. */
  readonly followerShareMs: number
  /** While a run goes on, a follower gives nobody else its vote for this long after it last heard its coordinator. */
  readonly promiseMs: number
  /** The same without a run: longer, because heartbeats are rarer and nothing is in a hurry. */
  readonly promiseIdleMs: number
  /** Taken off a promise at the coordinator, so that it stops leading before a follower may vote: covers 1000 ppm. */
  readonly promiseMarginMs: number
  /** A peer not heard for this long is shown as silent; among many nodes, see {@link silentAfterMs}. */
  readonly silentMs: number
  /** With no run going on, a peer not heard for this long is forgotten. */
  readonly forgetMs: number
  /** Pause between two probes of a peer whose connection is gone. */
  readonly probeMs: number
  /** For how long a candidate waits for answers before it stands again: 200 ms each way, and a tick. */
  readonly electionMs: number
  /** Lower-ranked nodes stand later by this much a place. */
  readonly standingStepMs: number
  /** A holder asks for renewal this often: with every other heartbeat, so that both take one write and one wake-up. */
  readonly renewMs: number
  /** A lease is valid this long, counted at the holder from when it asked. */
  readonly leaseMs: number
  /** The coordinator waits this much longer: covers 1000 ppm of drift and more. */
  readonly leaseMarginMs: number
  /** From the announcement of the start to T. */
  readonly startLeadMs: number
  /** From the announcement of a release to when it takes effect: long enough to be confirmed before. */
  readonly releaseLeadMs: number
  /** From the announcement of a grant that replaces a lost node to when it takes effect. */
  readonly grantLeadMs: number
  readonly stopLeadMs: number
  /** From the announcement of a change of the load to when it takes effect: long enough to be confirmed before. */
  readonly scaleLeadMs: number
  /** A change of the load that was asked for is told to the coordinator for so long, and the asker waits as long. */
  readonly scaleMs: number
  /**
   * A table that takes a silent node's share away is published this long before its lease is over for certain, so that a
   * majority has it by then: there and back on lines of 200 ms. Only then it is committed.
   */
  readonly commitLeadMs: number
  /** Tasks have this long to set up on every node. */
  readonly prepareMs: number
  /** A node that has not drained this long after its time is given up. */
  readonly drainMarginMs: number
  /** A submit that was not confirmed by then is reported as such. */
  readonly acceptMs: number
  /** A missing window is asked for this long after its second is over, and again as often. */
  readonly repairMs: number
  /** After the end of a run, missing windows are asked for this long. */
  readonly settleMs: number
  /** A leaving node stays this long after the end of a run: others may still ask for the windows it holds. */
  readonly handOverMs: number
  /** With many nodes: how long one question for a whole run lasts; who follows it asks again each second. */
  readonly wantMs: number
  /** How often owners are told to send their windows here, and how long they do: two of three may get lost. */
  readonly watchRenewMs: number
  readonly watchMs: number
  /** After the end of a second, its windows are collected everywhere. */
  readonly collectMs: number
  /** What nobody had is asked for once more after this long, if somebody still wants it. */
  readonly againMs: number
  /** Keepers look after an ended run this often: some of those that kept it may have gone. */
  readonly keepMs: number
  /** Round trips of one clock measurement, and how often it is made; rarer without a run, whose start makes another. */
  readonly clockSamples: number
  readonly clockMs: number
  readonly clockIdleMs: number
  /** Nodes whose knowledge of runs differs tell each other all of it at most this often. */
  readonly tellMs: number
  /** A restarted node looks for others who know more of an unplanned run before it plans it: the length of two leases. */
  readonly companyMs: number
  /** An accepted run that could not be started for this long is failed rather than started by surprise. */
  readonly startableMs: number
  /** A run that nobody can decide about for this long, its voters being out of reach, is given up. */
  readonly abandonMs: number
}

export const DEFAULT_TIMING: Timing = Object.freeze({
  tickMs: 100,
  heartbeatIdleMs: 1000,
  heartbeatBusyMs: 300,
  followerShareMs: 10,
  promiseMs: 1200,
  promiseIdleMs: 4000,
  promiseMarginMs: 100,
  silentMs: 2500,
  forgetMs: 15_000,
  probeMs: 1000,
  electionMs: 500,
  standingStepMs: 150,
  renewMs: 600,
  leaseMs: 2500,
  leaseMarginMs: 100,
  startLeadMs: 1000,
  releaseLeadMs: 600,
  grantLeadMs: 250,
  stopLeadMs: 250,
  scaleLeadMs: 1000,
  scaleMs: 8000,
  commitLeadMs: 400,
  prepareMs: 60_000,
  drainMarginMs: 10_000,
  acceptMs: 5000,
  repairMs: 1500,
  settleMs: 10_000,
  handOverMs: 2000,
  wantMs: 5000,
  watchRenewMs: 2000,
  watchMs: 7000,
  collectMs: 100,
  againMs: 30_000,
  keepMs: 2000,
  clockSamples: 16,
  clockMs: 15_000,
  clockIdleMs: 60_000,
  tellMs: 3000,
  companyMs: 5000,
  startableMs: 300_000,
  abandonMs: 300_000,
})

/**
 * In how many parts a follower takes the other followers: it speaks to one part at each heartbeat, and to its
 * coordinator each time. So it speaks to about 100 nodes a second however many there are (`followerShareMs`), and up to
 * 30 nodes everybody speaks to everybody each time.
 *
 * No promise rests on what followers tell each other: support, leases and the evidence of what a coordinator decides go
 * between it and each of them, as often as ever. Only for an election they must know who is there: {@link rollCallMs}.
 *
 * @param nodes that this one knows
 * @param intervalMs between two heartbeats
 */
export function heartbeatTurns(timing: Timing, nodes: number, intervalMs: number): number {
  return Math.max(1, Math.ceil((nodes * timing.followerShareMs) / intervalMs))
}

/**
 * For how long nodes that have lost their coordinator listen before they reckon who stands first; 0 where they hear each
 * other often enough to know (up to 90 nodes). Everybody speaks to all at once then, so one interval is enough; it leaves
 * the take-over of a proven death, which takes 0.4 s without it, within the promised 2 s.
 */
export function rollCallMs(timing: Timing, nodes: number): number {
  const pause = heartbeatTurns(timing, nodes, timing.heartbeatBusyMs) * timing.heartbeatBusyMs
  return pause + timing.heartbeatBusyMs <= timing.promiseMs ? 0 : timing.heartbeatBusyMs
}

/**
 * For how long a coordinator goes by its last count of who follows, and how much it lets pass between two plans that
 * accounts give cause for. With N nodes there are 2 N renewals a second, and counting or planning takes time in
 * proportion to N: at up to 20 counts a second that is proportional to N again. 0 up to 30 nodes.
 *
 * What it may be late by is half of `promiseMarginMs` at most; the other half is forty times what 1000 ppm of drift make
 * of a promise. Plans that waited are made on the next tick.
 */
export function countAgainMs(timing: Timing, nodes: number): number {
  if (heartbeatTurns(timing, nodes, timing.heartbeatBusyMs) === 1) return 0
  return Math.min(timing.promiseMarginMs / 2, (nodes * timing.followerShareMs) / 200)
}

/** A peer that has missed two heartbeats and a half is silent. */
export function silentAfterMs(timing: Timing, nodes: number): number {
  return timing.silentMs * heartbeatTurns(timing, nodes, timing.heartbeatIdleMs)
}
