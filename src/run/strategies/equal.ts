import { NO_REVISION, type Strategy } from './strategy.ts'

/** Every node fires the same. */
export const equal: Strategy = { weightOf: () => 1, revise: () => NO_REVISION }
