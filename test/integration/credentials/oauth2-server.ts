/**
 * An authorization server in a process of its own: oidc-provider, with one client that may take tokens for itself. Run as
 * a program it prints its token endpoint; how long tokens live is told in seconds by the first argument. A line on its
 * standard input is its state from then on: `active`, `down`. Each request for a token is a line on its standard output.
 */

import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
// @ts-expect-error: it comes without types
import { Provider } from 'oidc-provider'

export const CLIENT = 'load-test'

interface OAuthContext {
  status: number
  body: unknown
  readonly path: string
  readonly oidc?: { readonly params?: unknown }
}

const [seconds = '3600', secret = ''] = process.argv.slice(2)

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: CLIENT,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: 'orders:read orders:write',
    },
    {
      client_id: `${CLIENT}-body`,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
  scopes: ['orders:read', 'orders:write', 'orders:delete'],
  ttl: { ClientCredentials: Number(seconds) },
})
let down = false
provider.use(async (context: OAuthContext, next: () => Promise<void>) => {
  if (down) {
    context.status = 503
    context.body = 'down for maintenance'
  } else await next()
  const { scope = '' } = (context.oidc?.params ?? {}) as { scope?: string }
  const { access_token: token = '' } = (context.body ?? {}) as { access_token?: string }
  console.log(JSON.stringify({ path: context.path, status: context.status, scope, token }))
})
createInterface({ input: process.stdin })
  .on('line', (line) => {
    down = line === 'down'
    console.log(JSON.stringify({ state: line }))
  })
  .on('close', () => process.exit())
const server = provider.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token` }))
})
