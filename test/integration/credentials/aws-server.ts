/**
 * A server that speaks what AWS documents of Secrets Manager's `GetSecretValue`, in a process of its own: JSON 1.1, and
 * requests whose signature (version 4) is worked out again and compared. Arguments: the secret access key, then secrets as
 * JSON by name. Prints where it is, then each request.
 */

import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

const KEY_ID = 'AKIDEXAMPLE'
const [secretKey = '', stored = '{}'] = process.argv.slice(2)
const secrets = JSON.parse(stored) as Record<string, object>

type Answer = readonly [status: number, body: object]
const refuse = (type: string, message: string): Answer => [400, { __type: type, Message: message }]

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function isSigned({ method, url = '/', headers }: IncomingMessage, body: string): 'yes' | 'no' | 'unknown client' {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/secretsmanager\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
  const [, id, day = '', region = '', names = '', signature] = pattern.exec(headers.authorization ?? '') ?? []
  if (id !== KEY_ID) return 'unknown client'
  const time = String(headers['x-amz-date'])
  const list = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`)
  const canonical = [method, url, '', list.join(''), names, sha256(body)].join('\n')
  const scope = `${day}/${region}/secretsmanager/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = [region, 'secretsmanager', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretKey}`, day))
  const late = !time.startsWith(day) || !names.includes('host') || !names.includes('x-amz-date')
  return !late && hmac(key, toSign).toString('hex') === signature ? 'yes' : 'no'
}

function answer(request: IncomingMessage, body: string): Answer {
  if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
    return refuse('UnknownOperationException', '')
  const signed = isSigned(request, body)
  if (signed === 'unknown client') {
    return refuse('UnrecognizedClientException', 'The security token included in the request is invalid.')
  }
  if (signed === 'no')
    return refuse('InvalidSignatureException', `The canonical string is ${String(request.headers.authorization)}`)
  if (request.headers['x-amz-security-token'] === 'expired') {
    return refuse('ExpiredTokenException', 'The security token included in the request is expired')
  }
  const { SecretId: id = '' } = JSON.parse(body) as { SecretId?: string }
  if (id.includes('forbidden')) return refuse('AccessDeniedException', `not authorized to perform this on ${id}`)
  if (id.includes('deleted')) return refuse('InvalidRequestException', 'it was marked for deletion')
  const secret = secrets[id]
  if (secret === undefined) return refuse('ResourceNotFoundException', "can't find the specified secret.")
  const about = { ARN: `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${id}`, Name: id, CreatedDate: 1.7e9 }
  return [200, { ...about, ...secret, VersionId: 'v1', VersionStages: ['AWSCURRENT'] }]
}

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString()
  })
  request.on('end', () => {
    const [status, content] = answer(request, body)
    const region = /Credential=[^/]+\/\d+\/([^/]+)/.exec(request.headers.authorization ?? '')?.[1]
    console.log(JSON.stringify({ status, region }))
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(content))
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
createInterface({ input: process.stdin })
  .on('line', (state) => console.log(JSON.stringify({ state })))
  .on('close', () => process.exit())
