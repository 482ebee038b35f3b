import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VajraError } from '../../../src/base/errors.ts'
import {
  type ClusterKeyRequest,
  formatKeyFile,
  loadClusterKey,
  newClusterKey,
  userConfigDir,
  userDataDir,
} from '../../../src/node/cluster-key.ts'

const KEY = '0123456789abcdef'.repeat(4)

describe('cluster key', () => {
  let root = ''
  const load = (request: Partial<ClusterKeyRequest> = {}) =>
    loadClusterKey({ configDir: join(root, 'config', 'vajra'), env: {}, ...request })
  const file = (text: string, mode = 0o600) => {
    const path = join(root, 'given.key')
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const invalid = (request: Partial<ClusterKeyRequest>, message: RegExp) =>
    assert.throws(
      () => load(request),
      (error) =>
        error instanceof VajraError &&
        error.code === 'CLUSTER_KEY_INVALID' &&
        error.hint !== undefined &&
        message.test(error.message),
    )

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'vajra-key-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('is made once in the configuration folder, for this user only', () => {
    const first = load()
    assert.match(first.key, /^[0-9a-f]{64}$/)
    assert.deepEqual([first.source, first.created, first.warning], ['config', true, null])
    assert.deepEqual(load(), { ...first, created: false })
    const folder = join(root, 'config', 'vajra')
    assert.deepEqual(readdirSync(folder), ['cluster.key'])
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(join(folder, 'cluster.key')).mode & 0o777, 0o600)
    assert.equal(readFileSync(join(folder, 'cluster.key'), 'utf8'), formatKeyFile(first.key))
  })

  it('is the same for nodes that start at the same moment', async () => {
    const script = join(root, 'load.mjs')
    const module = join(import.meta.dirname, '../../../src/node/cluster-key.ts')
    writeFileSync(
      script,
      `import { loadClusterKey } from ${JSON.stringify(module)}
       process.once('message', () => {
         process.send(loadClusterKey({ configDir: process.argv[2], env: {} }), () => process.exit(0))
       })
       process.send('ready')`,
    )
    const children = Array.from({ length: 4 }, () => fork(script, [join(root, 'shared')]))
    const next = (child: (typeof children)[number]) => new Promise((resolve) => child.once('message', resolve))
    await Promise.all(children.map(next))
    const loaded = Promise.all(children.map(next)) as Promise<{ key: string; created: boolean }[]>
    for (const child of children) child.send('go')
    const keys = await loaded
    assert.equal(new Set(keys.map(({ key }) => key)).size, 1)
    assert.equal(keys.filter(({ created }) => created).length, 1)
  })

  it('comes from a file, as three lines or as bare digits', () => {
    for (const text of [
      formatKeyFile(KEY),
      KEY,
      `${KEY.toUpperCase()}\r\n`,
      formatKeyFile(KEY).replaceAll('\n', '\r\n'),
    ]) {
      assert.deepEqual(load({ file: file(text) }), { key: KEY, source: 'file', created: false, warning: null })
    }
  })

  it('comes from the environment, after the file and before the configuration folder', () => {
    const env = { VAJRA_CLUSTER_KEY: KEY }
    const other = newClusterKey()
    assert.deepEqual(load({ env }), { key: KEY, source: 'environment', created: false, warning: null })
    assert.equal(load({ env, value: formatKeyFile(other) }).key, other)
    assert.equal(load({ env, file: file(other) }).key, other)
    assert.equal(load({ env: { VAJRA_CLUSTER_KEY: '' } }).source, 'config')
  })

  it('warns when others can read the file', function () {
    if (process.platform === 'win32') this.skip()
    assert.match(load({ file: file(KEY, 0o644) }).warning ?? '', /other users can read .*chmod 600/)
  })

  it('is refused with a hint when malformed, without showing any of it', () => {
    const secret = KEY.slice(0, 60)
    for (const text of [
      '',
      secret,
      `${KEY}0`,
      `/key/swarm/psk/1.0.0/\n/base64/\n${KEY}`,
      `${KEY}\n${KEY}`,
      '\0'.repeat(64),
    ]) {
      invalid({ file: file(text) }, /given\.key does not hold a cluster key/)
    }
    invalid({ value: secret }, /VAJRA_CLUSTER_KEY/)
    try {
      load({ value: secret })
    } catch (error) {
      assert.ok(!JSON.stringify([String(error), (error as VajraError).hint]).includes(secret))
    }
  })

  it('is refused with a hint when the file cannot be read or kept', () => {
    invalid({ file: join(root, 'absent') }, /cannot be read/)
    invalid({ file: root }, /cannot be read/)
    invalid({ file: file('x'.repeat(10_000)) }, /cannot be read/)
    writeFileSync(join(root, 'occupied'), '')
    invalid({ configDir: join(root, 'occupied') }, /cannot be/)
  })

  it('agrees with a key file that is there already', () => {
    const folder = join(root, 'config', 'vajra')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'cluster.key'), formatKeyFile(KEY), { mode: 0o600 })
    assert.deepEqual(load(), { key: KEY, source: 'config', created: false, warning: null })
  })
})

describe('folders of a user', () => {
  it('follow XDG, or the habit of the system', () => {
    const home = { HOME: '/home/me' }
    assert.equal(userConfigDir(home, 'linux'), '/home/me/.config/vajra')
    assert.equal(userDataDir(home, 'linux'), '/home/me/.local/share/vajra')
    assert.equal(userConfigDir({ ...home, XDG_CONFIG_HOME: '/etc/me' }, 'linux'), '/etc/me/vajra')
    assert.equal(userDataDir({ ...home, XDG_DATA_HOME: '/var/me' }, 'darwin'), '/var/me/vajra')
    assert.equal(userConfigDir({ ...home, XDG_CONFIG_HOME: 'relative' }, 'linux'), '/home/me/.config/vajra')
    assert.equal(userConfigDir(home, 'darwin'), '/home/me/Library/Application Support/vajra')
    assert.equal(userDataDir({ LOCALAPPDATA: '/local' }, 'win32'), '/local/vajra')
    assert.equal(userConfigDir({ APPDATA: '/roaming' }, 'win32'), '/roaming/vajra')
  })
})
