/** A studio on a database of its own, and what a page would ask of it. */
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import type {
  EditAnswer,
  Failure,
  Row,
  RowsAnswer,
  RowsRequest,
  SqlEvent,
  WireValue,
} from '../../packages/studio/src/protocol.ts'
import { runStudio, type StudioOptions } from '../../packages/studio/src/server/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface OpenStudio {
  readonly url: string
  readonly path: string
  /** Another connection to the database, that of an application. */
  readonly database: Database
  /** A call; a failure has `status`. */
  ask<Result>(name: string, body: unknown, signal?: AbortSignal): Promise<Result>
  refusal(name: string, body: unknown): Promise<Failure & { readonly status: number }>
  rows(request: Partial<RowsRequest> & { readonly table: string }): Promise<RowsAnswer>
  row(table: string, index?: number): Promise<Row>
  update(table: string, row: Row, column: string, value: WireValue): Promise<EditAnswer>
  sql(sql: string, options?: { limit?: number; session?: string }): Promise<SqlEvent[]>
  /** A request with headers as they are given. */
  raw(path: string, options?: RawOptions): Promise<Answer>
  close(): Promise<void>
}

export interface RawOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export const session = 'session-of-a-test'

/** @param schema what is in the database at first */
export async function openStudio(schema: string, options: StudioOptions = {}): Promise<OpenStudio> {
  const path = join(temporaryFolder(), 'app.db')
  const database = new Database(path, { experimental: ['multiprocess_wal'] })
  database.exec(schema)
  const studio = await runStudio(path, options)
  const { url } = studio

  const post = (name: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(`${url}api/${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal ?? null,
    })
  const ask = async <Result>(
    name: string,
    body: unknown,
    signal?: AbortSignal,
  ): Promise<Result> => {
    const response = await post(name, body, signal)
    const answer = (await response.json()) as Result & Failure
    if (!response.ok) throw new Error(`${response.status} ${answer.code}: ${answer.message}`)
    return answer
  }
  const rows: OpenStudio['rows'] = (request) =>
    ask('rows', {
      order: null,
      filters: [],
      direction: 'after',
      anchor: null,
      skip: 0,
      limit: 100,
      ...request,
    })
  return {
    url,
    path,
    database,
    ask,
    rows,
    async refusal(name, body) {
      const response = await post(name, body)
      if (response.ok) throw new Error('it is not refused')
      return { ...((await response.json()) as Failure), status: response.status }
    },
    async row(table, index = 0) {
      const { rows: found } = await rows({ table, skip: index, limit: 1 })
      return found[0]!
    },
    update: (table, { key, print }, column, value) =>
      ask('edit', {
        action: 'update',
        table,
        row: { key, print },
        column,
        value,
        valuePrint: null,
      }),
    async sql(sql, { limit = 1000, session: name = session } = {}) {
      const response = await post('sql', { session: name, sql, limit })
      const text = await response.text()
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as SqlEvent)
    },
    raw: (target, { method = 'GET', headers = {}, body } = {}) => {
      const { hostname, port } = new URL(url)
      return new Promise((resolve, reject) => {
        const request = httpRequest(
          { hostname, port, path: target, method, headers: { ...headers } },
          (response) => {
            let text = ''
            response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
            response.on('end', () =>
              resolve({ status: response.statusCode!, headers: response.headers, body: text }),
            )
          },
        )
        request.on('error', reject)
        request.end(body)
      })
    },
    async close() {
      await studio.close()
      database.close()
    },
  }
}

/** The rows of all statements. */
export function rowsOf(events: readonly SqlEvent[]): (readonly WireValue[])[] {
  return events.flatMap((event) => (event.kind === 'rows' ? event.rows : []))
}
