/** What a load thread and the thread that keeps credentials say to each other, over a port of their own for each run. */

import type { OAuth2Auth } from '../../suite/auth-spec.ts'

export type ToKeeper =
  | { readonly id: number; readonly ask: 'value'; readonly reference: string; readonly mostBytes: number | undefined }
  | { readonly id: number; readonly ask: 'token'; readonly auth: OAuth2Auth; readonly path: string }

export type FromKeeper =
  | { readonly id: number; readonly say: 'value'; readonly value: string }
  | { readonly id: number; readonly say: 'error'; readonly message: string; readonly hint: string | undefined }
  /** A token that was asked for has a successor. */
  | { readonly id: number; readonly say: 'renewed'; readonly value: string }
  | { readonly say: 'log'; readonly level: 'info' | 'warn'; readonly message: string }

/** To the thread: the other end of a load thread's port. */
export interface ServeRun<Port> {
  readonly runId: string
  readonly port: Port
}
