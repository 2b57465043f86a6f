/** A database in another process, asked one thing at a time: of ours, or of the peer that shares its files with us. */
import { turso, Worker } from './processes.ts'
import type { Ended } from './processes.ts'

/** The options that both engines take for a database of several processes. */
export const shared = { experimental: ['multiprocess_wal'] }

export interface Answer {
  readonly ok?: unknown
  readonly code?: string
  readonly message?: string
}

/** Who works in the other process. */
export type Engine = 'ours' | 'theirs'

const started = new Set<Session>()

/** Ends what a test has left running, however it ended: for `afterEach.always`. */
export async function endSessions(): Promise<void> {
  await Promise.all([...started].map((session) => session.kill()))
}

export class Session {
  readonly engine: Engine
  readonly worker: Worker

  /** @param isKept it outlives the test that began it, and is ended by hand */
  constructor(engine: Engine = 'ours', isKept = false) {
    this.engine = engine
    this.worker = engine === 'ours' ? new Worker('session', []) : new Worker('session', [], turso)
    if (!isKept) started.add(this)
  }

  get pid(): number {
    return this.worker.child.pid!
  }

  /** Says something and answers what came back, be it an error. */
  async ask(message: unknown): Promise<Answer> {
    this.worker.tell(message)
    return (await this.worker.next(60_000)) as Answer
  }

  async #must(message: unknown): Promise<unknown> {
    const answer = await this.ask(message)
    if (answer.message === undefined) return answer.ok
    throw new Error(`${this.engine}: ${JSON.stringify(message)}: ${answer.message}`)
  }

  /** Opens; by default in the mode of several processes. @throws what it throws there */
  async open(path: string, options: object = shared): Promise<void> {
    await this.#must({ open: path, options: { timeout: 2000, ...options } })
  }

  /** How opening is refused; null: it is not. */
  async refusal(path: string, options: object = shared): Promise<string | null> {
    const answer = await this.ask({ open: path, options: { timeout: 200, ...options } })
    return answer.message ?? null
  }

  async exec(sql: string): Promise<void> {
    await this.#must({ exec: sql })
  }

  async run(sql: string, ...params: unknown[]): Promise<void> {
    await this.#must({ run: sql, params })
  }

  async all(sql: string, ...params: unknown[]): Promise<unknown[][]> {
    return (await this.#must({ all: sql, params })) as unknown[][]
  }

  async close(): Promise<void> {
    await this.#must({ close: true })
  }

  async stop(): Promise<Ended> {
    started.delete(this)
    return this.worker.stop()
  }

  async kill(): Promise<Ended> {
    started.delete(this)
    return this.worker.kill()
  }
}
