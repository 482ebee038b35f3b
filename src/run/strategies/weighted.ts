import { NO_REVISION, type Strategy } from './strategy.ts'

/** In proportion to the capacity that each node was started with. */
export const weighted: Strategy = {
  weightOf: ({ capacity }) => Math.max(capacity, 0.001),
  revise: () => NO_REVISION,
}
