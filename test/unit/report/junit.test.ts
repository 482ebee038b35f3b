import assert from 'node:assert/strict'
import { renderJunit } from '../../../src/report/junit.ts'
import { completeReport, lostReport, shop } from './fixtures.ts'

describe('a report as JUnit XML', () => {
  it('has a test case for the run and one for each threshold', () => {
    const report = lostReport()
    assert.equal(
      renderJunit(report),
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="vajra" tests="5" failures="3" errors="0" time="4.000">
  <testsuite name="shop" tests="5" failures="3" errors="0" skipped="0" time="4.000" timestamp="2026-01-02T03:04:05.678Z">
    <properties>
      <property name="runId" value="r00000001-0000000001"/>
      <property name="status" value="completed"/>
      <property name="digest" value="${report.digest}"/>
      <property name="degraded" value="true"/>
      <property name="requests" value="2026"/>
      <property name="failed" value="4"/>
      <property name="dropped" value="4"/>
      <property name="unaccounted" value="1010"/>
      <property name="generatorSaturated" value="alpha, beta"/>
    </properties>
    <testcase classname="shop.run" name="completes with every window" time="4.000">
      <failure message="the report is incomplete: 6 of 7 windows, 1,010 requests unaccounted for"/>
    </testcase>
    <testcase classname="shop.duration" name="p(95)&lt;200ms" time="4.000">
      <failure message="observed p(95)=2.00s"/>
    </testcase>
    <testcase classname="shop.duration" name="max&lt;1s" time="4.000">
      <failure message="observed max=2.00s"/>
    </testcase>
    <testcase classname="shop.failed" name="rate&lt;1%" time="4.000"/>
    <testcase classname="shop.requests{scenario:buy}" name="rate&gt;=5/s" time="4.000"/>
    <system-err>generator saturated: alpha was late: 1 % of its requests left 30.0ms or more after their planned start (bound: 10.0ms). To do: add nodes or --workers, or lower the rate; look for what else keeps the machine from running on time.
generator saturated: beta was late: 1 % of its requests left 30.0ms or more after their planned start (bound: 10.0ms). To do: use --pacing precise, or add nodes.</system-err>
  </testsuite>
</testsuites>
`,
    )
  })

  it('fails the run that did not complete, and has no start for one that never began', () => {
    const xml = renderJunit(completeReport({ status: 'stopped', startedAt: null }, { ...shop, thresholds: [] }))
    assert.match(xml, /tests="1" failures="1"/)
    assert.match(xml, /<failure message="the run is stopped"\/>/)
    assert.doesNotMatch(xml, /timestamp/)
  })

  it('escapes what XML gives a meaning, and what it cannot carry', () => {
    const xml = renderJunit(completeReport({}, { ...shop, name: `<"a" & 'b'>\u0000\n\ud800` }))
    assert.match(xml, /<testsuite name="&lt;&quot;a&quot; &amp; &apos;b&apos;&gt;\ufffd&#10;\ufffd"/)
  })
})
