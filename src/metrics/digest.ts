import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from './canonical-json.ts'
import type { Report } from './report-document.ts'

/** SHA-256 (hex) of a report's canonical JSON without its digest: equal documents, equal digests. */
export function digestOf(report: Omit<Report, 'digest'>): string {
  const { digest: _, ...document } = report as Report
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(document))))
}
