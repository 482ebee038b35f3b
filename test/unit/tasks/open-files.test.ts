import assert from 'node:assert/strict'
import { filesProblem, openFilesLimit } from '../../../src/tasks/http/open-files.ts'

describe('the limit of open files', () => {
  it('is read where the system tells it', () => {
    const limits =
      'Limit                     Soft Limit           Hard Limit           Units\n' +
      'Max processes             95965                95965                processes\n' +
      'Max open files            1024                 524288               files\n'
    assert.equal(openFilesLimit(limits), 1024)
    assert.equal(openFilesLimit(''), undefined)
    assert.equal(
      openFilesLimit('Max open files            unlimited            unlimited            files\n'),
      undefined,
    )
  })

  it('is a problem only where connections do not fit', () => {
    assert.match(filesProblem(1000, 1024)!, /1000 connections.*may open 1024 files.*ulimit -n/)
    assert.equal(filesProblem(900, 1024), undefined)
    assert.equal(filesProblem(1e6, Number.POSITIVE_INFINITY), undefined)
  })
})
