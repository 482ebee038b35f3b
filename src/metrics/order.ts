/** Text order by code units: the same in every locale, so that every node sorts alike. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
