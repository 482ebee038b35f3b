import type { HttpDriverName } from '../../suite/spec.ts'
import type { HttpDriver } from './driver.ts'

/** Loaded when first used, so that a node that has never fired anything does not carry an HTTP client. */
export async function loadDriver(name: HttpDriverName): Promise<HttpDriver> {
  if (name === 'wire') return (await import('./wire/wire-driver.ts')).wireDriver
  return (await import('./undici/undici-driver.ts')).undiciDriver
}
