import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { COMMANDS } from '../../../src/cli/commands/index.ts'
import { errorText, exitCodeOf } from '../../../src/cli/error-text.ts'
import { readEvents } from '../../../src/cli/event-stream.ts'
import { EXIT_CODES } from '../../../src/cli/exit-codes.ts'
import { usesUnicode } from '../../../src/cli/locale.ts'
import { nodeLog, prettyLine } from '../../../src/cli/log.ts'
import { Notices } from '../../../src/cli/notices.ts'
import { mayColour } from '../../../src/cli/process-context.ts'
import { Progress } from '../../../src/cli/progress.ts'
import { cliReference } from '../../../src/cli/reference.ts'
import { outputFiles } from '../../../src/cli/report-output.ts'
import { readHostPort, readNodeUrl, readOutputFile } from '../../../src/cli/values.ts'
import { fakeLive } from '../api/fake-documents.ts'

describe('parts of the CLI', () => {
  it('read addresses of nodes', () => {
    const cases = [
      ['127.0.0.1:7070', 'http://127.0.0.1:7070'],
      [':7071', 'http://127.0.0.1:7071'],
      ['node-1', 'http://node-1'],
      ['http://[::1]:7070/', 'http://[::1]:7070'],
      ['https://mesh.example/vajra/', 'https://mesh.example/vajra'],
    ] as const
    for (const [text, url] of cases) assert.equal(readNodeUrl(text), url)
  })

  it('know from the locale what a terminal can show', () => {
    const cases = [
      [{}, false],
      [{ OS: 'Windows_NT' }, true],
      [{ LANG: 'en_GB.UTF-8' }, true],
      [{ LANG: 'en_GB.utf8', LC_ALL: '' }, true],
      [{ LANG: 'en_GB.UTF-8', LC_CTYPE: 'C' }, false],
      [{ LANG: 'en_GB.UTF-8', LC_CTYPE: 'C', LC_ALL: 'C.UTF-8' }, true],
      [{ LANG: 'de_DE@euro' }, false],
    ] as const
    for (const [environment, unicode] of cases) assert.equal(usesUnicode(environment), unicode)
  })

  it('read addresses to listen on', () => {
    const cases = [
      ['7070', '127.0.0.1', 7070],
      [':0', '127.0.0.1', 0],
      ['[::1]:80', '::1', 80],
      ['node-1:80', 'node-1', 80],
    ] as const
    for (const [text, host, port] of cases) assert.deepEqual(readHostPort(text), { host, port })
    for (const text of ['', 'x', '::1:80', '1:2:3', 'a b:1', '127.0.0.1']) assert.throws(() => readHostPort(text), text)
  })

  it('read output files', () => {
    assert.deepEqual(readOutputFile('json=a=b'), { format: 'json', byEnding: [], file: 'a=b' })
    assert.deepEqual(readOutputFile('dir/x=1.csv'), {
      format: undefined,
      byEnding: ['csv', 'csv-totals'],
      file: 'dir/x=1.csv',
    })
    assert.deepEqual(readOutputFile('report'), { format: undefined, byEnding: [], file: 'report' })
  })

  it('are written in the format that was asked for, where their ending may mean it', () => {
    const formatOf = (out: string, format?: 'csv' | 'csv-totals' | 'json') => {
      const settings = { out: [readOutputFile(out)], 'summary-export': undefined }
      return outputFiles(settings, format).map((file) => file.format)
    }
    assert.deepEqual(formatOf('x.csv'), ['csv'])
    assert.deepEqual(formatOf('x.csv', 'csv-totals'), ['csv-totals'])
    assert.deepEqual(formatOf('csv=x.csv', 'csv-totals'), ['csv'])
    assert.deepEqual(formatOf('x.csv', 'json'), ['csv'])
    assert.deepEqual(formatOf('x', 'json'), ['json'])
  })

  it('colour terminals only, and only who likes it', () => {
    assert.equal(mayColour(true, {}), true)
    assert.equal(mayColour(true, { NO_COLOR: '' }), true)
    assert.equal(mayColour(false, { FORCE_COLOR: '1' }), false)
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }, { FORCE_COLOR: '0' }]) {
      assert.equal(mayColour(true, environment), false)
    }
  })

  it('read server-sent events however they are cut', async () => {
    const text =
      'retry: 1000\n\n: alive\n\nevent: live\ndata: {"a":"ü"}\n\nevent: end\r\ndata: 1\r\ndata: 2\r\n\r\nevent: cut'
    const bytes = new TextEncoder().encode(text)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        async function* chunks() {
          for (let i = 1; i < places.length; i++) yield bytes.slice(places[i - 1], places[i])
        }
        const events = []
        for await (const event of readEvents(chunks())) if (event.name !== '') events.push(event)
        assert.deepEqual(events, [
          { name: 'live', data: '{"a":"ü"}' },
          { name: 'end', data: '1\n2' },
        ])
      }),
    )
  })

  it('refuse an event without end', async () => {
    async function* endless() {
      const chunk = new Uint8Array(1024 * 1024).fill(0x61)
      for (;;) yield chunk
    }
    await assert.rejects(async () => {
      for await (const _ of readEvents(endless())) assert.fail()
    }, VajraError)
  })

  it('tell errors with all their problems, and steer no terminal by them', () => {
    const error = new VajraError('SUITE_INVALID', 'bad \x1b[2J', {
      problems: [
        { path: 'a.b', message: 'is wrong', hint: 'mend it' },
        { path: '', message: 'empty' },
      ],
    })
    const text = errorText(error)
    assert.ok(!text.includes('\x1b'))
    assert.match(text, /\n {2}a\.b: is wrong\n {4}hint: mend it\n {2}empty\n$/)
    assert.match(errorText(new Error('oops')), /^vajra: a defect: oops\nError: oops\n/)
    assert.equal(exitCodeOf(new Error('x')), 1)
    assert.equal(exitCodeOf(error), 104)
  })

  it('log for people and for programs', () => {
    let text = ''
    const write = (line: string) => {
      text += line
    }
    const output = { write, colour: false }
    nodeLog({ level: 'info', pretty: true, output }).log('warn', 'peer \x1b[2J lost', { peer: 'a b', count: 2 })
    assert.match(text, /^\d\d:\d\d:\d\d warn {2}peer .\[2J lost peer="a b" count=2\n$/)
    text = ''
    const { log } = nodeLog({ level: 'warn', pretty: false, output })
    log('info', 'not this')
    log('error', 'this', { a: 1 })
    const { level, msg, a } = JSON.parse(text)
    assert.deepEqual([level, msg, a], [50, 'this', 1])
    assert.ok(prettyLine('{"level":30,"time":"2030-01-01T00:00:00Z","msg":"m"}', true).includes('\x1b[36minfo'))
  })

  it('show progress of the present only, a line every 5 s, events once', () => {
    let text = ''
    const write = (line: string) => {
      text += line
    }
    const output = { write, isTerminal: false, colour: false, width: 100, height: 24 }
    const progress = new Progress(output)
    const event = { at: 1500, kind: 'node-lost' as const, message: 'beta is lost' }
    for (let at = 1000; at <= 11_000; at += 1000) {
      progress.show({ type: 'live', data: fakeLive('r', at) })
      progress.show({ type: 'live', data: fakeLive('r', 1000) })
      progress.show({ type: 'event', data: event })
    }
    const lines = text.trimEnd().split('\n')
    assert.equal(lines.filter((line) => line.includes('beta is lost')).length, 1)
    assert.equal(lines.length, 4, text)
  })
})

