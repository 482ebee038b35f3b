/** What commands that ask a node have in common. */

import { ApiClient } from './client.ts'
import type { Settings } from './flag-table.ts'
import { MeshSource } from './mesh-source.ts'
import type { Notices } from './notices.ts'

/** Flags of every command that asks a node. */
export const ASKING_FLAGS = ['node', 'token', 'timeout'] as const

export type AskingSettings = Settings<(typeof ASKING_FLAGS)[number]>

const DEFAULT_NODE = 'http://127.0.0.1:7070'
const DEFAULT_TIMEOUT_MS = 30_000

function urlsOf(settings: AskingSettings): readonly string[] {
  return settings.node.length > 0 ? settings.node : [DEFAULT_NODE]
}

/** A client for each node that was named, the preferred one first. */
export function clientsOf(settings: AskingSettings): readonly ApiClient[] {
  const timeoutMs = settings.timeout ?? DEFAULT_TIMEOUT_MS
  return urlsOf(settings).map((url) => new ApiClient({ url, token: settings.token, timeoutMs }))
}

/** The mesh behind the nodes that were named; says on stderr when it goes on with another node. */
export function meshOf(settings: AskingSettings, notices: Notices): MeshSource {
  return new MeshSource({
    urls: urlsOf(settings),
    token: settings.token,
    timeoutMs: settings.timeout ?? DEFAULT_TIMEOUT_MS,
    onNotice: (message) => notices.tell(`vajra: ${message}`),
  })
}
