/** `auth` as authors write it: on the suite, a scenario or a request. */

import * as z from 'zod'

/** Given in place of a map, to send nothing of what is inherited. */
export const NO_AUTH = 'none'

const REFERENCES = 'A reference, resolved on the node that fires: `env:NAME`, `file:/path`, …'

/** A credential. That it is a reference is a rule, so that what is told of a literal does not show it. */
function credential(title: string, description: string, example: string) {
  return z.string().meta({ title, description: `${description} ${REFERENCES}`, examples: [example] })
}

/** A name that may be given as it is. */
function identity(title: string, description: string, example: string) {
  const either = `${description} As it is, or a reference.`
  return z
    .string()
    .min(1)
    .meta({ title, description: either, examples: [example] })
}

const basic = z
  .strictObject({
    username: identity('User name', 'Without a colon.', 'shop'),
    password: credential('Password', 'Password of the user.', 'env:SHOP_PASSWORD'),
  })
  .meta({
    title: 'Basic',
    description: 'User name and password (RFC 7617).',
    examples: [{ username: 'shop', password: 'env:SHOP_PASSWORD' }],
  })

const apiKey = z
  .strictObject({
    header: z
      .string()
      .optional()
      .meta({ title: 'Header', description: 'Name of the header that carries the key.', examples: ['x-api-key'] }),
    query: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Query parameter', description: 'Or the query parameter that carries it.', examples: ['key'] }),
    value: credential('Value', 'The key.', 'env:SHOP_KEY'),
  })
  .meta({
    title: 'API key',
    description: 'A key in a header or in a query parameter.',
    examples: [{ header: 'x-api-key', value: 'env:SHOP_KEY' }],
  })

const plain = (title: string, description: string, example: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ title, description, examples: [example] })

const oauth2 = z
  .strictObject({
    tokenUrl: z.string().meta({
      title: 'Token URL',
      description: 'Absolute http or https URL of the token endpoint.',
      examples: ['https://login.shop.example/oauth2/token'],
    }),
    clientId: identity('Client', 'The client that asks for the token.', 'load-test'),
    clientSecret: credential('Client secret', 'Secret of the client.', 'env:SHOP_CLIENT_SECRET'),
    scope: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .optional()
      .meta({
        title: 'Scope',
        description: 'What the token is to allow: a list, or words with spaces between them.',
        examples: ['orders:read orders:write', ['orders:read']],
      }),
    audience: plain('Audience', 'Parameter `audience`, where the server asks for it.', 'https://shop.example'),
    resource: plain(
      'Resource',
      'Parameter `resource` (RFC 8707), where the server asks for it.',
      'https://shop.example',
    ),
    clientAuth: z.enum(['basic', 'body']).optional().meta({
      title: 'Client authentication',
      description:
        'The secret in the header of the token request (client_secret_basic), encoded as RFC 6749 says, which not every server decodes; or in its body (client_secret_post).',
      default: 'basic',
    }),
  })
  .meta({
    title: 'OAuth 2.0 client credentials',
    description: 'A bearer token, fetched by each node and renewed before it expires (RFC 6749, section 4.4).',
    examples: [
      {
        tokenUrl: 'https://login.shop.example/oauth2/token',
        clientId: 'load-test',
        clientSecret: 'env:SHOP_CLIENT_SECRET',
      },
    ],
  })

const mtls = z
  .strictObject({
    cert: credential(
      'Certificate',
      'Certificate of the client in PEM, with those between it and its authority.',
      'file:/run/secrets/client.pem',
    ),
    key: credential('Key', 'Its private key in PEM.', 'file:/run/secrets/client.key'),
    ca: credential(
      'Authorities',
      'Authorities whose servers are trusted, in PEM, in place of the usual ones.',
      'file:/run/secrets/ca.pem',
    ).optional(),
    passphrase: credential(
      'Passphrase',
      'Passphrase of the key, where it is encrypted.',
      'env:SHOP_PASSPHRASE',
    ).optional(),
  })
  .meta({
    title: 'Mutual TLS',
    description: 'A certificate that the client shows when it connects. May be given beside one of the others.',
    examples: [{ cert: 'file:/run/secrets/client.pem', key: 'file:/run/secrets/client.key' }],
  })

const authMapSchema = z.strictObject({
  basic: basic.optional(),
  bearer: credential('Bearer', 'A token (RFC 6750).', 'env:SHOP_TOKEN').optional(),
  apiKey: apiKey.optional(),
  oauth2: oauth2.optional(),
  mtls: mtls.optional(),
})

/** `auth` wherever it may stand; `of` says what it is for. */
export function authSchema(of: string) {
  return z
    .union([z.literal(NO_AUTH), authMapSchema])
    .meta({
      title: 'Authentication',
      description: `Credentials of ${of}. The nearest wins: that of the request, else of the scenario, else of the suite; \`none\` sends none.`,
      examples: [{ bearer: 'env:SHOP_TOKEN' }],
    })
    .optional()
}

export type ShapedAuth = z.output<ReturnType<typeof authSchema>>

/** Keys under which a credential stands: what is given there is not shown in messages. */
export const CREDENTIAL_KEYS: readonly string[] = Object.freeze([
  'auth',
  'password',
  'bearer',
  'value',
  'clientSecret',
  'cert',
  'key',
  'ca',
  'passphrase',
])
