/**
 * Entry of the thread that keeps credentials, one for all runs of a node that need it: what is asked of others for a
 * run is asked once, and no value goes through the main thread. When the last load thread has let go of a run its
 * values are forgotten, and with the last run the thread ends.
 */

import { type MessagePort, parentPort } from 'node:worker_threads'
import { messageOf, VajraError } from '../../base/errors.ts'
import { Keeper } from './keeper.ts'
import type { FromKeeper, ServeRun, ToKeeper } from './keeper-messages.ts'

interface KeptRun {
  readonly keeper: Keeper
  readonly ports: Set<MessagePort>
}

const runs = new Map<string, KeptRun>()

function serve({ runId, port }: ServeRun<MessagePort>): void {
  const run = runs.get(runId) ?? open(runId)
  const say = (message: FromKeeper): void => port.postMessage(message)
  run.ports.add(port)
  port.on('message', (question: ToKeeper) => {
    answer(run.keeper, question, say).then(
      (value) => say({ id: question.id, say: 'value', value }),
      (error: unknown) => {
        const hint = error instanceof VajraError ? error.hint : undefined
        say({ id: question.id, say: 'error', message: messageOf(error), hint })
      },
    )
  })
  port.on('close', () => {
    run.ports.delete(port)
    if (run.ports.size > 0) return
    run.keeper.close()
    if (runs.get(runId) === run) runs.delete(runId)
  })
}

function answer(keeper: Keeper, question: ToKeeper, say: (message: FromKeeper) => void): Promise<string> {
  if (question.ask === 'token') {
    return keeper.token(question.auth, question.path, (value) => say({ id: question.id, say: 'renewed', value }))
  }
  const { reference, mostBytes } = question
  return keeper.resolve(reference, mostBytes === undefined ? {} : { mostBytes })
}

function open(runId: string): KeptRun {
  const ports = new Set<MessagePort>()
  const keeper = new Keeper((level, message) => {
    // Once, by any of the run's threads.
    const [first] = ports
    first?.postMessage({ say: 'log', level, message } satisfies FromKeeper)
  })
  const run = { keeper, ports }
  runs.set(runId, run)
  return run
}

parentPort?.on('message', serve)
