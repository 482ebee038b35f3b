/** Nodes that start again with their disk: what their new life knows of the one before, and what it may do with that. */

import assert from 'node:assert/strict'
import { LOAD, RUN_ID, Scene } from './scene.ts'

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1)

/** As in `effects.ts`: the host whose nodes listen where those before them did. */
const SAME_PORT = 1

describe('simulated mesh, a node that starts again', () => {
  it('has the share of its former life fired by others within two seconds, though it answers for that one', () => {
    for (const seed of SEEDS) {
      const scene = Scene.running(3, seed)
      const { world } = scene
      const host = world.hosts[SAME_PORT]!
      const former = host.node!
      const killedAt = world.now
      world.kill(former)
      world.advance(1)
      world.boot(host)
      world.advance(4000)
      const { firing } = scene.checkers
      const until = world.now - firing.trueStart(RUN_ID) - 500
      firing.noGapOutside(RUN_ID, [[killedAt - 150, killedAt + 2000]], until)
      scene.finish()
    }
  })

  it('proves its former life gone also when its machine was down, to those who meet it where that one was', () => {
    for (const seed of SEEDS) {
      const scene = Scene.running(2, seed)
      const { world } = scene
      const host = world.hosts[SAME_PORT]!
      world.kill(host.node!, { power: true })
      world.advance(200)
      world.boot(host)
      scene.finish()
    }
  })

  it('goes on with a run that only its former life could vote on, and had not planned', () => {
    const scene = Scene.formed(1, 1)
    const { world } = scene
    const [host] = world.hosts
    world.submit(host!.node!, RUN_ID, LOAD)
    for (let life = 0; life < 3; life++) {
      world.kill(host!.node!)
      world.advance(1000)
      world.boot(host!)
    }
    scene.finish(30_000, true)
    assert.equal(host!.node!.state.runs.get(RUN_ID)?.table?.phase, 'completed')
  })

  it('does not when its machine was down: what is up again may be a copy', () => {
    const scene = Scene.formed(1, 1)
    const { world } = scene
    const [host] = world.hosts
    world.submit(host!.node!, RUN_ID, LOAD)
    world.kill(host!.node!, { power: true })
    world.advance(1000)
    world.boot(host!)
    world.advance(30_000)
    assert.equal(host!.node!.state.runs.get(RUN_ID)?.table, null)
  })

  it('waits with such a run for all others who could vote on it, until they too have told of their lives', () => {
    for (const seed of SEEDS) {
      const scene = Scene.formed(3, seed)
      const { world } = scene
      world.advance(1000)
      const { follower } = scene
      const hosts = [...world.hosts]
      world.submit(follower, RUN_ID, LOAD)
      for (const { node } of hosts) world.kill(node!)
      world.advance(1000)
      const again = world.boot(world.hosts[follower.host]!)
      world.advance(20_000)
      assert.equal(again.state.runs.get(RUN_ID)?.table, null, `seed ${seed}: it is alone`)
      const [one, other] = hosts.filter((host) => host.node !== again)
      world.boot(one!)
      world.advance(5000)
      assert.equal(again.state.runs.get(RUN_ID)?.table, null, `seed ${seed}: one may still live`)
      world.boot(other!)
      scene.finish(30_000, true)
      assert.equal(again.state.runs.get(RUN_ID)?.table?.phase, 'completed')
    }
  })
})
