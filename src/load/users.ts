/**
 * Users of a closed load. User u (from 0) belongs to slot u mod slotCount; whoever holds the slot runs the user.
 */

/** Slot of a user. */
export function slotOfUser(user: number, slotCount: number): number {
  return user % slotCount
}

/** How many of `users` users belong to a slot. */
export function countUsersOfSlot(users: number, slotCount: number, slot: number): number {
  return slot < users ? Math.ceil((users - slot) / slotCount) : 0
}

/** The users of a slot, ascending. */
export function usersOfSlot(users: number, slotCount: number, slot: number): readonly number[] {
  return Array.from({ length: countUsersOfSlot(users, slotCount, slot) }, (_, turn) => slot + turn * slotCount)
}

/** The users of several slots, ascending; each slot counts once. */
export function usersOf(users: number, slotCount: number, slots: Iterable<number>): readonly number[] {
  return [...new Set(slots)].flatMap((slot) => usersOfSlot(users, slotCount, slot)).sort((a, b) => a - b)
}
