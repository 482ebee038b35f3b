/** Tasks for tests of the worker layer, loaded on its threads. They tell the tests what happens by a channel. */

import { BroadcastChannel } from 'node:worker_threads'
import * as registry from '../../src/tasks/registry.ts'
import { defineTask, failure, success, type TaskDefinition, type TaskInstance } from '../../src/tasks/sdk.ts'

/** What the tasks say. */
export interface Told {
  readonly what: 'executed' | 'cleanup'
  readonly node: string
  readonly worker: number
  readonly index: number
}

export const CHANNEL = 'vajra-worker-tests'

const task = (
  name: string,
  create: TaskDefinition['create'],
  executor: TaskDefinition['executor'] = 'async',
): TaskDefinition =>
  defineTask({
    name,
    title: name,
    description: name,
    category: 'test',
    parameters: { type: 'object' },
    executor,
    create,
  })

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

const tell: TaskDefinition['create'] = (_parameters, { node, worker }): TaskInstance => {
  const channel = new BroadcastChannel(CHANNEL)
  channel.unref()
  const say = (what: Told['what'], index: number): void => channel.postMessage({ what, node, worker, index })
  return {
    execute: ({ index }) => {
      say('executed', index)
      return success()
    },
    cleanup: () => {
      say('cleanup', -1)
      channel.close()
    },
  }
}

/** As cheap as can be. */
const nothing: TaskDefinition['create'] = () => ({ execute: () => success() })

/** Ends in every way an execution can end. */
const mixed: TaskDefinition['create'] = () => ({
  execute: async ({ index }) => {
    await pause(1)
    if (index % 5 === 1) return failure('did not work', 'refused')
    if (index % 5 === 2) throw new Error('a defect')
    if (index % 5 === 3) return undefined as never
    return { ok: true, bytesSent: 10, bytesReceived: 20 }
  },
})

const tasks = [
  task('tell', tell),
  task('nothing', nothing),
  task('mixed', mixed),
  task('busy', () => ({ execute: () => success(Array.from({ length: 1e5 }, (_, i) => i).length) }), 'threads'),
  task('forever', () => ({
    execute: ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(success()))),
  })),
  task('fails-at-setup', () => ({
    setup: () => Promise.reject(new Error('no licence')),
    execute: () => success(),
  })),
  task('needs-secret', (_parameters, { secrets }) => ({
    execute: () => (secrets.key === 'open sesame' ? success() : failure('wrong key', 'wrong_key')),
  })),
  /** Takes its whole thread down on the node and thread it is told to. */
  task('crashes', (parameters, { worker }) => ({
    execute: async ({ index }) => {
      if (worker === parameters.worker && index >= 30) setTimeout(() => Promise.reject(new Error('thrown aside')))
      await pause(50)
      return success()
    },
  })),
  /** Tells what it executes, but for one execution, which it answers with the death of its thread. */
  task('tells-until-it-dies', (parameters, context) => {
    const instance = tell(parameters, context)
    return {
      ...instance,
      execute: (iteration) => {
        if (iteration.index === parameters.dies) setTimeout(() => Promise.reject(new Error('thrown aside')))
        return instance.execute(iteration)
      },
    }
  }),
]

export const builtinTasks = new Map([...registry.builtinTasks, ...tasks.map((one) => [one.name, one] as const)])
export const { openCredentials, resolveSecrets } = registry
