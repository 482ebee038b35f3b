/** The share strategies by the names that suites give them. */

import type { ShareStrategy } from '../../suite/spec.ts'
import { capacity } from './capacity.ts'
import { equal } from './equal.ts'
import type { Strategy } from './strategy.ts'
import { weighted } from './weighted.ts'

export const STRATEGIES: Readonly<Record<ShareStrategy, Strategy>> = { equal, weighted, capacity }
