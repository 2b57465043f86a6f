/**
 * A process with a database, ours or the peer's, that runs functions of a test:
 *
 *     const peer = await Remote.open(path, turso)
 *     await peer.call(({ db }, id) => db.prepare('DELETE FROM t WHERE id = ?').run(id), 7)
 *
 * A function travels as its text, so it knows only its arguments. What one leaves in `kept` the next finds there.
 */
import type { ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { turso, Worker } from './processes.ts'
import type { Ended } from './processes.ts'

export { turso }

/** The option under which several processes share a file, ours and the peer's. */
export const multiprocess = { experimental: ['multiprocess_wal'] } as const

// Both packages have the face of better-sqlite3; the peer's has no types that name it.
interface RemoteStatement {
  raw(): RemoteStatement
  pluck(): RemoteStatement
  all(...params: unknown[]): unknown[]
  get(...params: unknown[]): unknown
  run(...params: unknown[]): { changes: number; lastInsertRowid: number }
  iterate(...params: unknown[]): IterableIterator<unknown>
}

export interface RemoteDatabase {
  prepare(sql: string): RemoteStatement
  exec(sql: string): unknown
  close(): unknown
}

/** What every function gets first. */
export interface RemoteProcess {
  readonly Database: new (path: string, options: object) => RemoteDatabase
  db: RemoteDatabase
  // What a test keeps between two calls is its own affair.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly kept: Record<string, any>
}

export interface Looped {
  readonly rounds: number
  readonly answers: readonly unknown[]
  /** How often each message was thrown. */
  readonly errors: Readonly<Record<string, number>>
}

/** How a call was refused. */
export interface Refused {
  readonly code: string
  readonly message: string
}

interface Reply {
  readonly ok?: unknown
  readonly code?: string
  readonly message?: string
}

export class Remote {
  readonly #engine: string | undefined
  readonly #worker: Worker

  constructor(engine?: string) {
    this.#engine = engine
    this.#worker = new Worker('remote', [], engine)
  }

  /** Starts a process that has the database open together with others. */
  static async open(path: string, engine?: string, options: object = {}): Promise<Remote> {
    const remote = new Remote(engine)
    await remote.open(path, options)
    return remote
  }

  get pid(): number {
    return this.#worker.child.pid!
  }

  /**
   * While ours keep SQLite out, a peer of another kind that opens is refused, and comes again: there is no lock that stops the one and not the
   * other (docs/tshm-format.md, 'Stock SQLite').
   */
  async open(path: string, options: object = {}): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.call(
          (process, path, options) => void (process.db = new process.Database(path, options)),
          path,
          { ...multiprocess, timeout: 10_000, ...options },
        )
      } catch (error) {
        const isKeptOut = /already open without experimental multiprocess/.test(String(error))
        if (!isKeptOut || this.#engine === undefined || tries >= 20) throw error
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }

  /** Runs a function there. @throws what it throws there */
  call<A extends readonly unknown[], R>(
    run: (process: RemoteProcess, ...args: A) => R,
    ...args: A
  ): Promise<Awaited<R>> {
    this.#worker.tell({ call: String(run), args })
    return this.#answer(60_000) as Promise<Awaited<R>>
  }

  /** Starts to run a function again and again; its last argument counts the rounds. */
  startLoop<A extends readonly unknown[]>(
    run: (process: RemoteProcess, ...args: [...A, number]) => unknown,
    ...args: A
  ): void {
    this.#worker.tell({ loop: String(run), args })
  }

  stopLoop(): Promise<Looped> {
    this.#worker.tell({ stop: true })
    return this.#answer(60_000) as Promise<Looped>
  }

  async #answer(timeoutMs: number): Promise<unknown> {
    const { ok, code, message } = (await this.#worker.next(timeoutMs)) as Reply
    if (message !== undefined) throw Object.assign(new Error(message), { code })
    return ok
  }

  exec(sql: string): Promise<void> {
    return this.call(({ db }, sql) => void db.exec(sql), sql)
  }

  run(sql: string, ...params: unknown[]): Promise<void> {
    return this.call(({ db }, sql, params) => void db.prepare(sql).run(...params), sql, params)
  }

  all(sql: string, ...params: unknown[]): Promise<unknown[][]> {
    const all = ({ db }: RemoteProcess, sql: string, params: unknown[]): unknown[][] =>
      db
        .prepare(sql)
        .raw()
        .all(...params) as unknown[][]
    return this.call(all, sql, params)
  }

  /** The first value of the first row. */
  async one(sql: string, ...params: unknown[]): Promise<unknown> {
    return (await this.all(sql, ...params))[0]?.[0]
  }

  async close(): Promise<void> {
    await this.call(({ db }) => void db.close())
  }

  /** Ends the process; what it has open it lets go. */
  stop(): Promise<Ended> {
    return this.#worker.stop()
  }

  /** Ends the process in the middle of whatever it does. */
  kill(): Promise<Ended> {
    return this.#worker.kill()
  }

  /** Resolves when the process is gone, whoever ended it. */
  get ended(): Promise<Ended> {
    return this.#worker.ended
  }
}

/** A process that is ended with the test, however that ends. */
export async function openRemote(
  t: ExecutionContext,
  path: string,
  engine?: string,
  options: object = {},
): Promise<Remote> {
  const remote = new Remote(engine)
  t.teardown(() => void remote.kill())
  await remote.open(path, options)
  return remote
}

/** Engines of the two processes of a test, for what must hold in both directions. */
export const pairs: readonly (readonly [
  title: string,
  first: string | undefined,
  second: string | undefined,
])[] = [
  ['ours and a peer', undefined, turso],
  ['a peer and ours', turso, undefined],
  ['ours and ours', undefined, undefined],
]

/** Two processes on a new file, which is created by one of ours: this one. */
export async function openPair(
  t: ExecutionContext,
  path: string,
  schema: string,
  first: string | undefined,
  second: string | undefined,
  options: object = {},
): Promise<[Remote, Remote]> {
  const creator = new Database(path, { experimental: ['multiprocess_wal'] })
  creator.exec(schema)
  const one = openRemote(t, path, first, options)
  const other = openRemote(t, path, second, options)
  const opened = await Promise.all([one, other])
  creator.close()
  return opened
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Asks until the answer is yes, for up to some seconds; the last answer. */
export async function eventually(
  ask: () => boolean | Promise<boolean>,
  seconds = 5,
): Promise<boolean> {
  const end = performance.now() + seconds * 1000
  while (!(await ask())) {
    if (performance.now() > end) return false
    await pause(20)
  }
  return true
}

/** What must fail, and how it did. */
export async function refused(call: Promise<unknown>): Promise<Refused> {
  let value: unknown
  try {
    value = await call
  } catch (error) {
    const { code, message } = error as Refused
    return { code, message }
  }
  throw new Error(`it was not refused: ${JSON.stringify(value)}`)
}
