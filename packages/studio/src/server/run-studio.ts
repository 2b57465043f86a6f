/**
 * The studio's server: the page, and what it asks for, on the loopback interface under an address that holds a token (`guard.ts`).
 */
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Api, sendJson } from './api.ts'
import { Connections } from './connections.ts'
import { Guard, newToken } from './guard.ts'
import { Live } from './live.ts'
import { openBrowser } from './open-browser.ts'
import { PageFiles, policy } from './page-files.ts'

const loopback = '127.0.0.1'

/** A page that has gone is back within that time, or its statements are ended. */
const returnMs = 5000

/** How a studio is started. */
export interface StudioOptions {
  /** Of the loopback interface. Default 0: any that is free. */
  readonly port?: number
  /** Nothing can be edited. */
  readonly readonly?: boolean
  /** Whether to open a browser. Default false. */
  readonly open?: boolean
}

/** A studio at work. */
export interface Studio {
  /** Who knows it may read and write the database. */
  readonly url: string
  /** Ends what runs, rolls back what is open, closes the database. */
  close(): Promise<void>
}

/**
 * Serves a database's page.
 *
 * ```ts
 * import { runStudio } from '@chorusdb/studio'
 * const studio = await runStudio('app.db')
 * console.log(studio.url)
 * ```
 * Rejects with a SqliteError where the file is not there, is no database, or is open in another mode; with the system's error where the port is taken.
 */
export async function runStudio(path: string, options: StudioOptions = {}): Promise<Studio> {
  const { port = 0, readonly = false, open = false } = options
  const files = new PageFiles(pageFolder())
  const connections = new Connections(resolve(path), readonly)
  const studio = new StudioServer(connections, files)
  try {
    const url = await studio.listen(port)
    if (open) openBrowser(url)
    return { url, close: () => studio.close() }
  } catch (error) {
    connections.close()
    throw error
  }
}

/** In the published package the page lies beside this file; in a checkout, beside the folder of the sources. */
function pageFolder(): string {
  const found = ['page/', '../../page/']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  if (found === undefined) throw new Error('the studio is without its page: it is to be built')
  return found
}

class StudioServer {
  readonly #connections: Connections
  readonly #files: PageFiles
  readonly #api: Api
  readonly #live: Live
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #leaving = new Map<string, NodeJS.Timeout>()
  #guard: Guard | null = null
  #closed: Promise<void> | null = null

  constructor(connections: Connections, files: PageFiles) {
    this.#connections = connections
    this.#files = files
    this.#api = new Api(connections)
    this.#live = new Live(connections.path, connections.catalog)
  }

  async listen(port: number): Promise<string> {
    const server = this.#server
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, loopback, resolve)
    })
    const { port: given } = server.address() as AddressInfo
    const token = newToken()
    this.#guard = new Guard(token, given)
    return `http://${loopback}:${given}/${token}/`
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Content-Security-Policy', policy())
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Referrer-Policy', 'no-referrer')
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cache-Control', 'no-store')
    const passed = this.#guard!.check(request)
    if ('status' in passed) {
      refuse(response, passed.status, passed.reason)
      return
    }
    const { path, query } = passed
    if (request.method === 'POST') {
      const name = /^\/api\/(\w+)$/.exec(path)?.[1]
      if (name === undefined) refuse(response, 404, 'no such call')
      else await this.#api.answer(name, request, response)
      return
    }
    if (path === '/api/live') {
      this.#watch(query.get('session') ?? '', response)
      return
    }
    if (!this.#files.send(path, response)) refuse(response, 404, 'no such file')
  }

  /** The page's session lasts as long as it looks, and a little longer: it may be loaded anew, or lose the connection for a moment. */
  #watch(session: string, response: ServerResponse): void {
    clearTimeout(this.#leaving.get(session))
    this.#leaving.delete(session)
    this.#live.add(response)
    response.on('close', () => {
      if (this.#closed !== null) return
      const end = (): void => {
        this.#leaving.delete(session)
        void this.#api.sessions.end(session)
      }
      clearTimeout(this.#leaving.get(session))
      this.#leaving.set(session, setTimeout(end, returnMs).unref())
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#live.close()
    for (const timer of this.#leaving.values()) clearTimeout(timer)
    const sessions = this.#api.sessions.endAll()
    this.#server.closeAllConnections()
    await sessions
    await this.#api.ended()
    await ended
    this.#connections.close()
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  sendJson(response, status, { code: null, message: reason, kind: 'error' })
}
