/**
 * What the core withstands. Whatever is false breaks a rule that is known: it is neither drawn nor judged in random
 * histories, and its directed case in `known.test.ts`, where there is one, is skipped. True switches all of that on.
 */
export const WITHSTANDS = {
  /** One-way delays of more than 200 ms while a start is learned of, and then the death of whoever was ahead. */
  longDelays: false,
  /** Two meshes that formed apart, each with a coordinator of the same term number, meet while one has a run. */
  separateMeshes: true,
  /** A coordinator that gets a newer one's table before its claim publishes once more on top of it. */
  overtaking: true,
  /** A run whose members are all gone, told by a restarted node to one that never knew it, ends for both. */
  orphanedRuns: true,
  /** The nodes whose votes are needed are on their way out. */
  leavingVoters: true,
  /** The wall clocks of two nodes are more than five minutes apart when a run is accepted. */
  wallClocksApart: true,
  /** A run from before a restart gets its verdict more than ten seconds after it: its windows are still asked for. */
  lateVerdicts: true,
  /** Several nodes leave at once, right after a verdict: those who stay have all their windows. */
  commonLeaving: true,
  /**
   * A slot is lost and moved on twice: whoever lost it is told to let go only where the last move says, and fires or
   * counts what others fire. While false, simulated threads let go of it where they stopped.
   */
  movedTwice: true,
  /** A node starts again with a run on its disk whose table it never had, and sees nobody who has. */
  restartUnknowing: true,
  /** The majority that made a decision dies or leaves while those who do not know of it are cut off. */
  goneMajorities: false,
  /** A run is submitted while a member of another one is silent and has lost its share. */
  secondRuns: true,
  /** A slot is released, and its holder lost before it has heard so: the next one counts as dropped what it fired. */
  unheardReleases: true,
  /** A start that was announced and never took place is followed by another: nobody goes by the first one. */
  oneStart: true,
} satisfies Record<string, boolean>
