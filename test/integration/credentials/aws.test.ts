/** `aws:` references, by the official client, against a server that checks its signatures in a process of its own. */

import assert from 'node:assert/strict'
import { Keeper } from '../../../src/tasks/credentials/keeper.ts'
import { WorkerNode } from '../worker-node.ts'
import { RecordingTarget, refusal, ServerProcess, suiteWith } from './support.ts'

const SECRET_KEY = 'wJalrXUtnFEMI-s3cr3t'
const ARN = 'arn:aws:secretsmanager:us-east-2:123456789012:secret:shop-AbCdEf'
const SECRETS = {
  'shop/api': { SecretString: JSON.stringify({ key: 'the-key', number: 17, nested: {} }) },
  plain: { SecretString: 'plain-key' },
  binary: { SecretBinary: Buffer.from('binary-key').toString('base64') },
  [ARN]: { SecretString: 'arn-key' },
}

describe('aws references', function () {
  this.timeout(20_000)
  const target = new RecordingTarget()
  let server: ServerProcess<{ address: string }, { status: number; region: string }>
  let address: string
  const inherited = { ...process.env }

  before(async () => {
    server = new ServerProcess('aws-server.ts', [SECRET_KEY, JSON.stringify(SECRETS)])
    address = (await server.where).address
  })

  const clear = () => {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  }

  beforeEach(() => {
    server.lines.length = 0
    clear()
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: address,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      // Nothing of the machine that the test runs on.
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      AWS_CONFIG_FILE: '/nowhere',
    })
  })

  after(async () => {
    clear()
    for (const [name, value] of Object.entries(inherited)) if (name.startsWith('AWS_')) process.env[name] = value
    await server.stop()
    target.stop()
  })

  const resolve = (reference: string) => new Keeper().resolve(reference)

  async function fails(reference: string, expected: RegExp): Promise<void> {
    const { message, hint } = await refusal(resolve(reference))
    assert.ok(message.startsWith(`credential reference ${reference} cannot be resolved: `), message)
    assert.match(message, expected)
    assert.doesNotMatch(message + hint, /s3cr3t|-key\b|AKID|Signature=/)
  }

  it('are whole secrets or their fields, by name or ARN, which says the region', async () => {
    assert.equal(await resolve('aws:plain'), 'plain-key')
    assert.equal(await resolve('aws:shop/api#key'), 'the-key')
    assert.equal(await resolve('aws:shop/api#number'), '17')
    assert.equal(await resolve(`aws:${ARN}`), 'arn-key')
    const regions = (await server.asked()).map(({ region }) => region)
    assert.deepEqual(regions, ['eu-west-1', 'eu-west-1', 'eu-west-1', 'us-east-2'])
  })

  it('are named when they cannot be resolved, with the reason', async () => {
    await fails('aws:none', /AWS Secrets Manager has no such secret/)
    await fails('aws:forbidden', /AWS Secrets Manager does not allow to read it/)
    await fails('aws:deleted', /AWS Secrets Manager does not give it out/)
    await fails('aws:binary', /the secret is not a text/)
    await fails('aws:plain#key', /the secret is not a JSON object, so it has no fields/)
    await fails('aws:shop/api#none', /the secret has no field none/)
    await fails('aws:shop/api#nested', /its field nested is not a text/)
    process.env.AWS_SESSION_TOKEN = 'expired'
    await fails('aws:plain', /finds the credentials of this node expired/)
    delete process.env.AWS_SESSION_TOKEN
    process.env.AWS_SECRET_ACCESS_KEY = 'wrong-s3cr3t'
    await fails('aws:plain', /does not accept the signature/)
    process.env.AWS_ACCESS_KEY_ID = 'AKIDOTHER'
    await fails('aws:plain', /does not know the credentials of this node/)
    delete process.env.AWS_ACCESS_KEY_ID
    await fails('aws:plain', /this node has no credentials for AWS/)
    delete process.env.AWS_REGION
    await fails('aws:plain', /no region is set/)
  })

  it('say that nothing answers', async () => {
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = 'http://127.0.0.1:1'
    await fails('aws:plain', /AWS Secrets Manager cannot be asked \(ECONNREFUSED\)/)
  })

  it('are asked for once by a node, whatever the number of its threads, and sent', async () => {
    const node = new WorkerNode('n1', 2)
    const auth = { basic: { username: 'shop', password: 'aws:shop/api#key' } }
    const { runId } = await node.runAlone(suiteWith(await target.start(), { auth }))
    assert.deepEqual(node.errors(runId), {})
    assert.equal((await server.asked()).length, 1)
    const expected = `Basic ${Buffer.from('shop:the-key').toString('base64')}`
    assert.ok(target.received.every(({ headers }) => headers.authorization === expected))
    assert.equal(target.received.length, 40)
    await node.pool.close()
  })
})
