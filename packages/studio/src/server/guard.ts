/**
 * Who may ask. The server listens on the loopback interface only, but whatever runs in a browser on this machine can reach that, and so can other users of the machine. A
 * request is answered when
 *
 * - its path begins with the token, 256 random bits that only the address holds which the user was given;
 * - `Host` is the address itself: a foreign name that was made to point here (DNS rebinding) is refused;
 * - neither `Origin` nor `Sec-Fetch-Site`, where the browser sends them, says that another page asks;
 * - it is a GET, or a POST of JSON, which no form of a foreign page can send.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** A request that passed: its path below the token, from `/` on, without what follows `?`. */
export interface Passed {
  readonly path: string
  readonly query: URLSearchParams
}

export interface Refused {
  readonly status: number
  readonly reason: string
}

export class Guard {
  readonly #token: Buffer
  readonly #hosts: ReadonlySet<string>

  constructor(token: string, port: number) {
    this.#token = Buffer.from(token)
    this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
  }

  check({ url = '/', method, headers }: IncomingMessage): Passed | Refused {
    const { host, origin } = headers
    if (host === undefined || !this.#hosts.has(host)) return refused(403, 'wrong Host')
    if (origin !== undefined && origin !== `http://${host}`) return refused(403, 'wrong Origin')
    const site = headers['sec-fetch-site']
    if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      return refused(403, 'asked by another page')
    }
    const [whole, search = ''] = url.split('?', 2) as [string, string?]
    const [, token = '', ...rest] = whole.split('/')
    if (!this.#isToken(token)) return refused(403, 'wrong token')
    if (method !== 'GET' && method !== 'POST') return refused(405, 'GET or POST')
    if (method === 'POST' && !/^application\/json\b/i.test(headers['content-type'] ?? '')) {
      return refused(415, 'not JSON')
    }
    return { path: `/${rest.join('/')}`, query: new URLSearchParams(search) }
  }

  #isToken(given: string): boolean {
    const bytes = Buffer.from(given)
    return bytes.length === this.#token.length && timingSafeEqual(bytes, this.#token)
  }
}

function refused(status: number, reason: string): Refused {
  return { status, reason }
}
