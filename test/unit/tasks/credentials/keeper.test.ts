import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VajraError } from '../../../../src/base/errors.ts'
import { REFERENCE_KINDS } from '../../../../src/suite/references.ts'
import { resolveText } from '../../../../src/tasks/credentials/credential-source.ts'
import { Keeper } from '../../../../src/tasks/credentials/keeper.ts'
import { Redaction } from '../../../../src/tasks/credentials/redaction.ts'
import { RESOLVERS } from '../../../../src/tasks/credentials/resolvers.ts'

describe('credential references', () => {
  let folder: string
  let keeper: Keeper

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-credentials-'))
    process.env.VAJRA_TEST_TOKEN = 'hunter2'
    process.env.VAJRA_TEST_EMPTY = ''
  })

  beforeEach(() => {
    keeper = new Keeper()
  })

  after(() => {
    rmSync(folder, { recursive: true })
    delete process.env.VAJRA_TEST_TOKEN
    delete process.env.VAJRA_TEST_EMPTY
  })

  const fails = async (reference: string, ...parts: string[]): Promise<void> => {
    const thrown: unknown = await keeper.resolve(reference).then(
      () => assert.fail(`${reference} was resolved`),
      (error: unknown) => error,
    )
    assert.ok(thrown instanceof VajraError)
    assert.equal(thrown.code, 'TASK_SETUP_FAILED')
    for (const part of [reference, ...parts]) assert.ok(thrown.message.includes(part), thrown.message)
    assert.ok(thrown.hint)
    assert.ok(!`${thrown.message}${thrown.hint}`.includes('hunter2'))
  }

  it('have a resolver for every kind', async () => {
    assert.deepEqual(Object.keys(RESOLVERS).sort(), Object.keys(REFERENCE_KINDS).sort())
    for (const load of Object.values(RESOLVERS)) assert.equal(typeof (await load()).resolver.resolve, 'function')
  })

  it('become the value of a variable, alone and after a scheme', async () => {
    assert.equal(await resolveText('env:VAJRA_TEST_TOKEN', keeper), 'hunter2')
    assert.equal(await resolveText('Bearer env:VAJRA_TEST_TOKEN', keeper), 'Bearer hunter2')
  })

  it('become the contents of a file without its last line break, also behind a link', async () => {
    const path = join(folder, 'token')
    writeFileSync(path, 'from file\n')
    symlinkSync(path, join(folder, 'link'))
    assert.equal(await resolveText(`file:${path}`, keeper), 'from file')
    assert.equal(await resolveText(`Token file:${join(folder, 'link')}`, keeper), 'Token from file')
  })

  it('are left alone where they are none', async () => {
    for (const text of ['', 'plain', 'see env:TOKEN for it', 'env:', 'environment:X', 'file:relative', 'env:1X']) {
      assert.equal(await resolveText(text, keeper), text)
    }
  })

  it('are named when they cannot be resolved', async () => {
    await fails('env:VAJRA_TEST_MISSING', 'not set')
    await fails('env:VAJRA_TEST_EMPTY', 'empty')
    await fails(`file:${join(folder, 'none')}`, 'ENOENT')
    await fails(`file:${folder}`, 'EISDIR')
    writeFileSync(join(folder, 'empty'), '\n')
    await fails(`file:${join(folder, 'empty')}`, 'empty')
  })

  it('are refused where a file is no secret: too large, or without an end', async () => {
    writeFileSync(join(folder, 'large'), 'hunter2 '.repeat(10_000))
    await fails(`file:${join(folder, 'large')}`, 'larger')
    await fails('file:/dev/zero', 'not a file')
    execFileSync('mkfifo', [join(folder, 'pipe')])
    await fails(`file:${join(folder, 'pipe')}`, 'not a file')
  })

  it('may be larger where that is expected', async () => {
    const path = join(folder, 'bundle')
    writeFileSync(path, 'x'.repeat(100_000))
    assert.equal((await keeper.resolve(`file:${path}`, { mostBytes: 200_000 })).length, 100_000)
  })

  it('are resolved once, and again after a failure', async () => {
    const path = join(folder, 'changing')
    await fails(`file:${path}`, 'ENOENT')
    writeFileSync(path, 'first')
    assert.equal(await keeper.resolve(`file:${path}`), 'first')
    writeFileSync(path, 'second')
    assert.equal(await keeper.resolve(`file:${path}`), 'first')
    chmodSync(path, 0o600)
    assert.equal(await new Keeper().resolve(`file:${path}`), 'second')
  })

  it('are taken out of texts, as long as the run goes on', async () => {
    await keeper.resolve('env:VAJRA_TEST_TOKEN')
    const seen = `hunter2, ${Buffer.from('hunter2').toString('base64')}`
    assert.equal(keeper.redact(seen), '***, ***')
    keeper.close()
    assert.equal(keeper.redact(seen), seen)
  })
})

describe('redaction', () => {
  it('takes out a secret whole where another is a part of it, and as URLs have it', () => {
    const redaction = new Redaction()
    redaction.add('abcd')
    redaction.add('abcd efgh&')
    assert.equal(redaction.clean('x abcd efgh& y abcd z abcd%20efgh%26'), 'x *** y *** z ***')
  })

  it('leaves short ones, which are in every text', () => {
    const redaction = new Redaction()
    redaction.add('a')
    assert.equal(redaction.clean('a banana'), 'a banana')
  })
})
