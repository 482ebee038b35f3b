/** The invariants by name, as the design numbers them, and the error of a history that breaks one. */

export const RULES = {
  neverMore: '1 never more than asked',
  noGap: '2 no gap longer than promised',
  oneCoordinator: '3 one coordinator per term',
  newestWins: '3 older versions are refused',
  exactShares: '4 shares are exact',
  decreaseFirst: '4 decreases before increases',
  onlyForward: '5 runs only move forward',
  oneVerdict: '5 one verdict',
  atMostOnce: '5 setup and teardown at most once',
  neverLost: '6 an accepted run is never lost',
  windowsOnce: '6 a window is counted once',
  noFlapping: '7 no flapping',
  rowsOnce: 'rows of users are of one node',
  accounting: 'accounting identity',
  liveness: 'everything ends after healing',
  equalReports: 'equal reports',
} as const

export type Rule = (typeof RULES)[keyof typeof RULES]

export class Violation extends Error {
  readonly rule: Rule

  constructor(rule: Rule, seed: number, now: number, message: string) {
    super(`seed ${seed}, t=${now.toFixed(0)}: ${rule}: ${message}`)
    this.rule = rule
  }
}

/** Says what is wrong, where it is known when and in which history. */
export type Fail = (rule: Rule, message: string) => never
