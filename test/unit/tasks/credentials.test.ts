import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VajraError } from '../../../src/base/errors.ts'
import { isReference, resolveReference } from '../../../src/tasks/credentials.ts'

describe('credential references', () => {
  let folder: string

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-credentials-'))
  })

  after(() => rmSync(folder, { recursive: true }))

  const fails = (text: string, ...parts: string[]): VajraError => {
    let thrown: unknown
    try {
      resolveReference(text, { SECRET: 'hunter2', EMPTY: '' })
    } catch (error) {
      thrown = error
    }
    assert.ok(thrown instanceof VajraError)
    assert.equal(thrown.code, 'TASK_SETUP_FAILED')
    for (const part of parts) assert.ok(thrown.message.includes(part), thrown.message)
    assert.ok(thrown.hint)
    return thrown
  }

  it('resolves environment variables, alone and after a scheme', () => {
    const environment = { TOKEN: 'abc' }
    assert.equal(resolveReference('env:TOKEN', environment), 'abc')
    assert.equal(resolveReference('Bearer env:TOKEN', environment), 'Bearer abc')
  })

  it('resolves files without their last line break', () => {
    const path = join(folder, 'token')
    writeFileSync(path, 'from file\n')
    assert.equal(resolveReference(`file:${path}`, {}), 'from file')
    assert.equal(resolveReference(`Token file:${path}`, {}), 'Token from file')
  })

  it('leaves other text alone', () => {
    for (const text of ['', 'plain', 'see env:TOKEN for it', 'env:', 'environment:X', 'file:relative', 'env:1X']) {
      assert.equal(resolveReference(text, { TOKEN: 'abc' }), text)
      assert.equal(isReference(text), false, text)
    }
  })

  it('names the reference that cannot be resolved', () => {
    fails('env:MISSING', 'env:MISSING', 'not set')
    fails('Bearer env:EMPTY', 'env:EMPTY')
    fails(`file:${join(folder, 'none')}`, join(folder, 'none'), 'ENOENT')
    const empty = join(folder, 'empty')
    writeFileSync(empty, '\n')
    fails(`file:${empty}`, 'empty')
  })

  it('never puts the content of a file that is no secret into the error', () => {
    const path = join(folder, 'large')
    writeFileSync(path, 'hunter2 '.repeat(10_000))
    const error = fails(`file:${path}`, 'larger')
    assert.ok(!error.message.includes('hunter2'))
  })
})
