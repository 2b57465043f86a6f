/** The processes of the kill test: those that are killed, those that go on, and the survivor who is asked how things stand. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from '../processes.ts'

/** What a process may be doing when it is killed. */
export const roles = [
  'autocommit',
  'committer',
  'big',
  'passive',
  'full',
  'restart',
  'truncate',
  'reader',
  'iterator',
  'opener',
  'creator',
  'leaver',
  'last',
  'schema',
  'waiter',
  'threads',
] as const
export type RoleName = (typeof roles)[number]

/** What a process is told on its command line. */
interface Part {
  readonly path: string
  readonly who: number
  readonly role: RoleName
  readonly acknowledgements: string
  /** Rests up to so long between two actions. */
  readonly paceMs: number
}

/** A transaction that a process knows to be committed. */
export interface Acknowledged {
  readonly who: number
  readonly n: number
  readonly rows: number
  readonly waitedMs: number
  /** In ms since 1970. */
  readonly time: number
}

/** The number under which thread `i` of a process writes. */
function threadOf(who: number, i: number): number {
  return who + i * 1_000_000
}

export class Member {
  readonly who: number
  readonly role: RoleName
  readonly worker: Worker
  readonly #acknowledgements: string

  private constructor(part: Part, worker: Worker) {
    this.who = part.who
    this.role = part.role
    this.worker = worker
    this.#acknowledgements = part.acknowledgements
  }

  /** Starts a process; it is at work when this has answered. */
  static async start(
    folder: string,
    path: string,
    who: number,
    role: RoleName,
    engine: string | undefined,
    paceMs = 0,
  ): Promise<Member> {
    const acknowledgements = join(folder, `${who}.ack`)
    writeFileSync(acknowledgements, '')
    const part: Part = { path, who, role, acknowledgements, paceMs }
    const member = new Member(part, new Worker('victim', [JSON.stringify(part)], engine))
    await member.worker.next(60_000)
    return member
  }

  /** What it, and its threads, have acknowledged. */
  acknowledged(): Acknowledged[] {
    const found: Acknowledged[] = []
    for (const suffix of ['', '1', '2', '3']) {
      const file = this.#acknowledgements + suffix
      if (!existsSync(file)) continue
      const who = suffix === '' ? this.who : threadOf(this.who, Number(suffix))
      for (const line of readFileSync(file, 'latin1').split('\n').slice(0, -1)) {
        if (line.startsWith('=')) continue
        const [n, rows, waitedMs, time] = line.split(' ').map(Number)
        found.push({ who, n: n!, rows: rows!, waitedMs: waitedMs!, time: time! })
      }
    }
    return found
  }

  /** The numbers under which it and its threads write. */
  get writers(): readonly number[] {
    if (this.role !== 'threads') return [this.who]
    return [this.who, ...[1, 2, 3].map((i) => threadOf(this.who, i))]
  }

  /** The files of its own that it was at, the last of which may be half made. */
  ownFiles(path: string): string[] {
    if (this.role === 'last') return [`${path}-${this.who}`]
    const lines = readFileSync(this.#acknowledgements, 'latin1').split('\n').slice(0, -1)
    return lines.filter((line) => line.startsWith('= ')).map((line) => line.slice(2))
  }

  async pause(): Promise<void> {
    this.worker.tell({ do: 'pause' })
    await this.worker.next(60_000)
  }

  async resume(): Promise<void> {
    this.worker.tell({ do: 'resume' })
    await this.worker.next(60_000)
  }
}

/** A process that does what it is told. */
export class Survivor {
  readonly worker: Worker

  constructor(path: string, engine: string | undefined) {
    this.worker = new Worker('survivor', [path], engine)
  }

  async ask<T>(order: object): Promise<T> {
    this.worker.tell(order)
    const reply = (await this.worker.next(60_000)) as { ok?: T; error?: string }
    if (reply.error !== undefined) throw new Error(reply.error)
    return reply.ok as T
  }
}
