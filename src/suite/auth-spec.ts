/** `auth` as the rest of the program sees it. Credentials are references, to be resolved on the node that fires. */

import { NO_AUTH, type ShapedAuth } from './auth-shape.ts'
import { formatPath } from './show.ts'
import { parseAbsoluteUrl } from './url.ts'

export interface BasicAuth {
  readonly scheme: 'basic'
  /** As it is, or a reference. */
  readonly username: string
  readonly password: string
}

export interface BearerAuth {
  readonly scheme: 'bearer'
  readonly token: string
}

export interface ApiKeyAuth {
  readonly scheme: 'apiKey'
  readonly in: 'header' | 'query'
  /** Of the header, in lower case, or of the query parameter. */
  readonly name: string
  readonly value: string
}

export interface OAuth2Auth {
  readonly scheme: 'oauth2'
  readonly tokenUrl: string
  /** As it is, or a reference. */
  readonly clientId: string
  readonly clientSecret: string
  /** How the client proves itself: HTTP Basic, or in the body of the request. */
  readonly clientAuth: 'basic' | 'body'
  /** What else is sent to the token endpoint: `scope`, `audience`, `resource`. */
  readonly parameters: Readonly<Record<string, string>>
}

/** All in PEM, all references. */
export interface MutualTls {
  readonly cert: string
  readonly key: string
  /** Trusted in place of the usual authorities. */
  readonly ca?: string | undefined
  readonly passphrase?: string | undefined
}

export interface Auth {
  /** Where it stands in the suite, for messages: `auth`, `scenarios[0].auth`, `scenarios[0].http.auth`. */
  readonly path: string
  /** What is sent with each request; null for nothing. */
  readonly sent: BasicAuth | BearerAuth | ApiKeyAuth | OAuth2Auth | null
  /** What the client shows when it connects; null for nothing. */
  readonly mtls: MutualTls | null
}

/** An `auth` that has the right shape, and where it stands. */
export interface PlacedShapedAuth {
  readonly shaped: ShapedAuth
  readonly path: readonly PropertyKey[]
}

/** What holds for a request: the nearest `auth`, given from near to far. Undefined when nothing is to be sent. */
export function buildAuth(...places: readonly PlacedShapedAuth[]): Auth | undefined {
  const nearest = places.find(({ shaped }) => shaped !== undefined)
  if (nearest === undefined || nearest.shaped === undefined || nearest.shaped === NO_AUTH) return undefined
  return { path: formatPath(nearest.path), sent: buildSent(nearest.shaped), mtls: nearest.shaped.mtls ?? null }
}

function buildSent({ basic, bearer, apiKey, oauth2 }: Exclude<ShapedAuth, string | undefined>): Auth['sent'] {
  if (basic !== undefined) return { scheme: 'basic', ...basic }
  if (bearer !== undefined) return { scheme: 'bearer', token: bearer }
  if (oauth2 !== undefined) return buildOAuth2(oauth2)
  if (apiKey === undefined) return null
  const { header, query = '', value } = apiKey
  if (header === undefined) return { scheme: 'apiKey', in: 'query', name: query, value }
  return { scheme: 'apiKey', in: 'header', name: header.toLowerCase(), value }
}

type ShapedOAuth2 = NonNullable<Exclude<ShapedAuth, string | undefined>['oauth2']>

function buildOAuth2({
  tokenUrl,
  clientId,
  clientSecret,
  clientAuth = 'basic',
  scope,
  ...rest
}: ShapedOAuth2): OAuth2Auth {
  const { audience, resource } = rest
  const parameters = {
    ...(scope === undefined ? {} : { scope: typeof scope === 'string' ? scope : scope.join(' ') }),
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  }
  const url = parseAbsoluteUrl(tokenUrl)
  return { scheme: 'oauth2', tokenUrl: url.ok ? url.value : tokenUrl, clientId, clientSecret, clientAuth, parameters }
}
