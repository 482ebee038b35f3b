/**
 * Every bound in one place. Whatever grows has one; what is cut off by it is refused with an error or counted.
 */

const KIB = 1024
const MIB = 1024 * KIB

export const LIMITS = Object.freeze({
  /** Largest suite document, in bytes. Gossip carries it, so it stays well below the gossip limit. */
  suiteBytes: 128 * KIB,
  /** Largest gossiped message, in bytes (gossipsub itself drops silently above 4 MiB). */
  gossipBytes: 256 * KIB,
  /** Largest message on a control stream, in bytes. */
  controlBytes: 1 * MIB,
  /** Largest window message on a windows stream, in bytes. */
  windowsBytes: 4 * MIB,
  /** Deepest nesting of a message's value. */
  messageDepth: 64,
  /** Strings, binaries, arrays and maps in one message: bounds what its few bytes can make a receiver allocate. */
  messageValues: 250_000,
  /** Addresses kept of one node. */
  addressesPerNode: 8,
  /** Bytes queued for one peer on one stream before messages are dropped and counted. */
  sendQueueBytes: 32 * MIB,
  /** Largest API request body, in bytes. */
  httpBodyBytes: 1 * MIB,
  /** Open connections of one node's API. */
  httpConnections: 1024,
  scenarios: 100,
  /** Steps of one scenario, those of its groups and of all parts of its mix included. */
  steps: 100,
  /** Steps that one iteration takes when it takes all of them, repetitions included. */
  stepsPerIteration: 10_000,
  /** How many times a step or a group is taken, one after the other. */
  stepRepeat: 1000,
  /** Weight of one part of a mix, and the sum of all when what they have in common is divided out. */
  mixWeight: 10_000,
  /** Tags of one step, its groups' and its scenario's included. */
  tags: 16,
  /** Stages, steps or points of one profile. */
  stages: 1000,
  /** Rounds of one profile: a day of seconds. */
  repeat: 86_400,
  thresholds: 200,
  /** Longest time a fault may be waited for, in milliseconds: 1 h. */
  thresholdForMs: 3600 * 1000,
  headers: 100,
  nameLength: 64,
  /** A sentence for people: the reason of an end, the message of an event. */
  sentenceLength: 2000,
  urlLength: 8192,
  /** Characters of a JSONPath or a regular expression in a suite. */
  patternLength: 1024,
  /**
   * Characters of a text times instructions of a regular expression: what it is applied to at the most. About a second at
   * the worst; 1 MiB for patterns of the length of `order-(\d+)`.
   */
  patternWork: 20_000_000,
  /** Variables of a suite, and names of environment variables that it asks for. */
  variables: 200,
  /** Values taken out of one answer, and expectations of it. */
  extractions: 50,
  expectations: 50,
  /** Characters of an expectation's name. */
  checkNameLength: 100,
  /** Largest body that is kept for looking at it, in bytes, before and after decoding; and what is taken out of it. */
  answerBytes: 1 * MIB,
  extractedLength: 64 * KIB,
  /** Iterations of one scenario whose stored values a thread keeps. */
  storedRecords: 10_000,
  /** Cookies of one user, and bytes of one (RFC 6265, section 6.1, asks for at least 50 of a domain, and 4096). */
  cookiesPerUser: 200,
  cookieBytes: 4096,
  /** Longest profile, in milliseconds: 24 h. */
  durationMs: 24 * 3600 * 1000,
  /** Highest rate of one scenario, arrivals per second. */
  rate: 1_000_000,
  /** Most users of one scenario. */
  users: 1_000_000,
  /** Longest time a request may be given, in milliseconds: 1 h, the top of the histograms. */
  timeoutMs: 3600 * 1000,
  /** Longest wait for requests in flight after the last arrival, in milliseconds: 1 h. */
  gracefulStopMs: 3600 * 1000,
  /** All data files of one suite together, in bytes: every node keeps them in memory while the run goes on. */
  dataBytes: 8 * MIB,
  /** Data files are sent between nodes in parts of this size, in bytes. */
  dataPartBytes: 256 * KIB,
  /** Sources of data of one suite, and columns of one of them. */
  dataSources: 20,
  dataColumns: 200,
  dataRows: 2_000_000,
  /** Path of a data file, in characters. */
  pathLength: 1024,
  /** Lists and maps nested in each other in a suite document. */
  suiteDepth: 32,
  /** Problems listed for one suite; the rest are only counted. */
  problems: 200,
  /** Most in-flight requests of one scenario on one node. */
  inFlight: 1_000_000,
  /** Most requests in flight on one connection. */
  pipelining: 1000,
  /** Most connections opened before the start. */
  warmConnections: 1_000_000,
  /** Runs that have not ended, in the whole mesh. */
  activeRuns: 32,
  /** Ended runs a node keeps. */
  endedRuns: 1000,
  /** Earlier boot ids that a node tells of. */
  formerLives: 4,
  /** Nodes of one mesh. */
  nodes: 1024,
  /** Distinct error kinds kept per window; further ones count as `other`. */
  errorKinds: 64,
  /** Distinct error kinds told apart in a run's totals, of which a report lists the most frequent `errorKinds`. */
  errorKindsPerRun: 1024,
  /** Characters of an error kind. */
  errorKindLength: 128,
  /** Windows (scenario and step) of one node in one second. */
  windowsPerBatch: 1024,
  /** Largest window sequence: longer than any run. */
  windowSequence: 10_000_000,
  /** Largest count of requests, and largest number of bytes, in one window. */
  windowCount: 2 ** 32 - 1,
  windowBytes: 2 ** 40,
  /** Changes of the load in one run, and such that one node has to tell of at a time. */
  revisionsPerRun: 100,
  changesAtOnce: 16,
  /** Values that a setup finds for everybody, characters of each, and of all: they are in every table of the run. */
  setupValues: 64,
  setupValueLength: 4096,
  setupLength: 16 * KIB,
  /** Events kept per run. */
  eventsPerRun: 1000,
  /** Listeners of `GET /runs/:id/events` on one node. */
  eventStreams: 256,
  /** Bytes unsent to one listener before live totals are skipped for it; at 16 times as many it is cut off. */
  eventStreamBytes: 256 * KIB,
  /** Window sequences asked for in one pull. */
  pullSequences: 512,
  /** Window sequences of all nodes asked for at a time where they are many: some megabytes. */
  pullSequencesAtOnce: 4096,
})
