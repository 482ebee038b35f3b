/** How load threads wait for the next arrival. */

/** `precise` sleeps, then lets the event loop spin just before an arrival; `eco` waits by timers only. */
export const PACING_MODES = ['precise', 'eco'] as const
export type PacingMode = (typeof PACING_MODES)[number]

/** What a node may be told: a mode, or to find out by itself which of them its machine has room for. */
export const PACING_SETTINGS = [...PACING_MODES, 'auto'] as const
export type PacingSetting = (typeof PACING_SETTINGS)[number]

/** What a node was told, and which mode its load threads are in, or would be in with a run. */
export interface Pacing {
  readonly setting: PacingSetting
  readonly mode: PacingMode
}
