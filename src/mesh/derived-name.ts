import { createHash } from 'node:crypto'

/** A name that nodes of one cluster key share and from which the key cannot be told. */
export function derivedName(purpose: string, clusterKey: string): string {
  return createHash('sha256').update(`vajra-mesh ${purpose} ${clusterKey}`).digest('hex')
}
