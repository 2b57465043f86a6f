/** The processes of the mixed run: started, paused, killed, and started again under a new number. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ended } from '../processes.ts'
import { turso, Worker } from '../processes.ts'
import { Journal } from './journal.ts'

/** What a process is told on its command line. */
export interface Role {
  readonly path: string
  readonly who: number
  readonly seed: number
  readonly journal: string
  readonly kind: 'ours' | 'turso'
  readonly hostile: boolean
}

/** What happened when, in one file, for whoever studies a failure. */
export class Timeline {
  readonly #file: string

  constructor(folder: string) {
    this.#file = join(folder, 'timeline.log')
  }

  note(text: string): void {
    appendFileSync(this.#file, `${Date.now()} ${text}\n`)
  }
}

/** One living process. */
export class Actor {
  readonly role: Role
  readonly journal: Journal
  readonly worker: Worker
  readonly startedAt: number = Date.now()
  /** Whoever ends it says so first. */
  isEndExpected = false
  ended: Ended | null = null

  constructor(role: Role, engine: string | undefined) {
    this.role = role
    writeFileSync(role.journal, '')
    this.journal = new Journal(role.who, role.kind, role.journal)
    const module = role.kind === 'turso' ? turso : engine
    this.worker = new Worker('mixed', [JSON.stringify(role)], module)
  }

  /** Tells it something and takes its answer; null when it has ended meanwhile. */
  async ask(message: object, timeoutMs = 60_000): Promise<Record<string, unknown> | null> {
    if (this.ended !== null) return null
    try {
      this.worker.tell(message)
      return (await this.worker.next(timeoutMs)) as Record<string, unknown>
    } catch (error) {
      // Its end is looked at where ends are looked at.
      await new Promise((resolve) => setImmediate(resolve))
      if (this.ended !== null) return null
      throw error
    }
  }

  get isStopped(): boolean {
    return this.journal.stops.at(-1)?.until === Infinity
  }

  /** It stands still, whatever it is doing, until it is told to go on. */
  stop(): void {
    this.journal.stops.push({ since: Date.now(), until: Infinity })
    this.worker.child.kill('SIGSTOP')
  }

  goOn(): void {
    if (!this.isStopped) return
    this.worker.child.kill('SIGCONT')
    this.journal.stops.at(-1)!.until = Date.now()
  }

  tell(message: object): void {
    if (this.ended === null) this.worker.tell(message)
  }
}
