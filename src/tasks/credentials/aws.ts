/**
 * `aws:SECRET` or `aws:SECRET#FIELD`: a secret in AWS Secrets Manager, by its name or ARN, or a field of one that is a
 * JSON object. Who asks and where is told by the environment of the node, as for every client of AWS: variables, profiles,
 * roles of containers and machines. The official client is loaded when the first of these is resolved.
 */

import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { type Resolver, unresolved } from './resolver.ts'

type Library = typeof import('@aws-sdk/client-secrets-manager')

/** What AWS answers a request with that it refuses, for those where more can be said than the name. */
const REFUSALS: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  ResourceNotFoundException: ['has no such secret', 'check the name or ARN, and the region (AWS_REGION)'],
  AccessDeniedException: ['does not allow to read it', 'allow secretsmanager:GetSecretValue, and the use of its key'],
  DecryptionFailure: ['cannot decrypt it', 'check the KMS key of the secret, and that it may be used'],
  InvalidRequestException: ['does not give it out', 'the secret is most likely marked for deletion'],
  ExpiredTokenException: ['finds the credentials of this node expired', 'renew them, or give the node a role'],
  UnrecognizedClientException: ['does not know the credentials of this node', 'check them in its environment'],
  InvalidClientTokenId: ['does not know the credentials of this node', 'check them in its environment'],
  InvalidSignatureException: [
    'does not accept the signature',
    'check the secret access key and the clock of this node',
  ],
  CredentialsProviderError: [
    'cannot be asked: this node has no credentials for AWS',
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the node a role',
  ],
}

export const resolver: Resolver = {
  async resolve(name, { reference, signal, once }) {
    const [id = '', field] = name.split('#')
    try {
      const library = await once('library', () => import('@aws-sdk/client-secrets-manager'))
      const client = await once(`client ${regionOf(id)}`, () => connect(library, regionOf(id)))
      const command = new library.GetSecretValueCommand({ SecretId: id })
      const secret = await once(`secret ${id}`, () => client.send(command, { abortSignal: signal }))
      return chosenText(secret, field, reference)
    } catch (error) {
      throw failureOf(error, reference, signal)
    }
  },
}

/** The region of an ARN; empty where the environment names it. */
function regionOf(id: string): string {
  return id.startsWith('arn:') ? (id.split(':')[3] ?? '') : ''
}

async function connect({ SecretsManagerClient }: Library, region: string): Promise<SecretsManagerClient> {
  // Whoever waits has little time; there is one more try.
  return new SecretsManagerClient({ maxAttempts: 2, ...(region === '' ? {} : { region }) })
}

function chosenText(secret: GetSecretValueCommandOutput, field: string | undefined, reference: string): string {
  const text = secret.SecretString
  if (text === undefined || text === '') {
    throw unresolved(reference, 'the secret is not a text', 'store it as a text (SecretString)')
  }
  if (field === undefined) return text
  const fields = parse(text)
  if (fields === undefined) {
    const hint = 'store it as an object of keys and values, or leave out the field'
    throw unresolved(reference, 'the secret is not a JSON object, so it has no fields', hint)
  }
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const why = value === undefined ? `the secret has no field ${field}` : `its field ${field} is not a text`
  throw unresolved(reference, why, 'check the name of the field, and what the secret has there')
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Never with the messages of AWS: one about a signature may have what was signed in it. */
function failureOf(error: unknown, reference: string, signal: AbortSignal): unknown {
  const { name = 'Error', code, message = '' } = error as NodeJS.ErrnoException
  if (signal.aborted || name === 'VajraError') return error
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const why = 'the package @aws-sdk/client-secrets-manager is not installed on this node'
    return unresolved(reference, why, 'install vajra-mesh with its optional dependencies')
  }
  if (/region is missing/i.test(message)) {
    return unresolved(
      reference,
      'no region is set',
      'set AWS_REGION in the environment of every node, or write the ARN',
    )
  }
  const [why, hint] = REFUSALS[name] ?? [
    `cannot be asked (${code ?? name})`,
    'check that it can be reached from this node',
  ]
  return unresolved(reference, `AWS Secrets Manager ${why}`, hint)
}
