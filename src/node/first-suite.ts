/**
 * The first suite takes a node ten times as long to read as the next: what checks it is made when it is first needed. A
 * node that has nothing to do reads one of its own, so that nobody has to wait for that.
 */

import { parseSuite } from '../suite/parse.ts'

const SAMPLE = JSON.stringify({
  name: 'sample',
  target: 'http://sample.invalid',
  scenarios: [{ name: 'sample', load: { rate: '1/s', duration: '1s' }, http: '/' }],
})

/** Reads a suite that is never run. @returns false if it is not a good one any more */
export function readSample(): boolean {
  return parseSuite({ text: SAMPLE, format: 'json' }).ok
}
