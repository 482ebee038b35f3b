/** What pre-flight checks find, as nodes tell each other and as the API answers. */

/** From best to worst: all is well; it would run, but hardly give what is asked; it could not run, or measure nothing. */
export const LEVELS = ['PASS', 'WARN', 'FAIL'] as const
export type Level = (typeof LEVELS)[number]

/** What is checked, in the order in which findings are told. */
export const CHECKS = [
  'node',
  'suite',
  'tasks',
  'environment',
  'allow-target',
  'credentials',
  'data',
  'dns',
  'tcp',
  'tls',
  'answer',
  'load',
  'cpu',
  'memory',
  'files',
  'ports',
] as const
export type Check = (typeof CHECKS)[number]

/** What a check has found on its node, without the name of the node. No text has a secret in it. */
export interface LocalFinding {
  readonly check: Check
  readonly level: Level
  /** Place in the suite that it is about. */
  readonly path?: string | undefined
  /** What was seen, in a sentence. */
  readonly seen: string
  /** What to do about it; of a `PASS` there is nothing to do. */
  readonly hint?: string | undefined
}

export interface Finding extends LocalFinding {
  /** Name of the node that checked, or that was asked to. */
  readonly node: string
}

/** Everything that all nodes have found about a suite. */
export interface PreflightDocument {
  /** The worst of the findings. */
  readonly level: Level
  readonly tookMs: number
  /** Names of the nodes that were asked. */
  readonly nodes: readonly string[]
  /** The worst first. */
  readonly findings: readonly Finding[]
}

/** The worst of some findings; `PASS` where there are none. */
export function worstLevel(findings: readonly { readonly level: Level }[]): Level {
  return findings.reduce<Level>(
    (worst, { level }) => (LEVELS.indexOf(level) > LEVELS.indexOf(worst) ? level : worst),
    'PASS',
  )
}

/** The worst first, then by check, then as they were. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) || CHECKS.indexOf(a.check) - CHECKS.indexOf(b.check),
  )
}
