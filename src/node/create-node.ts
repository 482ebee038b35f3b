/** The composition root: everything a node is made of, put together in one place. */

// Before the rest, which it is about.
import './small-heap.ts'
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { RunId } from '../base/ids.ts'
import { recipientsOf } from '../coordination/keeping.ts'
import type { NodeInfo, RunRecord } from '../coordination/messages.ts'
import { initialState } from '../coordination/state.ts'
import { IDLE } from '../membership/view.ts'
import type { MeshPort } from '../mesh/mesh-port.ts'
import { createSoloMesh } from '../mesh/solo-mesh.ts'
import { SLOT_COUNT } from '../run/allotment.ts'
import { factsOf } from '../run/facts.ts'
import { AGGREGATE_ABOVE } from '../run/keepers.ts'
import type { ShareTable } from '../run/share-table.ts'
import type { StorePort } from '../store/store-port.ts'
import { monotonicNow } from '../worker/monotonic.ts'
import { WorkerPool } from '../worker/pool.ts'
import { loadClusterKey } from './cluster-key.ts'
import { cpuTimes } from './cpu-times.ts'
import { readDataTables } from './data-tables.ts'
import { type DataTransfer, openDataTransfer } from './data-transfer.ts'
import { Driver } from './driver.ts'
import { firersOf } from './firers.ts'
import { inTurn } from './in-turn.ts'
import { MeshNode } from './mesh-node.ts'
import { nodeResources } from './node-resources.ts'
import type { NodeOptions } from './options.ts'
import { Preflight } from './preflight.ts'
import { restoreRuns } from './restore-runs.ts'
import { RunBook, SuiteCache } from './run-book.ts'
import { RunWorkers } from './run-workers.ts'
import type { RunningNode } from './running-node.ts'
import { SelfLoad } from './self-load.ts'
import { openStorage } from './storage.ts'
import { CREDENTIALS_URL, TASKS_URL } from './thread-urls.ts'
import { programVersion } from './version.ts'
import { WindowExchange } from './window-exchange.ts'

const INFO_EVERY_MS = 2000
const LIVE_EVERY_MS = 1000
const TRANSFER_EVERY_MS = 500

const clock: Clock = { monotonic: monotonicNow, wall: () => Date.now() }

/**
 * Starts a node.
 *
 * @throws VajraError for options that cannot be used: key, addresses, ports, data folder
 */
export async function createNode(options: NodeOptions): Promise<RunningNode> {
  const mesh = await createMesh(options)
  const { store, release, suffix, formerLives } = openStorage(options, mesh.bootId)
  const named = { ...options, name: `${options.name}${suffix}` }
  const node = assemble(named, mesh, store)
  node.driver.input({ kind: 'former-lives', bootIds: formerLives })
  try {
    await mesh.start(node.driver.meshEvents())
  } catch (error) {
    await node.shutDown()
    release()
    throw error
  }
  restoreRuns(node, store, options.log)
  node.driver.start()
  return running(node, named, mesh, store, release)
}

async function createMesh(options: NodeOptions): Promise<MeshPort> {
  if (options.solo) return createSoloMesh(`solo-${randomBytes(6).toString('hex')}`)
  const { clusterKeyFile, clusterKey, configDir } = options
  const key = loadClusterKey({
    configDir,
    env: process.env,
    ...(clusterKeyFile === undefined ? {} : { file: clusterKeyFile }),
    ...(clusterKey === undefined ? {} : { value: clusterKey }),
  })
  if (key.warning !== null) options.log('warn', key.warning)
  if (key.created) options.log('info', `created a cluster key in ${configDir}`)
  // Loaded late: a mesh of one starts without it.
  const { createLibp2pMesh } = await import('../mesh/libp2p-mesh.ts')
  return createLibp2pMesh({
    clusterKey: key.key,
    join: options.join,
    mdns: options.mdns,
    name: options.name,
    localDirectory: join(configDir, 'nodes'),
    ...(options.listen.length === 0 ? {} : { listen: options.listen }),
    clock,
  })
}

interface Assembled {
  readonly driver: Driver
  readonly node: MeshNode
  readonly pool: WorkerPool
  readonly book: RunBook
  readonly suites: SuiteCache
  readonly selfLoad: SelfLoad
  readonly transfer: DataTransfer
  readonly onLeft: (callback: () => void) => void
  setInfo(change: Partial<NodeInfo>): void
  shutDown(): Promise<void>
}

