/** `--allow-target`: what a node may fire at, so that a mesh cannot be turned on a stranger. */

import type { HttpParameters, Suite } from '../suite/spec.ts'

/** The absolute URLs a suite sends requests to, as origins, each once. */
export function targetsOf(suite: Suite): string[] {
  const parts = [...suite.scenarios, suite.setup, suite.teardown]
  const steps = parts.flatMap((part) => part?.steps ?? [])
  const origins = steps.flatMap(({ task }) => {
    const { url, auth } = task.parameters as Partial<HttpParameters>
    // A client secret is sent to the token endpoint.
    const urls = [url, auth?.sent?.scheme === 'oauth2' ? auth.sent.tokenUrl : undefined]
    return urls.flatMap((each) => (typeof each === 'string' && URL.canParse(each) ? [new URL(each).origin] : []))
  })
  return [...new Set(origins)]
}

/**
 * Targets of a suite that are not allowed.
 *
 * @param allowed `host`, `host:port` or origins (`https://host`); empty allows everything
 */
export function refusedTargets(suite: Suite, allowed: readonly string[]): string[] {
  if (allowed.length === 0) return []
  return targetsOf(suite).filter((origin) => !allowed.some((rule) => matches(new URL(origin), rule)))
}

function matches(target: URL, rule: string): boolean {
  if (rule.includes('://')) return URL.canParse(rule) && new URL(rule).origin === target.origin
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  return rule === target.hostname || rule === `${target.hostname}:${port}`
}
