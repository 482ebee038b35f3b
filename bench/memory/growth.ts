/** Whether memory grows: lines through what was measured each second, and through what collections leave. */

import { type Point, slope } from '../support/slope.ts'

/** Part of a run after which it counts: code is compiled and buffers have their size by then. */
export const WARM_UP_PART = 0.2
/** What is used on a heap goes up and down between collections: the least of so many seconds is what they leave. */
const FLOOR_SECONDS = 60
/** A shorter run is looked at in so many parts. */
const FLOOR_PARTS = 10

export interface Growth {
  /** MB a minute after the warm-up, and in the second half of the run. */
  readonly whole: number
  readonly late: number
  /** In MB, after the warm-up. */
  readonly least: number
  readonly most: number
  readonly last: number
}

/** @param values in MB, each second of a run */
export function growthOf(values: readonly number[]): Growth {
  const points = values.map((y, second): Point => ({ x: second / 60, y }))
  return judged(points, points)
}

/** The same of what collections leave: the least of each minute. @param values in MB, each second of a run */
export function floorGrowthOf(values: readonly number[]): Growth {
  const points = values.map((y, second): Point => ({ x: second / 60, y }))
  const floor: Point[] = []
  const seconds = Math.max(1, Math.min(FLOOR_SECONDS, Math.floor(points.length / FLOOR_PARTS)))
  for (let from = 0; from + seconds <= points.length; from += seconds) {
    floor.push(points.slice(from, from + seconds).reduce((least, point) => (point.y < least.y ? point : least)))
  }
  return judged(floor, points)
}

function judged(points: readonly Point[], all: readonly Point[]): Growth {
  const minutes = all.length / 60
  const from = (part: number): Point[] => points.filter(({ x }) => x >= part * minutes)
  const counted = from(WARM_UP_PART)
  const values = counted.map(({ y }) => y)
  return {
    whole: slope(counted),
    late: slope(from(0.5)),
    least: Math.min(...values),
    most: Math.max(...values),
    last: values.at(-1) ?? 0,
  }
}
