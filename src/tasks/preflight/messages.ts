/** What a node asks of the thread that looks at targets and credentials, and what it is told. */

import type { CredentialSeen, ProbeTarget, TargetSeen } from '../../preflight/observed.ts'

/** A task whose credentials are looked for. */
export interface CredentialUse {
  /** Place in the suite. */
  readonly path: string
  readonly type: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface ProbeJob {
  /** Name of the node, for `{{node}}`. */
  readonly node: string
  readonly targets: readonly ProbeTarget[]
  readonly credentials: readonly CredentialUse[]
  /** How often a request is sent at the most. */
  readonly repeats: number
  /** Everything is told by then, whatever has not answered: on the clock of `processNow`. */
  readonly endsAt: number
}

export interface ProbeResult {
  readonly targets: readonly TargetSeen[]
  readonly credentials: readonly CredentialSeen[]
  /** Names of tasks that there are. */
  readonly taskTypes: readonly string[]
}
