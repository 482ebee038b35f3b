import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { readArguments } from '../../../src/cli/arguments.ts'
import { FLAGS, type FlagName, variableOf } from '../../../src/cli/flag-table.ts'
import { misspelledVariables, resolveSettings } from '../../../src/cli/settings.ts'

const ALL = Object.keys(FLAGS) as FlagName[]

describe('settings', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vajra-cli-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  function resolve(argv: readonly string[], environment: Record<string, string> = {}, names: FlagName[] = ALL) {
    return resolveSettings(names, readArguments(argv, [...names, 'config']), environment)
  }

  async function problemsOf(argv: readonly string[], environment: Record<string, string> = {}): Promise<string> {
    try {
      await resolve(argv, environment)
    } catch (thrown) {
      assert.ok(thrown instanceof VajraError)
      assert.equal(thrown.exitCode, 104)
      const lines = thrown.problems.map((one) => `${one.path}: ${one.message} (${one.hint})`)
      return [thrown.message, thrown.hint, ...lines].join('\n')
    }
    assert.fail('was accepted')
  }

  function config(text: string, name = 'config.yaml'): string {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  it('take a flag over the environment, that over the configuration, that over the default', async () => {
    const path = config('workers: 2')
    const environment = { VAJRA_WORKERS: '3' }
    assert.equal((await resolve(['--config', path, '--workers', '4'], environment)).workers, 4)
    assert.equal((await resolve(['--config', path], environment)).workers, 3)
    assert.equal((await resolve(['--config', path])).workers, 2)
    assert.equal((await resolve([])).workers, undefined)
    assert.equal((await resolve([], { VAJRA_CONFIG: path })).workers, 2)
    assert.equal((await resolve(['--no-mdns=false'], { VAJRA_NO_MDNS: 'yes' }))['no-mdns'], false)
  })

  it('read every kind of flag the same from all three places', async () => {
    const samples: readonly (readonly [FlagName, string, string, unknown])[] = [
      ['workers', '7', '7', 7],
      ['priority', '-3', '-3', -3],
      ['json', 'true', 'true', true],
      ['join', 'a:1,b:2', '[a:1, b:2]', ['a:1', 'b:2']],
      ['grace', '1m30s', '1m30s', 90_000],
      ['log-level', 'debug', 'debug', 'debug'],
      ['node', 'localhost:1', '"localhost:1"', ['http://localhost:1']],
      ['http', '0.0.0.0:80', '"0.0.0.0:80"', { host: '0.0.0.0', port: 80 }],
      ['header', 'a: b', '["a: b"]', [['a', 'b']]],
      ['out', 'csv=x', 'csv=x', [{ format: 'csv', byEnding: [], file: 'x' }]],
      ['rate', '500', '500', '500'],
    ]
    for (const [name, text, yaml, expected] of samples) {
      const fromFlag = await resolve([`--${name}=${text}`])
      const fromVariable = await resolve([], { [variableOf(name)]: text })
      const fromFile = await resolve(['--config', config(`${name}: ${yaml}`)])
      for (const settings of [fromFlag, fromVariable, fromFile]) assert.deepEqual(settings[name], expected, name)
    }
  })

  it('have a variable for every flag, and take an empty one for none', async () => {
    const empty = Object.fromEntries(ALL.map((name) => [variableOf(name), '']))
    assert.deepEqual(await resolve([], empty), await resolve([]))
    assert.equal(variableOf('cluster-key-file'), 'VAJRA_CLUSTER_KEY_FILE')
  })

  it('read flags as people write them', async () => {
    const settings = await resolve([
      '-u50',
      '-d',
      '10s',
      '-H',
      'a: 1',
      '-H',
      'b: 2',
      '--join=x',
      '--join',
      'y,z',
      '-fq',
    ])
    assert.equal(settings.users, 50)
    assert.equal(settings.duration, '10s')
    assert.deepEqual(settings.header, [
      ['a', '1'],
      ['b', '2'],
    ])
    assert.deepEqual(settings.join, ['x', 'y', 'z'])
    assert.deepEqual([settings.follow, settings.quiet], [true, true])
    assert.equal((await resolve(['--vus', '3'])).users, 3)
    const dash = readArguments(['run', '-', '--', '--json'], ALL)
    assert.deepEqual(dash.positionals, ['run', '-', '--json'])
  })

  it('say where a mistake is, and what to do', async () => {
    assert.match(await problemsOf(['--workers', 'x']), /^flag --workers: "x" is not a whole number\n.*1 to 256/)
    assert.match(
      await problemsOf([], { VAJRA_WORKERS: 'x' }),
      /^environment variable VAJRA_WORKERS: "x" is not a whole number/,
    )
    const path = config('workers: x')
    assert.ok((await problemsOf(['--config', path])).startsWith(`${path}: workers: "x" is not a whole number`))
    assert.match(await problemsOf(['--joim', 'x']), /there is no flag --joim\ndid you mean --join\?/)
    assert.match(await problemsOf(['--whatever']), /there is no flag --whatever\nsee --help/)
    assert.match(await problemsOf(['-z']), /there is no flag -z/)
    assert.match(await problemsOf(['--workers']), /flag --workers needs a value\nwrite --workers N/)
    assert.match(await problemsOf(['--workers', '--json']), /flag --workers needs a value\n.*--workers=--json/)
    assert.match(await problemsOf(['--workers', '1', '--workers', '2']), /flag --workers: given more than once/)
    assert.match(await problemsOf(['--workers', '0']), /0 is out of range/)
    assert.match(await problemsOf(['--workers', '1e3']), /not a whole number/)
    assert.match(await problemsOf(['--json=maybe']), /"maybe" is neither true nor false/)
    assert.match(await problemsOf(['--grace', '30']), /has no unit/)
    assert.match(await problemsOf(['--grace', '2h']), /longer than/)
    assert.match(await problemsOf(['--log-level', 'loud']), /not one of the choices/)
    assert.match(await problemsOf(['--node', 'ftp://x']), /not an address for HTTP/)
    assert.match(await problemsOf(['--node', 'http://']), /not the address of a node/)
    assert.match(await problemsOf(['--node', 'http://u:secret@x']), /carries credentials/)
    assert.doesNotMatch(await problemsOf(['--node', 'http://u:secret@x']), /secret/)
    assert.match(await problemsOf(['--http', 'x']), /not an address to listen on/)
    assert.match(await problemsOf(['--http', '1.2.3.4:99999']), /not an address to listen on/)
    assert.match(await problemsOf(['--out', 'exe=x']), /"exe" is not a format/)
    assert.match(await problemsOf(['--out', 'json=']), /names no file/)
    assert.match(await problemsOf(['--header', 'nonsense']), /not a header/)
    assert.match(await problemsOf(['--name=']), /flag --name: is empty/)
    assert.match(await problemsOf(['--__proto__', 'x']), /there is no flag --__proto__/)
    assert.match(await problemsOf(['--constructor']), /there is no flag --constructor/)
  })

  it('tell all mistakes together', async () => {
    const text = await problemsOf(['--nope', '--workers', 'x'], { VAJRA_GRACE: 'y' })
    assert.match(text, /^3 options are wrong/)
    for (const part of ['no flag --nope', 'flag --workers:', 'environment variable VAJRA_GRACE:']) {
      assert.ok(text.includes(part), part)
    }
  })

  it('say what is wrong with a configuration file', async () => {
    const wrong = async (text: string, name?: string) => problemsOf(['--config', config(text, name)])
    assert.match(await wrong('worker: 2'), /worker: is not the name of a flag \(did you mean workers\?\)/)
    assert.match(await wrong('- a'), /is not a map of flag names/)
    assert.match(await wrong('workers: [1, 2]'), /workers: is a list, but takes one value/)
    assert.match(await wrong('name: { a: 1 }'), /name: is neither a text nor a number/)
    assert.match(await wrong('a: [', 'c.yaml'), /cannot be read/)
    assert.match(await wrong('{', 'c.json'), /cannot be read/)
    assert.match(await wrong('config: x'), /config: is not the name of a flag/)
    assert.match(await problemsOf(['--config', join(folder, 'missing')]), /cannot read the configuration file/)
    assert.equal((await resolve(['--config', config('')])).workers, undefined)
  })

  it('ignore flags of other commands in a configuration file that all commands share', async () => {
    const path = config('workers: 2\nrate: 5')
    const settings = await resolve(['--config', path], {}, ['workers'])
    assert.deepEqual(settings, { workers: 2 })
  })

  it('point at variables with a slip of the pen, and leave others alone', () => {
    const warnings = misspelledVariables({
      VAJRA_WORKER: '1',
      VAJRA_SHOP_PASSWORD: 'x',
      VAJRA_CLUSTER_KEY: 'k',
      HOME: '/',
    })
    assert.deepEqual(warnings, ['environment variable VAJRA_WORKER is not used; did you mean VAJRA_WORKERS?'])
  })

  it('never fail otherwise than by saying so, whatever is given', async () => {
    const word = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(...ALL.map((name) => `--${name}`), '-H', '-x', '--', '-', '--=', '---', '--no-', '1'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (argv) => {
        try {
          await resolve(argv)
        } catch (thrown) {
          assert.ok(thrown instanceof VajraError, String(thrown))
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('flags', () => {
  it('have no letter twice within a command', async () => {
    const { allCommands } = await import('../../../src/cli/commands/index.ts')
    for (const command of await allCommands()) {
      const shorts = command.flags.flatMap((name) => FLAGS[name].short ?? [])
      assert.equal(new Set(shorts).size, shorts.length, command.name)
      assert.equal(new Set(command.flags).size, command.flags.length, command.name)
    }
  })
})
