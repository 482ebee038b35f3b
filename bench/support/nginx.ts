/** nginx as a target: one process that answers at once, over HTTP and HTTPS, and counts. */

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../../examples/support/asking.ts'
import type { Certificate } from './certificate.ts'

export interface Nginx {
  readonly http: string
  /** Null without a certificate. */
  readonly https: string | null
  readonly version: string
  /** Of its only process. */
  readonly pid: number
  /** Requests so far, those of this question and of earlier ones left out. */
  count(): Promise<number>
  /** At once: for a process that is about to exit. */
  kill(): void
}

/** For example `1.22.1`; null where there is none. */
export function nginxVersion(): string | null {
  const { stderr, status } = spawnSync('nginx', ['-v'], { encoding: 'utf8' })
  return status === 0 ? (/nginx\/(\S+)/.exec(stderr)?.[1] ?? null) : null
}

/**
 * @param folder for its configuration and log
 * @param inside a command that becomes the one named after it, such as `taskset -c 0`
 */
export async function startNginx(
  folder: string,
  inside: readonly string[],
  certificate: Certificate | null,
): Promise<Nginx> {
  const [http, https] = await freePorts(2)
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(http!, https!, certificate))
  const [command = '', ...args] = [...inside, 'nginx', '-p', folder, '-c', file, '-e', join(folder, 'error.log')]
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  let asked = 0
  const url = `http://127.0.0.1:${http}`
  const count = async (): Promise<number> => {
    asked++
    const text = await (await fetch(`${url}/__count`)).text()
    const [, requests] = /server accepts handled requests\s+\d+ \d+ (\d+)/.exec(text) ?? []
    return Number(requests) - asked
  }
  await until('nginx to be ready', 5000, async () => (await fetch(url)).ok)
  asked++
  return {
    http: url,
    https: certificate === null ? null : `https://127.0.0.1:${https}`,
    version: nginxVersion() ?? '',
    pid: child.pid!,
    count,
    kill: () => child.kill('SIGKILL'),
  }
}

/** The TLS cipher is fixed: a client that prefers another would do other work. */
function configuration(http: number, https: number, certificate: Certificate | null): string {
  const secure =
    certificate === null
      ? ''
      : `listen 127.0.0.1:${https} ssl backlog=16384;
    ssl_certificate ${certificate.cert};
    ssl_certificate_key ${certificate.key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;`
  return `daemon off;
master_process off;
pid nginx.pid;
worker_rlimit_nofile 20000;
events { worker_connections 15000; multi_accept on; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${http} backlog=16384;
    ${secure}
    location = /__count { stub_status; }
    location / { default_type text/plain; return 200 "hello, world\\n"; }
  }
}
`
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
