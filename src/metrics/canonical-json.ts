/**
 * JSON with one spelling per value: object keys sorted by code units, no white space, numbers and texts as ECMAScript
 * writes them (RFC 8785). Members that are undefined are left out, as JSON does.
 */

import { compareText } from './order.ts'

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => compareText(a, b))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`
}
