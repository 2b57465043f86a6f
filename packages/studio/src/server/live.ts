/**
 * What goes on at the database, told to all pages that look: one look at it serves them all, and without pages nobody looks.
 *
 * A look takes no lock and opens nothing (`status`), so watching changes nothing of what is watched.
 */
import type { ServerResponse } from 'node:http'
import { status, type Database } from '../../../engine/src/index.ts'
import type { LiveState } from '../protocol.ts'

const intervalMs = 500

export class Live {
  readonly #path: string
  readonly #catalog: Database
  readonly #pages = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | null = null

  constructor(path: string, catalog: Database) {
    this.#path = path
    this.#catalog = catalog
  }

  /** A page looks, until its connection closes. */
  add(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' })
    response.write('retry: 1000\n\n')
    this.#pages.add(response)
    response.on('close', () => this.#remove(response))
    this.#tell()
    this.#timer ??= setInterval(() => this.#tell(), intervalMs)
  }

  #remove(response: ServerResponse): void {
    this.#pages.delete(response)
    if (this.#pages.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #tell(): void {
    const text = this.#event()
    for (const page of this.#pages) {
      // One that does not keep up misses states, and gets the newest when it does.
      if (!page.writableNeedDrain) page.write(text)
    }
  }

  #event(): string {
    try {
      const catalog = this.#catalog
      const version = (name: string): number => Number(catalog.pragma(name, { simple: true }))
      const state: LiveState = {
        status: status(this.#path),
        dataVersion: version('data_version'),
        schemaVersion: version('schema_version'),
      }
      return `data: ${JSON.stringify(state)}\n\n`
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return `event: trouble\ndata: ${JSON.stringify(message)}\n\n`
    }
  }

  close(): void {
    for (const page of this.#pages) page.end()
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }
}
