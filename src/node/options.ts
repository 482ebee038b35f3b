/**
 * What a node is started with. The command line fills it in from flags, environment and configuration; tests and
 * `vajra run` fill it in directly, from {@link nodeOptions}.
 */

import { availableParallelism } from 'node:os'
import type { PacingSetting } from '../base/pacing.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Takes one line for the log: `fields` are plain data, free of secrets. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void

export interface NodeOptions {
  /** How people call the node; stable over restarts. Need not be unique, the boot id is. */
  readonly name: string
  /** The user gave the name: it is kept as it is, also when two nodes of one machine share it. */
  readonly nameExplicit: boolean
  /** A mesh of one, for `vajra run`: no network, no discovery, no key. */
  readonly solo: boolean
  /**
   * Addresses of nodes to join through: `host:port`, DNS names (all their addresses are tried) or multiaddrs. One that
   * answers is enough; the rest of the mesh is learnt from it.
   */
  readonly join: readonly string[]
  /** Addresses the mesh listens on, `host:port` or multiaddrs; empty: any free port of every interface. */
  readonly listen: readonly string[]
  /** File that holds the cluster key. */
  readonly clusterKeyFile?: string
  /** The cluster key itself, as `VAJRA_CLUSTER_KEY` gives it. The file wins over it. */
  readonly clusterKey?: string
  /** The user's configuration folder, where a key is created when none is given. */
  readonly configDir: string
  /** Find other nodes of this mesh in the local network by multicast DNS. */
  readonly mdns: boolean
  /** Folder for runs and windows, or `:memory:` for what ends with the process. */
  readonly dataDir: string | ':memory:'
  /** The user named the folder: when another node holds it, that is an error. Else a numbered one is taken. */
  readonly dataDirExplicit: boolean
  /** Threads that generate load. */
  readonly workers: number
  /** How load threads wait for arrivals. */
  readonly pacing: PacingSetting
  /** How much this node can fire compared with others: weights its share, and its rank in elections. */
  readonly capacity: number
  /** First criterion of the rank in elections, higher goes first. */
  readonly priority: number
  /** `host`, `host:port` or origins this node may fire at; empty: any. */
  readonly allowTarget: readonly string[]
  /** Time to hand over and drain when the node leaves, in milliseconds. */
  readonly graceMs: number
  /** Runs of more nodes are aggregated (`src/run/keepers.ts`). For tests: all nodes of a mesh must agree about it. */
  readonly aggregateAbove?: number
  readonly log: Log
}

/** Time a leaving node takes at most, in milliseconds, when nobody says otherwise. */
export const DEFAULT_GRACE_MS = 30_000

/** More load threads than this have not paid off on one target. */
const MOST_DEFAULT_WORKERS = 16

/** Load threads when nobody says otherwise: one per CPU, less one for the control plane. */
export function defaultWorkers(cpus = availableParallelism()): number {
  return Math.max(1, Math.min(cpus - 1, MOST_DEFAULT_WORKERS))
}

/** Options with their defaults: a mesh of one in memory, unless `given` says otherwise. */
export function nodeOptions(given: Partial<NodeOptions> & { readonly configDir: string }): NodeOptions {
  const workers = given.workers ?? defaultWorkers()
  return {
    name: 'local',
    nameExplicit: true,
    solo: true,
    join: [],
    listen: [],
    mdns: false,
    dataDir: ':memory:',
    dataDirExplicit: false,
    workers,
    pacing: 'auto',
    capacity: workers,
    priority: 0,
    allowTarget: [],
    graceMs: DEFAULT_GRACE_MS,
    log: () => {},
    ...given,
  }
}
