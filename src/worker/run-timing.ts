/** Every interval of a run on one thread, in milliseconds, with why it is what it is. */

/** Longest time spent on beginning executions before answers and messages are served. */
export const TURN_MS = 4
/** How soon a thread without a lease looks again. */
export const LEASE_POLL_MS = 5
/** How soon a run whose load is over looks again whether something is in flight. */
export const DRAIN_POLL_MS = 5
/**
 * Slots released later than this before the end of the load are fired to the end by who holds them: threads that have
 * nothing to do end with the load, so one that learned of its new slots after it could not even count them.
 */
export const HANDOVER_MS = 500
/**
 * Arrivals that have not begun so long after the end of the load are dropped: a generator that could not keep up must
 * not fire for minutes what belonged to seconds, but one that was held up at the very end should not lose anything.
 */
export const OVERDUE_MS = 1000
/** Moves a time past an arrival that has been processed; less than any distance between arrivals of a slot. */
export const AFTER_MS = 1e-6
