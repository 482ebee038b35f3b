/** What is asked of a target before a run, and what was seen of it: plain data that crosses threads. */

import type { HttpParameters } from '../suite/spec.ts'

/** A request that is sent to see how the target answers. */
export interface ProbeRequest {
  /** Place in the suite whose request it is. */
  readonly path: string
  /** Method GET, HEAD or OPTIONS. */
  readonly parameters: HttpParameters
  /** A request of the suite that stands for itself, so that its status tells something. */
  readonly own: boolean
}

/** A target: an origin, and how it is connected to. */
export interface ProbeTarget {
  readonly origin: string
  /** Place in the suite that first names it. */
  readonly path: string
  readonly requests: readonly ProbeRequest[]
}

/** What went wrong: a code of the operating system, OpenSSL or Node.js; `TIMEOUT` when time was over. */
export type FailureCode = string

export interface Reached {
  readonly ok: true
  readonly ms: number
}

export interface Failed {
  readonly ok: false
  /** How long it took to fail, or was waited. */
  readonly ms: number
  readonly code: FailureCode
}

/** What a server's certificate says of itself. */
export interface CertificateSeen {
  readonly subject: string
  readonly names: string
  readonly issuer: string
  /** Milliseconds since 1970. */
  readonly validTo: number
}

export type DnsSeen = (Reached & { readonly addresses: readonly string[] }) | Failed
export type TlsSeen =
  | (Reached & { readonly protocol: string; readonly certificate: CertificateSeen | null })
  | (Failed & { readonly certificate: CertificateSeen | null })

export interface AnswerSeen {
  readonly status: number
  /** From the send to the last byte. */
  readonly ms: number
  /** The target closes the connection after it. */
  readonly closes: boolean
}

export interface RequestSeen {
  readonly path: string
  readonly own: boolean
  readonly method: string
  /** Without its query, which may have a credential in it. */
  readonly url: string
  readonly timeoutMs: number
  readonly answers: readonly AnswerSeen[]
  readonly failure: Failed | null
}

export interface TargetSeen {
  readonly origin: string
  readonly path: string
  /** Null where the target is named by its address. */
  readonly dns: DnsSeen | null
  readonly tcp: Reached | Failed | null
  /** Null where none is spoken, or nothing came so far. */
  readonly tls: TlsSeen | null
  readonly requests: readonly RequestSeen[]
}

/** A credential that was looked for. */
export interface CredentialSeen {
  /** Place in the suite. */
  readonly path: string
  /** Null when it is there. Names references, never values. */
  readonly problem: { readonly message: string; readonly hint: string | undefined } | null
}

/** Latency of an answer, in milliseconds: the middle of those seen; undefined where there was none. */
export function medianMs(answers: readonly AnswerSeen[]): number | undefined {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b)
  return sorted[(sorted.length - 1) >> 1]
}