describe('progress on a terminal', () => {
  it('never draws more lines than the screen has', () => {
    let text = ''
    const write = (line: string) => {
      text += line
    }
    const progress = new Progress({ write, isTerminal: true, colour: false, width: 100, height: 10 })
    const live = fakeLive('r', 1000)
    const scenarios = Array.from({ length: 50 }, (_, i) => ({ ...live.scenarios[0]!, name: `scenario-${i}` }))
    progress.show({ type: 'live', data: { ...live, scenarios } })
    const lines = text.trimEnd().split('\n')
    assert.equal(lines.length, 9)
    assert.match(lines.at(-1) ?? '', /running on 1 node/)
    progress.clear()
    assert.ok(text.endsWith('\x1b[9A\x1b[J'))
  })
})

describe('notices', () => {
  it('go above what is being drawn, and below each other otherwise', () => {
    let text = ''
    const notices = new Notices({
      write: (line) => {
        text += line
      },
    })
    const above: string[] = []
    notices.tell('one')
    notices.above = (line) => above.push(line)
    notices.tell('two')
    notices.above = undefined
    notices.tell('three')
    assert.equal(text, 'one\nthree\n')
    assert.deepEqual(above, ['two'])
  })
})

describe('reference of the command line', () => {
  it('has every command and every exit code', async () => {
    const reference = await cliReference()
    for (const name of COMMANDS.keys()) assert.ok(reference.includes(`## vajra ${name}\n`))
    for (const { code } of EXIT_CODES) assert.ok(reference.includes(`| ${code} |`))
  })
})
