/** Divides a node's slots among its threads. */

/**
 * A slot stays on the thread that has it, so that no slot is ever on two; new ones go, in order, to the thread with the
 * fewest. From nothing that puts the i-th slot on thread i mod threads.
 *
 * @param slots slots to hold
 * @param previous thread of each slot held until now
 * @param threads the threads that may take new slots; with none, new slots are left out
 * @returns thread of each slot
 */
export function splitSlots(
  slots: readonly number[],
  previous: ReadonlyMap<number, number>,
  threads: readonly number[],
): Map<number, number> {
  const split = new Map<number, number>()
  const sizes = new Map<number, number>(threads.map((thread) => [thread, 0]))
  for (const slot of slots) {
    const thread = previous.get(slot)
    if (thread === undefined) continue
    split.set(slot, thread)
    sizes.set(thread, (sizes.get(thread) ?? 0) + 1)
  }
  for (const slot of slots.toSorted((a, b) => a - b)) {
    if (split.has(slot)) continue
    const thread = smallest(threads, sizes)
    if (thread === undefined) continue
    split.set(slot, thread)
    sizes.set(thread, sizes.get(thread)! + 1)
  }
  return split
}

function smallest(threads: readonly number[], sizes: ReadonlyMap<number, number>): number | undefined {
  let found: number | undefined
  for (const thread of threads) {
    if (found === undefined || sizes.get(thread)! < sizes.get(found)!) found = thread
  }
  return found
}
