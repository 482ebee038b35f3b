/** Rules for one task that is fired: its parameters, and the credentials that hold for it. They read raw input. */

import * as z from 'zod'
import { messageOf, type Problem } from '../base/errors.ts'
import { authorisedProblems, nearestAuth, type PlacedAuth } from './auth-rules.ts'
import { httpProblems } from './http-task.ts'
import { check } from './issues.ts'
import { isMap, type RawMap } from './raw.ts'
import { formatPath, show } from './show.ts'
import type { TaskShape } from './task-shape.ts'
import { resolveUrlTemplate } from './url-template.ts'

type Path = readonly PropertyKey[]

/** What is known around an entry that fires something. */
export interface Firing {
  readonly tasks: readonly TaskShape[]
  /** The suite's target; undefined when there is none; null when there is one with an error of its own. */
  readonly target: string | undefined | null
  /** Every `auth` around it, from near to far. */
  readonly auth: readonly PlacedAuth[]
}

/** Problems of whatever tasks an entry names. */
export function firedProblems(entry: RawMap, { tasks, target, auth }: Firing, path: Path): Problem[] {
  const problems = httpProblems(entry.http, target, [...path, 'http'])
  if (entry.http !== undefined) problems.push(...requestAuthProblems(entry.http, target, auth, [...path, 'http']))
  for (const task of tasks) {
    if (entry[task.name] !== undefined) problems.push(...taskProblems(task, entry, [...path, task.name]))
  }
  return problems
}

function requestAuthProblems(http: unknown, target: Firing['target'], auth: readonly PlacedAuth[], path: Path) {
  const request = isMap(http) ? http : { url: http }
  const resolved = typeof request.url === 'string' ? resolveUrlTemplate(request.url, target ?? undefined) : undefined
  const url = resolved?.ok ? resolved.value : undefined
  const nearest = nearestAuth({ raw: request.auth, path: [...path, 'auth'] }, ...auth)
  return authorisedProblems(nearest, { headers: request.headers, url, path })
}

function taskProblems(task: TaskShape, entry: RawMap, path: Path): readonly Problem[] {
  const parameters = entry[task.name]
  if (!isMap(parameters)) {
    const message = `expected a map of parameters, got ${show(parameters)}`
    return [{ path: formatPath(path), message, hint: `write \`${task.name}: {}\` for none` }]
  }
  try {
    const checked = check(z.fromJSONSchema({ type: 'object', ...task.parameters }), parameters, path)
    return checked.ok ? [] : checked.problems
  } catch (thrown) {
    const message = `the parameters cannot be checked: the schema of task ${task.name} is not usable`
    return [{ path: formatPath(path), message, hint: `its author should mend it: ${messageOf(thrown)}` }]
  }
}
