import assert from 'node:assert/strict'
import { formatDuration, type Parsed, parseDuration, parseRate, parseSize } from '../../../src/suite/units.ts'

function value<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) assert.fail(`${parsed.message} (${parsed.hint})`)
  return parsed.value
}

function refused(parsed: Parsed<unknown>): { message: string; hint: string } {
  if (parsed.ok) assert.fail(`accepted as ${parsed.value}`)
  return parsed
}

describe('quantities', () => {
  describe('durations', () => {
    for (const [text, milliseconds] of [
      ['300ms', 300],
      ['30s', 30_000],
      ['1h30m', 5_400_000],
      ['2m', 120_000],
      ['1.5s', 1500],
      ['1d', 86_400_000],
      ['1m30s500ms', 90_500],
      ['0.1ms', 0.1],
      ['0', 0],
      ['0s', 0],
    ] as const) {
      it(`reads ${text}`, () => assert.equal(value(parseDuration(text)), milliseconds))
    }

    it('reads the number 0', () => assert.equal(value(parseDuration(0)), 0))

    it('refuses a bare number and asks for its unit', () => {
      for (const input of [30, '30', 1.5, '1.5']) {
        const { message, hint } = refused(parseDuration(input))
        assert.match(message, /has no unit/)
        assert.match(hint, new RegExp(`which unit\\? write "${input}s"`))
      }
    })

    it('refuses what is not a duration', () => {
      const inputs = ['', 's', '10 s', '1.s', '-5s', '5S', '5sec', '1e3s', null, undefined, {}, [], true, Number.NaN]
      for (const input of [...inputs, '9'.repeat(100_000), '1s'.repeat(50_000)]) {
        assert.ok(refused(parseDuration(input)).hint.length > 0)
      }
    })

    it('refuses units out of order or twice', () => {
      assert.match(refused(parseDuration('30m1h')).message, /out of order/)
      assert.match(refused(parseDuration('1s1s')).message, /out of order/)
    })

    for (const [milliseconds, text] of [
      [0, '0s'],
      [300, '300ms'],
      [1500, '1.5s'],
      [60_000, '1m'],
      [90_500, '1m30.5s'],
      [5_400_000, '1h30m'],
      [86_400_000, '24h'],
      [-1500, '-1.5s'],
      [999.9999, '1s'],
    ] as const) {
      it(`writes ${milliseconds} ms as ${text}`, () => assert.equal(formatDuration(milliseconds), text))
    }
  })

  describe('rates', () => {
    for (const [text, perSecond] of [
      ['500/s', 500],
      ['30/m', 0.5],
      ['36/h', 0.01],
      ['500/1s', 500],
      ['5/100ms', 50],
      ['0.5/s', 0.5],
      ['10 / s', 10],
      ['0/s', 0],
      ['0', 0],
    ] as const) {
      it(`reads ${text}`, () => assert.equal(value(parseRate(text)), perSecond))
    }

    it('refuses a bare number and suggests a rate', () => {
      for (const input of [500, '500', '500rps']) {
        assert.equal(refused(parseRate(input)).hint, 'did you mean 500/s?')
      }
    })

    it('refuses what is not a rate', () => {
      for (const input of ['', '/s', '5/', '5/x', '-5/s', '5/0s', '5//s', 'fast', null, undefined, {}, Number.NaN]) {
        assert.ok(refused(parseRate(input)).hint.length > 0, String(input))
      }
    })
  })

  describe('sizes', () => {
    for (const [text, bytes] of [
      ['512B', 512],
      ['10kB', 10_000],
      ['1MB', 1_000_000],
      ['2GB', 2_000_000_000],
      ['64KiB', 65_536],
      ['1MiB', 1_048_576],
      ['1.5kB', 1500],
      ['0', 0],
    ] as const) {
      it(`reads ${text}`, () => assert.equal(value(parseSize(text)), bytes))
    }

    it('refuses bare numbers and unknown units', () => {
      assert.match(refused(parseSize(10)).hint, /which unit/)
      for (const input of ['10', '10x', '10ib', 'kB', '', null]) assert.ok(refused(parseSize(input)).hint.length > 0)
    })
  })
})
