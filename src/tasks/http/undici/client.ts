/**
 * The parts of undici that a load thread needs, without the rest: fetch, caches, proxies, WebSockets and mocks would
 * cost every thread 14 MB and three times as long to start. The files are not undici's documented interface, so where
 * a release has moved them the whole package is loaded instead.
 */

import { createRequire } from 'node:module'
import type { buildConnector as BuildConnector, Client as ClientClass } from 'undici'

interface Parts {
  readonly Client: typeof ClientClass
  readonly buildConnector: typeof BuildConnector
}

function load(): Parts {
  const require = createRequire(import.meta.url)
  try {
    const Client = require('undici/lib/dispatcher/client.js')
    const buildConnector = require('undici/lib/core/connect.js')
    if (typeof Client === 'function' && typeof buildConnector === 'function') return { Client, buildConnector }
  } catch {}
  return require('undici') as Parts
}

export const { Client, buildConnector } = load()
export type ClientType = ClientClass
export type Connector = BuildConnector.connector
export type ConnectorCallback = BuildConnector.Callback
