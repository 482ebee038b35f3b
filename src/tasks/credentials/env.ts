/** `env:NAME`: an environment variable of the node. */

import { type Resolver, unresolved } from './resolver.ts'

export const resolver: Resolver = {
  async resolve(name, { reference, mostBytes }) {
    const value = process.env[name]
    if (value === undefined || value === '') {
      const why = value === undefined ? 'the environment variable is not set' : 'the environment variable is empty'
      throw unresolved(reference, why, `set ${name} in the environment of every node`)
    }
    if (Buffer.byteLength(value) > mostBytes) {
      const why = `the environment variable is larger than ${mostBytes} bytes`
      throw unresolved(reference, why, 'check that it is the secret')
    }
    return value
  },
}
