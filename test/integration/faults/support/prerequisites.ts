/**
 * What the tests of real faults need of a machine, and the place they run in: a network, a process table and a `/run` of
 * their own. The kernel takes all of it back when the last process in there ends, however it ends.
 */

import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

/** Set within that place; says that everything needed is there. */
const READY_VARIABLE = 'FAULTS_NETWORK'
/** Set where something is missing; says what. */
const MISSING_VARIABLE = 'FAULTS_MISSING'

/** Administrators' commands are not on everybody's path. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`

/** Ends with whoever started it, also when that is killed; and everything within ends with it. */
const PRIVATE = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'],
]

/** Named network namespaces are files in `/run`; and where temporary folders go is to be gone afterwards, too. */
const PREPARE = 'mount -t tmpfs tmpfs /run && mkdir /run/netns /run/tmp && export TMPDIR=/run/tmp && ip link set lo up'

/** Does once, and with nothing at stake, what the tests do. */
const REHEARSAL = [
  PREPARE,
  'ip netns add rehearsal',
  'ip link add bridge0 type bridge',
  'ip link add port0 type veth peer name eth0 netns rehearsal',
  'ip link set port0 master bridge0',
  'ip netns exec rehearsal iptables -w -A INPUT -i eth0 -m statistic --mode random --probability 0.05 -j DROP',
  'ip netns exec rehearsal iptables -w -t nat -A OUTPUT -p tcp -d 10.0.0.1 -j DNAT --to-destination 10.0.0.2:1',
].join(' && ')

/** The command that runs another one in that place. */
export function privately(command: readonly string[]): readonly string[] {
  return [...PRIVATE, 'sh', '-c', `${PREPARE} && exec "$@"`, 'sh', ...command]
}

export function environment(missing: string | null): NodeJS.ProcessEnv {
  return { ...process.env, PATH, ...(missing === null ? { [READY_VARIABLE]: '1' } : { [MISSING_VARIABLE]: missing }) }
}

/** Why the tests cannot run on this machine, or null when they can. Tries it out. */
export function tryOut(): string | null {
  if (process.platform !== 'linux') return 'they need Linux'
  if (process.getuid?.() !== 0) return 'they need root'
  for (const [command, name] of [
    ['ip', 'iproute2'],
    ['iptables', 'iptables'],
    ['unshare', 'util-linux'],
    ['setpriv', 'util-linux'],
  ] as const) {
    const { status } = spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH } })
    if (status !== 0) return `the command ${command} is missing (package ${name})`
  }
  const [command = '', ...args] = [...PRIVATE, 'sh', '-c', REHEARSAL]
  const { status, stderr } = spawnSync(command, args, { env: { ...process.env, PATH }, timeout: 20_000 })
  if (status === 0) return null
  const why = stderr.toString().trim().split('\n').at(-1)
  return `this system does not let them make networks of their own (${why || `exit code ${status}`})`
}

/** Why the tests in this process are skipped, or null when they run. */
export function missing(): string | null {
  if (process.env[READY_VARIABLE] !== undefined) return null
  return process.env[MISSING_VARIABLE] ?? 'start them with npm run test:faults'
}

/** The library that tells a process another time of day, or null where the package `faketime` is not installed. */
export function clockLibrary(): string | null {
  return globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? null
}
