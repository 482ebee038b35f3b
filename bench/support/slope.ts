/** A straight line through points, by least squares. */

export interface Point {
  readonly x: number
  readonly y: number
}

/** Growth of y per unit of x: Σ(x−x̄)(y−ȳ) / Σ(x−x̄)². 0 of fewer than two points. */
export function slope(points: readonly Point[]): number {
  const mean = (value: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + value(point), 0) / points.length
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)]
  let above = 0
  let below = 0
  for (const { x, y } of points) {
    above += (x - x0) * (y - y0)
    below += (x - x0) ** 2
  }
  return below === 0 ? 0 : above / below
}
