/**
 * Every kind of reference with the file that resolves it. A new one is a file here and its line, and its grammar in
 * `suite/references.ts`. They are loaded when first used: what they need may be large.
 */

import type { ReferenceKind } from '../../suite/references.ts'
import type { Resolver } from './resolver.ts'

export const RESOLVERS: Readonly<Record<ReferenceKind, () => Promise<{ readonly resolver: Resolver }>>> = {
  env: () => import('./env.ts'),
  file: () => import('./file.ts'),
  vault: () => import('./vault.ts'),
  aws: () => import('./aws.ts'),
}
