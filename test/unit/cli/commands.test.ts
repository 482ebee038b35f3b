import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { allCommands, COMMANDS } from '../../../src/cli/commands/index.ts'
import { main } from '../../../src/cli/main.ts'
import { FakeNode } from '../api/fake-node.ts'
import { runCli, SUITE, temporaryFolder, testProcess, until } from './test-process.ts'

describe('commands', () => {
  const folder = temporaryFolder()
  const { file } = folder

  describe('help', () => {
    it('is there for the program and for every command, with examples and variables', async () => {
      const program = await runCli(['--help'])
      assert.equal(program.code, 0)
      for (const command of await allCommands()) {
        assert.ok(program.stdout.includes(command.summary), command.name)
        const help = await runCli([command.name, '--help'])
        assert.equal(help.code, 0)
        assert.match(help.stdout, new RegExp(`Usage: vajra ${command.name}`))
        assert.match(help.stdout, /Examples:\n {2}\S/)
        assert.match(help.stdout, /VAJRA_CONFIG/)
        assert.equal(help.stderr, '')
        assert.equal((await runCli(['help', command.name])).stdout, help.stdout)
        for (const line of help.stdout.split('\n')) assert.ok(line.length <= 100, line)
      }
      assert.equal((await runCli([])).stdout, program.stdout)
      assert.equal((await runCli(['help'])).stdout, program.stdout)
    })

    it('names commands as they are called', async () => {
      for (const [name, load] of COMMANDS) assert.equal((await load()).name, name)
    })

    it('says the version', async () => {
      const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))
      assert.equal((await runCli(['--version'])).stdout, `${manifest.version}\n`)
    })
  })

  it('answer what cannot be meant with 104 and a hint', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['nodess'], /there is no command "nodess"\n {2}hint: did you mean vajra nodes\?/],
      [['zzzzzz'], /there is no command "zzzzzz"\n {2}hint: see vajra --help/],
      [['help', 'nods'], /there is no command "nods"/],
      [['--json'], /flags without a command/],
      [['--jsn'], /there is no flag --jsn\n {2}hint: did you mean --json\?/],
      [['run'], /vajra run needs a SUITE\n {2}hint: usage: vajra run SUITE/],
      [['run', 'a', 'b'], /unexpected argument "b"/],
      [['nodes', '--rate', '5'], /there is no flag --rate/],
      [['nodes', '--version'], /there is no flag --version/],
      [['key', 'creat'], /does not know "creat"\n {2}hint: did you mean create\?/],
      [['key'], /vajra key needs a create or show/],
      [['report', 'x'], /"x" is not the id of a run/],
      [['stop'], /vajra stop needs a RUN/],
      [['scale', 'r00000000-0000000000'], /neither --rate nor --users is given/],
      [['scale', 'r00000000-0000000000', '--rate', '5', '--users', '5'], /--rate and --users are both given/],
      [['node', '--http', '1.2.3.4:1', '--no-http'], /contradict each other/],
      [['run', 'missing.yaml'], /cannot read the suite missing.yaml/],
      [['run', '.'], /cannot read the suite \./],
      [['submit', 'x', '--out', 'json=y'], /--out without --follow/],
    ]
    for (const [argv, expected] of cases) {
      const { code, stdout, stderr } = await runCli(argv)
      assert.equal(code, 104, argv.join(' '))
      assert.match(stderr, expected)
      assert.equal(stdout, '')
    }
  })

  it('quick makes a suite of its flags', async () => {
    const node = new FakeNode()
    node.onSubmit = (runId) => node.end(runId, 'completed')
    const { code } = await runCli(['quick', 'http://127.0.0.1:1/', '-r', '5', '-d', '1s', '--json'], { node })
    assert.equal(code, 0)
    assert.equal(JSON.parse(node.submitted[0]?.text ?? '').scenarios[0].load.rate, '5/s')
    assert.equal((await runCli(['quick', 'x', '-r', '1', '-u', '1'], { node })).code, 104)
  })

  describe('validate', () => {
    it('says what a suite amounts to, and what is wrong with it', async () => {
      const good = await runCli(['validate', file('suite.yaml', SUITE)])
      assert.equal(good.code, 0)
      assert.match(good.stdout, /^valid: shop, 1s\n {2}a: 10 requests, at most 10\/s, from 0s for 1s\n$/)
      const path = file('bad.yaml', `${SUITE.replace('10/s', 'fast')}nope: 1\n`)
      const bad = await runCli(['validate', path])
      assert.equal(bad.code, 104)
      assert.equal(bad.stdout, '')
      assert.match(bad.stderr, /bad\.yaml has 2 errors\n/)
      assert.match(bad.stderr, / {2}scenarios\[0\]\.load\.rate: .*\n {4}hint: /)
    })

    it('prints one JSON document for both', async () => {
      const good = await runCli(['validate', file('suite.yaml', SUITE), '--json'])
      assert.deepEqual([good.code, JSON.parse(good.stdout).valid], [0, true])
      const bad = await runCli(['validate', file('bad.yaml', 'nope: 1'), '--json'])
      assert.equal(bad.code, 104)
      const document = JSON.parse(bad.stdout)
      assert.equal(document.valid, false)
      assert.ok(document.errors.length > 1)
      assert.equal(document.summary, null)
    })

    it('draws the planned load, as far as the terminal can show it', async () => {
      const path = file('suite.yaml', SUITE)
      const ascii = await runCli(['validate', path, '--plot'])
      assert.equal(ascii.code, 0)
      assert.match(ascii.stdout, /^valid: shop, 1s\n.*\n\na, at most 10\/s\n10\/s \|#{73}\n/)
      for (const line of ascii.stdout.split('\n')) assert.ok(line.length <= 80, line)
      const environment = { LANG: 'C', LC_ALL: 'de_DE.UTF-8' }
      const blocks = await runCli(['validate', path, '--plot'], { terminal: true, environment })
      assert.match(blocks.stdout, /\n10\/s ┤█{93}\n/)
    })

    it('adds the points of the plot to the document', async () => {
      const { stdout } = await runCli(['validate', file('suite.yaml', SUITE), '--plot', '--json'])
      const { valid, plot } = JSON.parse(stdout)
      assert.equal(valid, true)
      assert.deepEqual([plot.durationMs, plot.stepMs, plot.series.length], [1000, 2, 1])
      const [{ scenario, unit, peak, points }] = plot.series
      assert.deepEqual([scenario, unit, peak, points.length], ['a', 'rate', 10, 500])
      assert.deepEqual(points[1], { at: 2, mean: 10, peak: 10 })
      const bad = await runCli(['validate', file('bad.yaml', 'nope: 1'), '--plot', '--json'])
      assert.deepEqual([bad.code, JSON.parse(bad.stdout).plot], [104, null])
    })
  })

  describe('key', () => {
    const environment = () => ({ XDG_CONFIG_HOME: folder.path, HOME: folder.path })

    it('is created once, for its owner only, and shown', async () => {
      const none = await runCli(['key', 'show'], { environment: environment() })
      assert.equal(none.code, 104)
      assert.match(none.stderr, /there is no key/)
      assert.equal(existsSync(join(folder.path, 'vajra')), false, 'showing creates nothing')

      const created = await runCli(['key', 'create'], { environment: environment() })
      assert.equal(created.code, 0)
      const path = created.stdout.trim()
      assert.ok(path.startsWith(folder.path))
      assert.equal(statSync(path).mode & 0o777, 0o600)

      const shown = await runCli(['key', 'show', '--json'], { environment: environment() })
      const document = JSON.parse(shown.stdout)
      assert.equal(document.file, path)
      assert.ok(readFileSync(path, 'utf8').includes(document.key))

      const again = await runCli(['key', 'create'], { environment: environment() })
      assert.equal(again.code, 104)
      assert.match(again.stderr, /there is a key already/)
      const forced = await runCli(['key', 'create', '--force', '--json'], { environment: environment() })
      assert.equal(JSON.parse(forced.stdout).file, path)
      assert.ok(!readFileSync(path, 'utf8').includes(document.key))
    })

    it('goes to stdout or another file when told so', async () => {
      const printed = await runCli(['key', 'create', '--stdout'], { environment: environment() })
      assert.match(printed.stdout, /^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/)
      assert.equal(existsSync(join(folder.path, 'vajra')), false)
      const path = join(folder.path, 'sub', 'my.key')
      assert.equal((await runCli(['key', 'create', '--cluster-key-file', path])).stdout, `${path}\n`)
      assert.match(
        (await runCli(['key', 'show', '--cluster-key-file', path])).stdout,
        /^file {2}.*my\.key\nkey {3}[0-9a-f]{64}\n$/,
      )
    })

    it('comes from the environment when it is there', async () => {
      const shown = await runCli(['key', 'show'], {
        environment: { ...environment(), VAJRA_CLUSTER_KEY: 'a'.repeat(64) },
      })
      assert.match(shown.stdout, /VAJRA_CLUSTER_KEY\nkey {3}a{64}/)
    })
  })

  describe('node', () => {
    const environment = () => ({ XDG_CONFIG_HOME: folder.path, XDG_DATA_HOME: folder.path, HOME: folder.path })

    it('says where it is once it is ready, leaves on the first signal, and ends with 0', async () => {
      const node = new FakeNode()
      node.ready = { ready: false, reasons: ['no coordinator yet'] }
      const argv = ['node', '--json', '--http', '127.0.0.1:0', '--join', 'a:1,b:2', '--workers', '3', '--no-mdns']
      const context = testProcess(argv, { node, environment: environment() })
      const code = main(context)
      await until(() => context.calls.length === 1, 'listening')
      assert.equal(context.stdout.text, '')
      node.ready = { ready: true, reasons: [] }
      await until(() => context.stdout.text !== '', 'announced')
      const lines = context.stdout.text.trimEnd().split('\n')
      assert.equal(lines.length, 1)
      const { name, bootId, http, listen } = JSON.parse(lines[0] ?? '')
      assert.deepEqual([name, bootId, listen], ['alpha', 'boot-alpha', ['/ip4/127.0.0.1/tcp/1/p2p/boot']])
      assert.deepEqual(context.calls, [`http ${http}`])
      assert.equal((await fetch(`${http}/healthz`)).status, 200)

      context.signal('SIGTERM')
      assert.equal(await code, 0)
      assert.deepEqual(context.calls.slice(1), ['leave', 'close'])
      await assert.rejects(fetch(`${http}/healthz`))
      for (const line of context.stderr.text.trimEnd().split('\n')) assert.equal(typeof JSON.parse(line).msg, 'string')

      const [options] = context.created
      assert.equal(options?.name, 'test-host')
      assert.deepEqual([options?.join, options?.workers, options?.capacity], [['a:1', 'b:2'], 3, 3])
      assert.deepEqual([options?.solo, options?.mdns, options?.dataDirExplicit], [false, false, false])
      assert.ok(String(options?.dataDir).startsWith(folder.path))
      assert.equal(options?.graceMs, 30_000)
    })

    it('needs a token to listen beyond loopback, and closes the node when it cannot listen', async () => {
      const options = { node: new FakeNode(), environment: environment() }
      const refused = await runCli(['node', '--http', '0.0.0.0:0'], options)
      assert.equal(refused.code, 104)
      assert.match(refused.stderr, /may not listen on 0\.0\.0\.0 without a token/)
      assert.deepEqual(refused.context.calls, ['close'])
    })

    it('serves no API when told so, and passes the key on', async () => {
      const key = 'b'.repeat(64)
      const node = new FakeNode()
      const context = testProcess(['node', '--no-http', '--cluster-key-file', '/k', '--data-dir', '/d'], {
        node,
        environment: { ...environment(), VAJRA_CLUSTER_KEY: key, VAJRA_NAME: 'edge-7' },
      })
      const code = main(context)
      await until(() => context.stdout.text !== '', 'announced')
      assert.equal(context.stdout.text, 'node alpha is ready: no API\n')
      context.signal('SIGINT')
      assert.equal(await code, 0)
      const [options] = context.created
      assert.deepEqual([options?.name, options?.clusterKey, options?.clusterKeyFile], ['edge-7', key, '/k'])
      assert.deepEqual([options?.dataDir, options?.dataDirExplicit], ['/d', true])
    })

    it('quits at once on the second signal', async () => {
      const context = testProcess(['node', '--no-http'], { node: new FakeNode(), environment: environment() })
      void main(context)
      await until(() => context.stdout.text !== '', 'announced')
      context.signal('SIGINT')
      context.signal('SIGINT')
      assert.deepEqual(context.exits, [105])
    })
  })
})
