import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../examples/support/asking.ts'

const DEMO = join(import.meta.dirname, '../../examples/demo.ts')

describe('the demo', function () {
  this.timeout(120_000)
  let folder: string
  let demo: ChildProcess
  let output: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-demo-'))
    output = ''
    demo = spawn(process.execPath, [DEMO], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [demo.stdout, demo.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    }
  })

  afterEach(() => {
    demo.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('kills the coordinator, and the survivors hold the same report', async () => {
    const [code] = (await once(demo, 'close')) as [number | null]
    assert.equal(code, 0, output)
    assert.match(output, /kill -9 \d+: node-\d is dead/)
    const digests = [...output.matchAll(/^ +node-\d {2}([0-9a-f]{64})$/gm)].map(([, digest]) => digest)
    assert.equal(digests.length, 2, output)
    assert.equal(digests[0], digests[1])
    assert.match(output, /✓ node-\d died, the run did not/)
    await assertNothingLeft()
  })

  it('leaves nothing behind when it is interrupted in mid-run', async () => {
    const ended = once(demo, 'close')
    await until('the run to start', 60_000, () => output.includes('start together'))
    demo.kill('SIGINT')
    const [code] = (await ended) as [number | null]
    assert.equal(code, 105, output)
    await assertNothingLeft()
  })

  it('leaves nothing behind when nobody reads it any more', async () => {
    const ended = once(demo, 'exit')
    await until('the nodes to run', 60_000, () => output.includes(' pid '))
    demo.stdout?.destroy()
    await ended
    await assertNothingLeft()
  })

  /** What was killed takes a moment to go. */
  async function assertNothingLeft(): Promise<void> {
    const pids = [...output.matchAll(/ pid (\d+)$/gm)].map(([, pid]) => Number(pid))
    await until('the end of every process', 10_000, () => {
      const left = [...pids, ...processesIn(folder)].filter(isAlive)
      if (left.length > 0) throw new Error(`processes ${left.join(', ')} are left`)
      return true
    })
    assert.deepEqual(readdirSync(folder), [])
  }
})

/** Linux only: processes whose working directory is in a folder. */
function processesIn(folder: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && workingDirectory(name).startsWith(folder))
    .map(Number)
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
