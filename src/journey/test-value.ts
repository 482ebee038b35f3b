/** Tests of values: whether what is asked of a value holds. */

import type { Condition, Test } from '../suite/journey-spec.ts'
import { PatternCost, parsePattern } from '../suite/pattern.ts'
import { templateParts } from '../suite/template.ts'
import { fillAnyway, fillText, type Values } from './text.ts'

/** Whether a value, undefined where it is not there, is as asked. @throws PatternCost */
export type Holds = (value: string | undefined, values: Values) => boolean

/** Compiles a test that has been found good. What is compared with must be there, else nothing holds. */
export function compileTest(test: Test): Holds {
  switch (test.kind) {
    case 'exists':
      return (value) => value !== undefined
    case 'absent':
      return (value) => value === undefined
    case 'matches': {
      const parsed = parsePattern(test.text)
      if (!parsed.ok) throw new Error(parsed.message)
      return (value) => value !== undefined && parsed.value.test(value)
    }
    case 'equals':
    case 'differs':
    case 'contains':
      return compileComparison(test.kind, test.text)
    case 'within':
      return numeric((number) => test.ranges.some(([from, to]) => number >= from && number <= to))
    case 'below':
      return numeric((number) => number < test.number)
    case 'atMost':
      return numeric((number) => number <= test.number)
    case 'above':
      return numeric((number) => number > test.number)
    case 'atLeast':
      return numeric((number) => number >= test.number)
  }
}

function compileComparison(kind: 'equals' | 'differs' | 'contains', template: string): Holds {
  const parts = templateParts(template)
  return (value, values) => {
    const wanted = fillText(parts, values)
    if (value === undefined || typeof wanted !== 'string') return false
    if (kind === 'contains') return value.includes(wanted)
    return (value === wanted) === (kind === 'equals')
  }
}

function numeric(holds: (number: number) => boolean): Holds {
  return (value) => {
    if (value === undefined || value.trim() === '') return false
    const number = Number(value)
    return !Number.isNaN(number) && holds(number)
  }
}

/**
 * Compiles a condition. A value that is not there is an empty text, and an empty text is taken for nothing. What would take
 * too long to look at does not hold.
 */
export function compileCondition({ template, test }: Condition): (values: Values) => boolean {
  const parts = templateParts(template)
  const holds = compileTest(test)
  const nothing = test.kind === 'exists' || test.kind === 'absent'
  return (values) => {
    const text = fillAnyway(parts, values)
    try {
      return holds(nothing && text === '' ? undefined : text, values)
    } catch (thrown) {
      if (thrown instanceof PatternCost) return false
      throw thrown
    }
  }
}
