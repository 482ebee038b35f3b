/** Nodes, suites and runs as a core knows them, for tests: the least there can be, with what a test is about given over. */

import type { NodeInfo } from '../../../src/coordination/messages.ts'
import { IDLE } from '../../../src/membership/view.ts'
import type { RunFacts } from '../../../src/run/facts.ts'
import type { ShareTable, TableMember } from '../../../src/run/share-table.ts'

export function nodeInfo(name: string): NodeInfo {
  return { name, capacity: 1, priority: 0, version: '1', http: null, load: IDLE }
}

export function runFacts(given: Partial<RunFacts> = {}): RunFacts {
  return {
    suite: 's',
    onNodeLoss: 'continue',
    shares: 'equal',
    durationMs: 5000,
    gracefulStopMs: 0,
    scenarios: [],
    setupMs: null,
    teardownMs: null,
    ...given,
  }
}

/** A node that takes part in a run from its start on. */
export function member(bootId: string): TableMember {
  return { bootId, node: bootId, weight: 1, firstFrom: 0, lostAt: null, givenUpAt: null, final: null, left: false }
}

/** The table of a run of these nodes, which all vote, planned by one of them. */
export function shareTable(
  runId: string,
  coordinator: string,
  bootIds: readonly string[],
  given: Partial<ShareTable> = {},
): ShareTable {
  return {
    runId,
    version: { term: { number: 1, solo: false, coordinator }, sequence: 1 },
    phase: 'running',
    members: bootIds.map(member),
    voters: bootIds,
    holders: [],
    since: [],
    startAt: 0,
    startedAt: 0,
    stopAt: null,
    reason: null,
    verdict: null,
    revisions: [],
    setup: null,
    teardown: null,
    degraded: false,
    events: [],
    ...given,
  }
}
