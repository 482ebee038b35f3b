import assert from 'node:assert/strict'
import * as registry from '../../../src/tasks/registry.ts'
import { defineTask, failure, success } from '../../../src/tasks/sdk.ts'
import type { TaskModule } from '../../../src/worker/task-port.ts'

describe('task registry', () => {
  it('has the shape that load threads need', () => {
    const module: TaskModule = registry
    assert.ok(module.builtinTasks.get('http'))
  })

  it('takes tasks written for the SDK', () => {
    const task = defineTask({
      name: 'echo',
      title: 'Echo',
      description: 'Answers at once.',
      category: 'custom',
      parameters: { type: 'object' },
      executor: 'async',
      create: (parameters) => ({ execute: () => (parameters.fail ? failure('no', 'refused') : success()) }),
    })
    const module: TaskModule = { builtinTasks: new Map([[task.name, task]]) }
    assert.equal(module.builtinTasks.get('echo'), task)
  })

  it('describes every task for people and for forms', () => {
    for (const [name, task] of registry.builtinTasks) {
      assert.match(name, /^[a-z0-9-]+$/)
      assert.equal(task.name, name)
      assert.ok(task.title && task.description && task.category)
      assert.equal(task.parameters.type, 'object')
    }
  })

  it('resolves the references among the parameters of a task', async () => {
    process.env.VAJRA_TEST_SECRET = 'x'
    try {
      const secrets = await registry.resolveSecrets('echo', { key: 'env:VAJRA_TEST_SECRET', text: 'plain', count: 3 })
      assert.deepEqual(secrets, { key: 'x' })
      await assert.rejects(
        registry.resolveSecrets('echo', { key: 'env:VAJRA_TEST_MISSING' }),
        /key: .*env:VAJRA_TEST_MISSING/,
      )
    } finally {
      delete process.env.VAJRA_TEST_SECRET
    }
  })

  it('leaves the texts of an http request to the http task', async () => {
    assert.deepEqual(await registry.resolveSecrets('http', { body: 'env:NOT_A_REFERENCE_HERE' }), {})
  })
})