function assemble(options: NodeOptions, mesh: MeshPort, store: StorePort): Assembled {
  const { log } = options
  const version = programVersion()
  const suites = new SuiteCache()
  const book = new RunBook()
  const suiteOf = (runId: RunId) => book.page(runId)?.suite
  let left = () => {}
  let info: NodeInfo = {
    name: options.name,
    capacity: options.capacity,
    priority: options.priority,
    version,
    http: null,
    load: IDLE,
  }
  const pool = new WorkerPool({
    threads: options.workers,
    pacing: options.pacing,
    node: options.name,
    bootId: mesh.bootId,
    tasksUrl: TASKS_URL,
    credentialsUrl: CREDENTIALS_URL,
    onBatch: (batch) => {
      if (workers.takes(batch)) return
      workers.chain(batch.runId, exchange.publish(batch))
      selfLoad.noteWindows(batch.windows)
    },
    onDrained: (drained) => {
      selfLoad.forgetLateness()
      workers.drained(drained, (input) => driver.input(input))
    },
    onFault: (runId, error) => log('error', `${runId === null ? '' : `run ${runId}: `}${error.message}`),
    onLog: (level, message) => log(level, message),
  })
  const selfLoad = new SelfLoad({ cpuTimes, cpus: availableParallelism(), workers: () => pool.status() })
  const workers = new RunWorkers({
    ...{ pool, clock, node: options.name, bootId: mesh.bootId },
    slotCount: SLOT_COUNT,
    allowTarget: options.allowTarget,
    suiteOf,
    tablesOf: (suite) => readDataTables(suite, store),
    log,
  })
  const transfer = openDataTransfer({ mesh, store, clock, log, driver: () => driver })
  const exchange: WindowExchange = new WindowExchange({
    mesh,
    store,
    suiteOf,
    recipientsOf: (runId) => recipientsOf(driver.state, runId, clock.monotonic()),
    heldOf: (runId) => driver.state.runs.get(runId)?.held,
    input: (input) => driver.input(input),
    added: (batch) => {
      book.page(batch.runId)?.add(batch, tableOf(batch.runId))
      node.progressed(batch.runId)
    },
    others: (from, value) => transfer.receive(from, value),
    complain: (from, error) => driver.complain(from, error),
    log,
  })
  const describe = (source: RunRecord['source']) => {
    const suite = suites.get(source)
    return suite === null ? null : factsOf(suite)
  }
  const { aggregateAbove = AGGREGATE_ABOVE } = options
  info = { ...info, load: { ...IDLE, pacing: pool.status().pacing } }
  const driver: Driver = new Driver(initialState({ bootId: mesh.bootId, info, describe, aggregateAbove }), {
    mesh,
    store,
    workers,
    clock,
    log,
    hooks: {
      runChanged,
      runSettled: (runId) => node.settled(runId),
      accepted: (runId, replicated) => node.accepted(runId, replicated),
      left: () => left(),
      admits: (from, message) => transfer.admits(from, message),
      windows: (from, bytes) => exchange.receive(from, bytes),
      serve: (to, runId, bootId, ranges) => exchange.serve(to, runId, bootId, ranges),
      preflight: (from, value) => preflight.receive(from, value),
    },
  })
  const preflight = new Preflight({
    node: options.name,
    allowTarget: options.allowTarget,
    mesh,
    clock,
    firers: () => firersOf(driver.state),
    resources: () => {
      const cpus = availableParallelism()
      return nodeResources({ cpus, loadThreads: options.workers, headroom: selfLoad.headroom })
    },
    passed: () => pool.expect(),
  })
  const node: MeshNode = new MeshNode({
    options,
    version,
    clock,
    mesh,
    store,
    pool,
    book,
    driver: () => driver,
    exchange: () => exchange,
    preflight,
  })

  function tableOf(runId: RunId): ShareTable | null {
    return driver.state.runs.get(runId)?.table ?? null
  }

  function runChanged(runId: RunId): void {
    const run = driver.state.runs.get(runId)
    const suite = run === undefined ? null : suites.get(run.record.source)
    if (run === undefined || suite === null) return
    const page = book.open(runId, suite)
    if (run.table !== null) page.noteTable(run.table)
    node.runChanged(runId)
    for (const known of book.runIds()) if (!driver.state.runs.has(known)) book.close(known)
  }

  return {
    driver,
    node,
    pool,
    book,
    suites,
    selfLoad,
    transfer,
    onLeft: (callback) => {
      left = callback
    },
    setInfo: (change) => {
      info = { ...info, ...change }
      driver.input({ kind: 'info', info })
    },
    shutDown: () => {
      driver.close()
      return inTurn(log, [() => pool.close(), () => store.close()])
    },
  }
}

function running(
  assembled: Assembled,
  options: NodeOptions,
  mesh: MeshPort,
  store: StorePort,
  release: () => void,
): RunningNode {
  const { driver, node, pool } = assembled
  const infoTimer = setInterval(
    () => assembled.setInfo({ load: assembled.selfLoad.sample(INFO_EVERY_MS) }),
    INFO_EVERY_MS,
  )
  const liveTimer = setInterval(() => node.tick(), LIVE_EVERY_MS)
  const transferTimer = setInterval(() => assembled.transfer.tick(), TRANSFER_EVERY_MS)
  let closing: Promise<void> | undefined

  const close = (): Promise<void> => {
    clearInterval(infoTimer)
    clearInterval(liveTimer)
    clearInterval(transferTimer)
    driver.close()
    closing ??= inTurn(options.log, [() => pool.close(), () => mesh.stop(), () => store.close(), release])
    return closing
  }

  return {
    port: node,
    bootId: mesh.bootId,
    listenAddresses: () => mesh.listenAddresses(),
    setHttp: (url) => assembled.setInfo({ http: url }),
    close,
    leave: async () => {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          options.log('warn', `could not hand over within ${options.graceMs / 1000} s; leaving all the same`)
          resolve()
        }, options.graceMs)
        assembled.onLeft(() => {
          clearTimeout(timer)
          resolve()
        })
        driver.input({ kind: 'leave' })
      })
      await close()
    },
  }
}
