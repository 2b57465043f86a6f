/** What the page can ask for, by name. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename } from 'node:path'
import { status } from '../../../engine/src/index.ts'
import type {
  CancelAnswer,
  CountRequest,
  DatabaseInfo,
  EditRequest,
  PlanAnswer,
  PlanRequest,
  RowsRequest,
  SessionRequest,
  SqlEvent,
  SqlRequest,
  ValueRequest,
} from '../protocol.ts'
import { describeTable, functionNames, listTables, type KnownTable } from './catalog.ts'
import type { Connections } from './connections.ts'
import { Edits, wholeValue } from './edits.ts'
import { badRequest, failureOf, notFound } from './failures.ts'
import { explain } from './plans.ts'
import { checkRequest } from './requests.ts'
import { countRows, readPage } from './rows.ts'
import { SqlSessions } from './sql-sessions.ts'

/** Bytes of a request: a BLOB is in it as Base64. */
const mostBytes = 96 * 1024 * 1024

type Handler = (body: never, signal: AbortSignal) => unknown

export class Api {
  readonly sessions: SqlSessions
  readonly #connections: Connections
  readonly #edits: Edits
  readonly #handlers: ReadonlyMap<string, Handler>
  readonly #atWork = new Set<Promise<void>>()

  constructor(connections: Connections) {
    this.#connections = connections
    this.#edits = new Edits(connections.edits)
    this.sessions = new SqlSessions(() => connections.openSession())
    const { rows, counts } = connections
    this.#handlers = new Map<string, Handler>([
      ['database', () => this.#info()],
      ['table', ({ table }: { table: string }) => this.#table(table)],
      [
        'rows',
        (body: RowsRequest, signal) => readPage(rows, this.#table(body.table), body, signal),
      ],
      [
        'count',
        (body: CountRequest, signal) => countRows(counts, this.#table(body.table), body, signal),
      ],
      [
        'value',
        (body: ValueRequest, signal) => wholeValue(rows, this.#table(body.table), body, signal),
      ],
      ['edit', (body: EditRequest) => this.#edits.edit(this.#table(body.table), body)],
      ['plan', (body: PlanRequest) => this.#plan(body)],
      ['cancel', ({ session }: SessionRequest) => this.#cancel(session)],
      ['end', ({ session }: SessionRequest) => this.sessions.end(nameOf(session))],
    ])
  }

  /** Answers a POST to `api/<name>`. */
  answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const done = this.#answer(name, request, response)
    this.#atWork.add(done)
    return done.finally(() => this.#atWork.delete(done))
  }

  /** Resolves when nothing is at work any longer. */
  async ended(): Promise<void> {
    await Promise.all(this.#atWork)
  }

  async #answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    try {
      const body = await readBody(request)
      checkRequest(name, body)
      if (name === 'sql') return await this.#run(body as SqlRequest, gone.signal, response)
      const handler = this.#handlers.get(name)
      if (handler === undefined) throw notFound('no such call')
      const answer: unknown = await handler(body as never, gone.signal)
      sendJson(response, 200, answer ?? null)
    } catch (error) {
      const { status, failure } = failureOf(error)
      sendJson(response, status, failure)
    }
  }

  #info(): DatabaseInfo {
    const { catalog, path, readonly } = this.#connections
    const simple = (pragma: string): unknown => catalog.pragma(pragma, { simple: true })
    return {
      path,
      name: basename(path),
      readonly,
      mode: status(path).mode,
      sqliteVersion: String(catalog.prepare('SELECT sqlite_version()').pluck().get()),
      encoding: String(simple('encoding')),
      pageSize: Number(simple('page_size')),
      tables: listTables(catalog),
      functions: functionNames(catalog),
    }
  }

  #table(name: string): KnownTable {
    if (typeof name !== 'string') throw badRequest('no table')
    const { catalog, readonly } = this.#connections
    return describeTable(catalog, name, readonly)
  }

  async #plan({ session, sql }: PlanRequest): Promise<PlanAnswer> {
    if (typeof sql !== 'string') throw badRequest('no SQL')
    // Of a page that has begun nothing there need be no connection.
    const own = this.sessions.known(nameOf(session))
    if (own === undefined) return explain(this.#connections.catalog, sql)
    return own.alone((database) => explain(database, sql))
  }

  #cancel(session: string): CancelAnswer {
    return { isStopped: this.sessions.known(nameOf(session))?.cancel() ?? false }
  }

  async #run(request: SqlRequest, signal: AbortSignal, response: ServerResponse): Promise<void> {
    const { session, sql, limit } = request
    if (typeof sql !== 'string' || !Number.isSafeInteger(limit) || limit < 1) {
      throw badRequest('no SQL, or no limit')
    }
    const own = this.sessions.of(nameOf(session))
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' })
    await own.run(request, signal, (event) => sendLine(response, event))
    response.end()
  }
}

function nameOf(session: unknown): string {
  if (typeof session === 'string' && /^[\w-]{8,64}$/.test(session)) return session
  throw badRequest('no session')
}

function sendLine(response: ServerResponse, event: SqlEvent): void | Promise<void> {
  if (response.destroyed || response.write(`${JSON.stringify(event)}\n`)) return
  return new Promise((resolve) => {
    const goOn = (): void => {
      response.off('drain', goOn)
      response.off('close', goOn)
      resolve()
    }
    response.on('drain', goOn)
    response.on('close', goOn)
  })
}

async function readBody(request: IncomingMessage): Promise<object> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > mostBytes) throw badRequest('too large')
    pieces.push(piece)
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString())
    if (typeof body === 'object' && body !== null) return body
  } catch {
    throw badRequest('not JSON')
  }
  throw badRequest('no object')
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.end()
    return
  }
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
