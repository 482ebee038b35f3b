/** What is to be said of the answers of a target. */

import type { LocalFinding } from '../base/finding.ts'
import { formatMs } from '../report/format.ts'
import { medianMs, type RequestSeen, type TargetSeen } from './observed.ts'

/** One finding for each request that was sent. */
export function judgeAnswers({ requests }: TargetSeen): LocalFinding[] {
  return requests.map((request) => ({ check: 'answer', path: request.path, ...judgeRequest(request) }))
}

type Judged = Pick<LocalFinding, 'level' | 'seen' | 'hint'>

function judgeRequest(request: RequestSeen): Judged {
  const { method, url, answers, failure, own, timeoutMs } = request
  const asked = `${method} ${url}`
  const [first] = answers
  if (first === undefined) return unanswered(request)
  const median = medianMs(answers) as number
  const took = answers.length === 1 ? formatMs(median) : `${formatMs(median)} (median of ${answers.length})`
  const closes = answers.some((answer) => answer.closes) ? ', and the connection closed after it' : ''
  const seen = `${asked} is answered ${first.status} in ${took}${closes}`
  if (own && first.status >= 400) return refused(seen, first.status)
  const slowest = Math.max(...answers.map(({ ms }) => ms))
  if (median >= timeoutMs) {
    const hint = 'give it a longer `timeout`, or a target that is faster: every request would time out'
    return { level: 'FAIL', seen: `${seen}, and may take ${formatMs(timeoutMs)}`, hint }
  }
  if (slowest >= timeoutMs) {
    const hint = 'give it a longer `timeout`: requests would time out before there is any load'
    return { level: 'WARN', seen: `${seen}, once in ${formatMs(slowest)}, and may take ${formatMs(timeoutMs)}`, hint }
  }
  if (failure !== null && answers.length === 1 && failure.code !== 'TIMEOUT') {
    const hint = 'check the target: it fails without any load'
    return { level: 'WARN', seen: `${seen}, and the next one fails (${failure.code})`, hint }
  }
  return { level: 'PASS', seen }
}

function refused(seen: string, status: number): Judged {
  if (status === 401 || status === 403 || status === 407) {
    const hint = 'check `auth` and the header `authorization`: the credentials are missing, expired or not accepted'
    return { level: 'WARN', seen: `${seen}: the target refuses it`, hint }
  }
  const about = status >= 500 ? 'check the target: it fails without any load' : 'check the URL and what it asks for'
  return { level: 'WARN', seen, hint: `${about}; every such answer counts as failed unless the suite expects it` }
}

function unanswered({ method, url, failure, timeoutMs }: RequestSeen): Judged {
  const asked = `${method} ${url}`
  if (failure === null) return { level: 'PASS', seen: `${asked} was not sent` }
  const { code, ms } = failure
  if (code === 'TIMEOUT') {
    const waited = `${asked} has no answer after ${formatMs(ms)}, on a connection that was accepted`
    if (ms >= timeoutMs) {
      return { level: 'FAIL', seen: waited, hint: 'every request would time out: check that the target is not stuck' }
    }
    const hint = `check that the target is not stuck; or it is slow, and needs some of the ${formatMs(timeoutMs)} it has`
    return { level: 'WARN', seen: waited, hint }
  }
  if (/ALERT|CERTIFICATE/.test(code)) {
    const hint = 'give the request `auth: { mtls: … }` with a certificate that the target accepts'
    return { level: 'FAIL', seen: `the target asks for another certificate of the client (${code})`, hint }
  }
  if (code.startsWith('HPE_')) {
    const hint = 'check that the port speaks HTTP/1.1, and https:// where it speaks TLS'
    return { level: 'FAIL', seen: `what is answered to ${asked} is not HTTP/1.1 (${code})`, hint }
  }
  const hint = url.startsWith('https:')
    ? 'check the log of the target, and whether it accepts the certificate of the client, or asks for one (`auth.mtls`)'
    : 'check the log of the target, and proxies in between'
  return { level: 'FAIL', seen: `${asked} is not answered: the connection ends (${code})`, hint }
}
