/** Where the connections of a freshness run live. Each kind of stage has a form of the test of its own. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '../../../packages/engine/src/api/connection/connection.ts'
import { parseOpenRequest } from '../../../packages/engine/src/api/open/options.ts'
import { DatabaseCore } from '../../../packages/engine/src/api/sync/core.ts'
import { prepareStatement } from '../../../packages/engine/src/api/sync/statement.ts'
import { Region, type Coordination } from '../../../packages/engine/src/coordination/index.ts'
import { Database } from '../../../packages/engine/src/index.ts'
import { MemoryFile, Pager } from '../../../packages/engine/src/storage/index.ts'
import { newHost, perform } from './act.ts'
import type { Action, Answer, Face, Host } from './act.ts'
import { faultyCoordination, FaultyFile, nativeSeam, Seam } from './seam.ts'
import type { Abilities } from './plan.ts'
import type { Puppet } from './puppet.ts'
import type { Outage } from './step.ts'

/** The connections of one run, by number. */
export interface Stage {
  readonly abilities: Abilities
  perform(who: number, action: Action): Answer | Promise<Answer>
  /** The connection is gone without a word. */
  kill(who: number): void | Promise<void>
  /** Runs `body` with the so many-th call of the seam failing. */
  withFault(call: number, body: () => Promise<Answer>): Promise<Answer>
  withOutage(outage: Outage, body: () => Promise<Answer>): Promise<Answer>
  /** A copy of database and log as they are, for SQLite to look at. */
  copyTo(path: string): void
  /** Nobody has it open any more. */
  end(): void | Promise<void>
}

/** Connections over simulated files, with the coordination of `in-process.ts`. */
export class SimulatedStage implements Stage {
  readonly abilities: Abilities = { kills: true, faults: true, outages: [] }
  readonly #database = new MemoryFile()
  readonly #wal = new MemoryFile()
  readonly #region: Region
  readonly #seam = new Seam()
  readonly #hosts: Host[]
  readonly #coordinations: Coordination[] = []
  readonly #pageSize: number

  constructor(count: number, pageSize: number, multiprocess: boolean) {
    this.#region = new Region(multiprocess)
    this.#pageSize = pageSize
    this.#hosts = Array.from({ length: count }, (_, who) => newHost(() => this.#open(who)))
  }

  #open(who: number): Face {
    const coordination = faultyCoordination(this.#region.connect(), this.#seam)
    this.#coordinations[who] = coordination
    const pager = Pager.open({
      path: '/simulated/none',
      databaseFile: new FaultyFile(this.#database, this.#seam),
      walFile: new FaultyFile(this.#wal, this.#seam),
      coordination,
      readonly: false,
      pageSize: this.#pageSize,
      busyTimeoutMs: 0,
      removeLog: () => this.#wal.truncate(0),
    })
    const request = { ...parseOpenRequest(':memory:', { timeout: 0 }), isMemory: false }
    const connection = new Connection(request, pager)
    const core = new DatabaseCore(request, connection)
    const database = {} as Database
    return {
      get inTransaction() {
        return connection.isOpen && connection.inTransaction
      },
      prepare(sql) {
        return prepareStatement(database, core, sql) as unknown as ReturnType<Face['prepare']>
      },
      close: () => connection.close(),
    }
  }

  perform(who: number, action: Action): Answer {
    return perform(this.#hosts[who]!, action)
  }

  kill(who: number): void {
    this.#coordinations[who]!.close()
    Object.assign(
      this.#hosts[who]!,
      newHost(() => this.#open(who)),
    )
  }

  withFault(call: number, body: () => Promise<Answer>): Promise<Answer> {
    return this.#seam.during(call, body)
  }

  withOutage(_: Outage, body: () => Promise<Answer>): Promise<Answer> {
    return body()
  }

  copyTo(path: string): void {
    writeFileSync(path, this.#database.content())
    writeFileSync(`${path}-wal`, this.#wal.content())
  }

  end(): void {}
}

/** A real file, which may be elsewhere for a while. */
abstract class FileStage implements Stage {
  abstract readonly abilities: Abilities
  readonly #path: string
  readonly #home: string

  constructor(folder: string) {
    this.#home = join(folder, 'home')
    rmSync(this.#home, { recursive: true, force: true })
    mkdirSync(this.#home)
    this.#path = join(this.#home, 'fresh.db')
  }

  protected abstract act(who: number, action: Action): Answer | Promise<Answer>
  abstract kill(who: number): void | Promise<void>
  abstract withFault(call: number, body: () => Promise<Answer>): Promise<Answer>

  perform(who: number, action: Action): Answer | Promise<Answer> {
    const { open } = action
    return this.act(who, open === undefined ? action : { open: { ...open, path: this.#path } })
  }

  async withOutage(outage: Outage, body: () => Promise<Answer>): Promise<Answer> {
    const place = outage === 'folder' ? this.#home : `${this.#path}-${outage}`
    if (!existsSync(place)) return body()
    renameSync(place, `${place}-away`)
    try {
      return await body()
    } finally {
      // A file that was made in its place is not the one that everybody has open.
      rmSync(place, { recursive: true, force: true })
      renameSync(`${place}-away`, place)
    }
  }

  copyTo(path: string): void {
    for (const suffix of ['', '-wal']) {
      rmSync(path + suffix, { force: true })
      if (existsSync(this.#path + suffix)) cpSync(this.#path + suffix, path + suffix)
    }
  }

  end(): void | Promise<void> {
    rmSync(this.#home, { recursive: true, force: true })
  }
}

/** Connections of this process. */
export class LocalStage extends FileStage {
  readonly abilities: Abilities
  readonly #hosts: Host[]

  constructor(count: number, folder: string, multiprocess: boolean) {
    super(folder)
    const outages = multiprocess ? (['wal', 'tshm', 'folder'] as const) : []
    this.abilities = { kills: false, faults: true, outages }
    this.#hosts = Array.from({ length: count }, () =>
      newHost((path, options) => new Database(path, options) as unknown as Face),
    )
  }

  protected act(who: number, action: Action): Answer {
    return perform(this.#hosts[who]!, action)
  }

  kill(): void {}

  withFault(call: number, body: () => Promise<Answer>): Promise<Answer> {
    return nativeSeam().during(call, body)
  }

  override end(): void {
    for (const host of this.#hosts) if (host.db !== null) perform(host, { closes: true })
    void super.end()
  }
}

/** Connections in processes or threads of their own, which outlive the run. */
export class PuppetStage extends FileStage {
  readonly abilities: Abilities
  readonly #puppets: Puppet[]
  readonly #start: () => Puppet

  /** @param puppets from earlier runs; those that are missing are started, and one more */
  constructor(
    count: number,
    folder: string,
    outages: readonly Outage[],
    puppets: Puppet[],
    start: () => Puppet,
  ) {
    super(folder)
    this.abilities = { kills: true, faults: false, outages }
    this.#puppets = puppets
    this.#start = start
    while (puppets.length <= count) puppets.push(start())
  }

  protected act(who: number, action: Action): Promise<Answer> {
    return this.#puppets[who]!.perform(action)
  }

  async kill(who: number): Promise<void> {
    await this.#puppets[who]!.kill()
    // One stands by, for starting takes long.
    this.#puppets[who] = this.#puppets.pop()!
    this.#puppets.push(this.#start())
  }

  withFault(_: number, body: () => Promise<Answer>): Promise<Answer> {
    return body()
  }

  override async end(): Promise<void> {
    for (const puppet of this.#puppets) await puppet.perform({ closes: true })
    await super.end()
  }
}
