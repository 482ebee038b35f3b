import type { HttpDriverName } from '../../suite/spec.ts'
import type { HttpDriver } from './driver.ts'

/** What has been loaded on this thread, and whether it has been rehearsed. */
const loaded = new Map<HttpDriver, boolean>()

/** Loaded when first used, so that a node that has never fired anything does not carry an HTTP client. */
export async function loadDriver(name: HttpDriverName): Promise<HttpDriver> {
  const driver = await importDriver(name)
  if (!loaded.has(driver)) loaded.set(driver, false)
  return driver
}

async function importDriver(name: HttpDriverName): Promise<HttpDriver> {
  if (name === 'wire') return (await import('./wire/wire-driver.ts')).wireDriver
  return (await import('./undici/undici-driver.ts')).undiciDriver
}

/** Brings what has been loaded up to speed, each driver once per thread. Nobody has to wait for it. */
export async function rehearseDrivers(): Promise<void> {
  const fresh = [...loaded].flatMap(([driver, isRehearsed]) => (isRehearsed ? [] : [driver]))
  for (const driver of fresh) loaded.set(driver, true)
  await Promise.all(fresh.map((driver) => driver.rehearse()))
}
