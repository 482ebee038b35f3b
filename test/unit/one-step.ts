import type { Scenario, TaskSpec } from '../../src/suite/spec.ts'

/** What a scenario has that fires a single task. */
export function oneStep(task: TaskSpec): Pick<Scenario, 'steps' | 'branches' | 'pacingMs'> {
  const step = {
    name: task.type,
    group: '',
    tags: {},
    task,
    when: null,
    repeat: 1,
    continueOnError: false,
    extract: [],
    expect: [],
    think: null,
  }
  return { steps: [step], branches: [{ weight: 1, steps: [0] }], pacingMs: 0 }
}
