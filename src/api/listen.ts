/** Binds the API to its address: the one asked for, or the first free one from the default on. */

import { networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { messageOf, VajraError } from '../base/errors.ts'

/** Ports tried after the default one. */
const PORTS_TRIED = 100

export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Nobody chose the port: if it is taken, the next free one will do. */
  readonly portIsDefault: boolean
}

/**
 * @returns the URL others reach it at
 * @throws VajraError PORT_IN_USE, or OPTION_INVALID when the host is not an address of this machine
 */
export async function listen(server: FastifyInstance, options: ListenOptions): Promise<string> {
  const last = options.portIsDefault ? Math.min(options.port + PORTS_TRIED, 65535) : options.port
  for (let port = options.port; port <= last; port++) {
    try {
      await server.listen({ host: options.host, port })
      return urlOf(options.host, boundPort(server, port))
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cannotListen(options.host, port, thrown)
    }
  }
  if (!options.portIsDefault) {
    throw new VajraError('PORT_IN_USE', `another process listens on ${hostPort(options.host, options.port)}`, {
      hint: 'choose another port with --http HOST:PORT, or leave --http out and a free one is found',
    })
  }
  throw new VajraError('PORT_IN_USE', `all ports from ${options.port} to ${last} of ${options.host} are in use`, {
    hint: 'choose one with --http HOST:PORT',
  })
}

function boundPort(server: FastifyInstance, asked: number): number {
  const address = server.server.address()
  return typeof address === 'object' && address !== null ? address.port : asked
}

function cannotListen(host: string, port: number, thrown: unknown): VajraError {
  return new VajraError('OPTION_INVALID', `cannot listen on ${hostPort(host, port)}: ${messageOf(thrown)}`, {
    hint: 'give --http an address of this machine and a port from 1024 to 65535',
    cause: thrown,
  })
}

function urlOf(host: string, port: number): string {
  // "All addresses" is no address: others are told one of them.
  const reachable = host === '0.0.0.0' || host === '::' ? firstAddress() : host
  return `http://${hostPort(reachable, port)}`
}

function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outside = all.filter((address) => !address.internal)
  const chosen = outside.find((address) => address.family === 'IPv4') ?? outside.find((one) => one.scopeid === 0)
  return chosen?.address ?? '127.0.0.1'
}

function hostPort(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}
