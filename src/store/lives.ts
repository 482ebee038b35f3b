/**
 * The lives of a node: the boot ids under which its data folder was held, kept in the folder. Whoever holds the folder
 * now knows that the processes of the others are gone, for the lock ends with them.
 *
 * That holds for this folder, not for copies of it: a copied folder names a life that may go on beside the original.
 * So lives count only while the lock is the very same file, on a machine that has not been started anew since (a copy
 * of a whole machine is one that has). Where a system does not tell, no former life is claimed.
 */

import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BOOT_ID_PATTERN, type BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'

/** Linux: a random id that the kernel draws when it starts. */
const KERNEL_ID = '/proc/sys/kernel/random/boot_id'

/** Where a lock is: in which kernel's memory, and on which file. Null where that cannot be told for certain. */
export function placeOf(lockPath: string, kernelIdPath = KERNEL_ID): string | null {
  try {
    const kernel = readFileSync(kernelIdPath, 'utf8').trim()
    // Not opened: closing it again would end this process's lock on it.
    const { dev, ino } = statSync(lockPath, { bigint: true })
    return kernel === '' ? null : `${kernel} ${dev} ${ino}`
  } catch {
    return null
  }
}

/**
 * Begins a life in a data folder whose lock is held.
 *
 * @param place of the lock; see {@link placeOf}
 * @returns boot ids of former lives, the newest first: none of their processes is left
 * @throws Error when the folder cannot be written
 */
export function beginLife(dir: string, place: string | null, bootId: BootId): readonly BootId[] {
  const path = join(dir, 'vajra.lives')
  const former = place === null ? [] : livesIn(path, place)
  const temporary = `${path}.tmp`
  writeFileSync(temporary, JSON.stringify({ place, lives: [bootId, ...former].slice(0, LIMITS.formerLives) }))
  renameSync(temporary, path)
  return former
}

function livesIn(path: string, place: string): readonly BootId[] {
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as { place?: unknown; lives?: unknown } | null
    if (kept?.place !== place || !Array.isArray(kept.lives)) return []
    const lives: readonly unknown[] = kept.lives
    return lives
      .filter((life): life is BootId => typeof life === 'string' && BOOT_ID_PATTERN.test(life))
      .slice(0, LIMITS.formerLives)
  } catch {
    return []
  }
}
