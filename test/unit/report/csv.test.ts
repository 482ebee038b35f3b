import assert from 'node:assert/strict'
import { renderCsv } from '../../../src/report/csv.ts'
import { completeReport } from './fixtures.ts'

describe('a timeline as CSV', () => {
  it('has a header and a row a second, ended by CRLF', () => {
    assert.equal(
      renderCsv(completeReport()),
      [
        'at,scheduled,sent,succeeded,failed,dropped,rate,p50,p99,latenessP50,latenessP99',
        '0,10,10,10,0,0,10,2000,2000,0,0',
        '1000,1010,1008,1006,2,2,1008,15.007,2000,0.1,1',
        '2000,1010,1008,1006,2,2,1008,15.007,2000,0.1,1',
        '3000,1010,1008,1006,2,2,1008,15.007,2000,0.1,1',
        '',
      ].join('\r\n'),
    )
  })
})
