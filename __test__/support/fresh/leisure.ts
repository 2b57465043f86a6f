/**
 * Runs of the freshness test, form B: processes at work on one database when they like, each with some connections, some asleep for long,
 * some killed, some stopped for a while.
 *
 * Commits are numbered by the database itself, one after the other, and every process journals the numbers that its commits got and that its
 * reads showed (`__test__/multiprocess/workers/roamer.mjs`). From the journals follows what the database was after each commit, so that afterwards
 * each read can be judged exactly: it showed one committed state, whole; that state was not older than what was acknowledged before the read
 * began; and no two commits have the same number, so that each was built on the one before.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../../packages/engine/src/index.ts'
import { copyDatabase } from '../mixed/copy.ts'
import { Worker } from '../processes.ts'
import { createRandom } from '../random.ts'
import type { Random } from '../random.ts'
import { sqliteIntegrity, sqliteTables } from '../sqlite-file.ts'

export interface LeisureOptions {
  readonly folder: string
  readonly seed: number
  /** Until as many rounds are done, or so many seconds are over. */
  readonly rounds: number
  readonly seconds?: number
  /** Actions of each connection in a round. */
  readonly actions?: number
  readonly classic?: boolean
  readonly engine?: string
  readonly progress?: (line: string) => void
}

export interface LeisureResult {
  readonly seed: number
  rounds: number
  commits: number
  reads: number
  kills: number
  stops: number
  /** The longest that anybody waited for anything, in ms, less what it was stopped itself. */
  longestWaitMs: number
  readonly problems: string[]
}

/** What a process is told on its command line. */
interface Part {
  readonly path: string
  /** The first of the numbers of its connections. */
  readonly who: number
  readonly connections: number
  readonly role: 'roamer' | 'timer'
  readonly seed: number
  readonly journal: string
  readonly heard: string
  readonly places: number
  readonly timeout: number
}

interface Member {
  readonly part: Part
  readonly worker: Worker
  isDead: boolean
  /** Bytes of its journal that were read. */
  read: number
  readonly stops: { readonly since: number; until: number }[]
}

interface Row {
  s: number
  who: number
  m: number
  v: number
  size: number
}

type Effect = readonly [kind: 'put' | 'set' | 'own' | 'del', k: number, ...numbers: number[]]

interface Pending {
  readonly who: number
  readonly m: number
  readonly effects: readonly Effect[]
}

interface Read {
  readonly who: number
  readonly heard: number
  readonly kind: string
  readonly argument: number
  readonly answer: unknown
}

const places = 512
const timeout = 20_000
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export function runLeisure(options: LeisureOptions): Promise<LeisureResult> {
  return new Leisure(options).run()
}

class Leisure {
  readonly #options: LeisureOptions
  readonly #random: Random
  readonly #path: string
  readonly #result: LeisureResult
  #members: Member[] = []
  #nextWho = 1
  /** The state after commit `#number`. */
  readonly #rows = new Map<number, Row>()
  #number = 0
  /** Of the dead, or not yet acknowledged: `who m` → what it would do. */
  readonly #pending = new Map<string, Pending>()

  constructor(options: LeisureOptions) {
    this.#options = options
    this.#random = createRandom(0, options.seed)
    this.#path = join(options.folder, 'leisure.db')
    this.#result = {
      seed: options.seed,
      rounds: 0,
      commits: 0,
      reads: 0,
      kills: 0,
      stops: 0,
      longestWaitMs: 0,
      problems: [],
    }
  }

  get #heard(): string {
    return join(this.#options.folder, 'heard')
  }

  async run(): Promise<LeisureResult> {
    const { rounds, seconds = Infinity, progress = () => {} } = this.#options
    const result = this.#result
    const end = performance.now() + seconds * 1000
    this.#create()
    const roles = ['roamer', 'roamer', 'roamer', 'timer'] as const
    this.#members = await Promise.all(roles.map((role) => this.#start(role)))
    while (result.rounds < rounds && performance.now() < end && result.problems.length === 0) {
      await this.#round()
      result.rounds++
      this.#judge()
      progress(
        `${result.rounds} rounds, ${result.commits} commits, ${result.reads} reads, ${result.kills} kills, ${result.stops} stops, ${result.problems.length} problems`,
      )
    }
    for (const member of this.#members) {
      const { code, signal, errors } = await member.worker.stop()
      if (code !== 0)
        result.problems.push(`${member.part.who} ended with ${code ?? signal}: ${errors}`)
    }
    const verdict = sqliteIntegrity(this.#path)
    if (verdict !== null && verdict !== 'ok') result.problems.push(`SQLite: ${verdict}`)
    return result
  }

  #create(): void {
    const db = new Database(this.#path, {
      experimental: ['multiprocess_wal'],
      pageSize: this.#random.pick([512, 1024, 4096]),
    })
    db.exec(
      `CREATE TABLE t(k INTEGER PRIMARY KEY, s INTEGER, who INTEGER, m INTEGER, v INTEGER, pad TEXT);
       CREATE INDEX t_s ON t(s);
       CREATE INDEX t_v ON t(v);
       INSERT INTO t VALUES (0, 0, 0, 0, 0, '');`,
    )
    db.close()
    this.#rows.set(0, { s: 0, who: 0, m: 0, v: 0, size: 0 })
    const file = openSync(this.#heard, 'w')
    ftruncateSync(file, 8 * places)
    closeSync(file)
  }

  async #start(role: Part['role']): Promise<Member> {
    const { folder, seed, classic = false, engine } = this.#options
    const who = this.#nextWho
    const connections = role === 'timer' ? 1 : this.#random.pick([1, 1, 2, 3])
    this.#nextWho += connections
    const journal = join(folder, `${who}.journal`)
    writeFileSync(journal, '')
    const path = this.#path
    const part: Part = {
      path,
      who,
      connections,
      role,
      seed,
      journal,
      heard: this.#heard,
      places,
      timeout,
    }
    const environment: Record<string, string> = classic ? { CHORUSDB_LOCKS: 'classic' } : {}
    const worker = new Worker('roamer', [JSON.stringify(part)], engine, environment)
    const member: Member = { part, worker, isDead: false, read: 0, stops: [] }
    await worker.next(60_000)
    return member
  }

  /** Everybody does so many actions; meanwhile somebody is killed, and somebody is stopped. */
  async #round(): Promise<void> {
    const { actions = 150 } = this.#options
    const random = this.#random
    let isOver = false
    const work = async (member: Member): Promise<void> => {
      member.worker.tell({ do: 'work', count: actions })
      try {
        await member.worker.next(120_000)
      } catch (error) {
        await sleep(0)
        if (member.isDead) return
        member.isDead = true
        this.#result.problems.push(`${member.part.who}: ${String(error)}`)
      }
    }
    const trouble = async (): Promise<void> => {
      for (let i = random.below(3); i >= 0 && !isOver; i--) {
        await sleep(random.below(600))
        const living = this.#members.filter(({ isDead }) => !isDead)
        if (isOver || living.length === 0) return
        const member = random.pick(living)
        if (random.below(3) > 0) await this.#stop(member)
        else await this.#kill(member)
      }
    }
    const troubled = trouble()
    await Promise.all(this.#members.map(work))
    isOver = true
    await troubled
    const dead = this.#members.filter(({ isDead }) => isDead)
    for (const member of dead) this.#readJournal(member)
    const reborn = await Promise.all(dead.map(({ part }) => this.#start(part.role)))
    this.#members = [...this.#members.filter(({ isDead }) => !isDead), ...reborn]
  }

  async #kill(member: Member): Promise<void> {
    member.isDead = true
    this.#result.kills++
    await member.worker.kill()
  }

  async #stop(member: Member): Promise<void> {
    const since = Date.now()
    const stop = { since, until: Infinity }
    member.stops.push(stop)
    this.#result.stops++
    member.worker.child.kill('SIGSTOP')
    await sleep(this.#random.below(400))
    member.worker.child.kill('SIGCONT')
    stop.until = Date.now()
  }

  // ── Judging ──────────────────────────────────────────────────────────────────────────────────────

  readonly #commits = new Map<number, Pending>()
  readonly #reads = new Map<number, Read[]>()

  #problem(text: string): void {
    if (this.#result.problems.length < 20) this.#result.problems.push(text)
  }

  #readJournal(member: Member): void {
    const { journal } = member.part
    const all = readFileSync(journal)
    const end = all.lastIndexOf(10) + 1
    const lines = all.toString('latin1', member.read, end).split('\n').slice(0, -1)
    member.read = end
    for (const line of lines) this.#take(member, JSON.parse(line) as [string, number, ...unknown[]])
  }

  #take(member: Member, [kind, who, ...words]: [string, number, ...unknown[]]): void {
    const numbers = words as number[]
    if (kind === '?') {
      const m = numbers[0]!
      this.#pending.set(`${who} ${m}`, { who, m, effects: words[2] as Effect[] })
    } else if (kind === '-') this.#pending.delete(`${who} ${numbers[0]}`)
    else if (kind === '+') {
      const [m, n, heard] = numbers as [number, number, number]
      const pending = this.#pending.get(`${who} ${m}`)!
      this.#pending.delete(`${who} ${m}`)
      if (n <= heard) {
        this.#problem(`${who} committed number ${n} after ${heard} was acknowledged`)
      }
      this.#addCommit(n, pending)
    } else if (kind === 'r') {
      const [heard, n, what, argument, answer] = words as [number, number, string, number, unknown]
      const reads = this.#reads.get(n) ?? []
      reads.push({ who, heard, kind: what, argument, answer })
      this.#reads.set(n, reads)
    } else if (kind === 'b') {
      // Who reads no frame of the log does not keep it from being restarted; then it is refused, as in SQLite.
      const [n, later, restarts] = numbers as [number, number, number]
      if (later <= n && restarts === 0)
        this.#problem(`${who} was refused as stale with ${n}, and read ${later} next`)
    } else if (kind === 'w') {
      const [, ms, since] = words as [string, number, number]
      const own = member.stops.reduce(
        (sum, stop) =>
          sum + Math.max(0, Math.min(stop.until, since + ms) - Math.max(stop.since, since)),
        0,
      )
      this.#result.longestWaitMs = Math.max(this.#result.longestWaitMs, ms - own)
    } else this.#problem(`${who}: ${String(words[0])}`)
  }

  #addCommit(n: number, commit: Pending): void {
    const other = this.#commits.get(n)
    if (other !== undefined || n <= this.#number) {
      const name = other === undefined ? 'an earlier one' : `${other.who} ${other.m}`
      this.#problem(`two commits have number ${n}: ${name}, ${commit.who} ${commit.m}`)
    } else this.#commits.set(n, commit)
  }

  /** Everybody rests: the journals are whole, but for those of the dead. */
  #judge(): void {
    for (const member of this.#members) this.#readJournal(member)
    const copy = copyDatabase(this.#path, join(this.#options.folder, 'copy'))
    const found = sqliteTables(copy)
    const fresh = this.#readAll()
    this.#settleDead(fresh)
    const last = Math.max(this.#number, ...this.#commits.keys(), ...this.#reads.keys())
    this.#judgeReads()
    while (this.#number < last) {
      const commit = this.#commits.get(this.#number + 1)
      if (commit === undefined) {
        this.#problem(`nobody has made commit ${this.#number + 1}, the last is ${last}`)
        return
      }
      this.#commits.delete(++this.#number)
      this.#apply(commit)
      this.#result.commits++
      this.#judgeReads()
    }
    this.#compare('a fresh connection', fresh)
    if (found !== null) this.#compare('SQLite', toRows(found['t']!))
  }

  #readAll(): unknown[][] {
    const db = new Database(this.#path, { experimental: ['multiprocess_wal'], timeout })
    const sql = 'SELECT k, s, who, m, v, pad FROM t ORDER BY k'
    const rows = db.prepare(sql).raw().all() as unknown[][]
    const [[verdict]] = db.prepare('PRAGMA integrity_check').raw().all() as [[string]]
    if (verdict !== 'ok') this.#problem(`integrity_check: ${verdict}`)
    db.close()
    return rows
  }

  /** Whether the last transaction of one who died counts: then it stands in a row that only it has written. */
  #settleDead(rows: unknown[][]): void {
    const numbers = new Map(rows.map(([, s, who, m]) => [`${who as number} ${m as number}`, s]))
    for (const [name, pending] of this.#pending) {
      const n = numbers.get(name) as number | undefined
      if (n !== undefined) this.#addCommit(n, pending)
    }
    this.#pending.clear()
  }

  #apply({ who, m, effects }: Pending): void {
    const s = this.#number
    for (const [kind, k, ...numbers] of effects) {
      const row = this.#rows.get(k)
      if (kind === 'put') {
        const [, , v, size] = numbers as [number, number, number, number]
        this.#rows.set(k, { s, who, m, v, size })
        if (row !== undefined) this.#problem(`${who} ${m}: row ${k} was there`)
      } else if (row === undefined) this.#problem(`${who} ${m}: row ${k} was not there`)
      else if (kind === 'set') {
        const [v, size] = numbers as [number, number]
        this.#rows.set(k, { ...row, v, size })
      } else if (kind === 'own') {
        const [, v, size] = numbers as [number, number, number]
        this.#rows.set(k, { s, who, m, v, size })
      } else this.#rows.delete(k)
    }
  }

  /** Those that showed the present number. */
  #judgeReads(): void {
    const n = this.#number
    for (const { who, heard, kind, argument, answer } of this.#reads.get(n) ?? []) {
      this.#result.reads++
      if (n < heard) {
        this.#problem(`stale: ${who} was shown number ${n} after ${heard} was acknowledged`)
      }
      const [expected, found] = [this.#answer(kind, argument), answer].map((x) => JSON.stringify(x))
      if (expected === found) continue
      this.#problem(
        `wrong: ${who} was shown ${kind} ${argument} of number ${n} as ${found!.slice(0, 120)}, and not ${expected!.slice(0, 120)}`,
      )
    }
    this.#reads.delete(n)
  }

  #answer(kind: string, argument: number): unknown {
    if (kind === 'row') {
      const row = this.#rows.get(argument)
      return row === undefined ? [null, null] : [row.v, padOf(row)]
    }
    const rows = [...this.#rows].sort(([left], [right]) => left - right)
    if (kind === 'index') return [rows.filter(([, { v }]) => v === argument).length]
    if (kind === 'scan') return hashOf(rows.map(([k, { s, v, size }]) => [k, s, v, size]))
    const sum = (of: (row: Row) => number): number =>
      rows.reduce((total, [, row]) => total + of(row), 0)
    return [rows.length, sum(({ v }) => v), sum(({ size }) => size)]
  }

  #compare(name: string, found: unknown[][]): void {
    const rows = [...this.#rows].sort(([left], [right]) => left - right)
    const expected = rows.map(([k, row]) => [k, row.s, row.who, row.m, row.v, padOf(row)])
    const at = Math.max(expected.length, found.length)
    for (let i = 0; i < at; i++) {
      const [one, other] = [JSON.stringify(expected[i]), JSON.stringify(found[i])]
      if (one === other) continue
      this.#problem(`${name} has ${other?.slice(0, 90)}, and not ${one?.slice(0, 90)}, as row ${i}`)
      return
    }
  }
}

function padOf({ v, size }: Row): string {
  return String.fromCharCode(97 + (v % 26)).repeat(size)
}

/** As `sqliteTables` shows them. */
function toRows(rows: string[][]): unknown[][] {
  const value = (shown: string): unknown =>
    shown.startsWith('i') ? Number(shown.slice(1)) : Buffer.from(shown.slice(1), 'hex').toString()
  const found = rows.map((row) => row.map(value))
  return found.sort((left, right) => Number(left[0]) - Number(right[0]))
}

/** 53 bits of FNV-1a over numbers, as `roamer.mjs` has it. */
function hashOf(rows: readonly (readonly number[])[]): number {
  let [low, high] = [0x811c9dc5, 0x1b873593]
  for (const row of rows) {
    for (const value of row) {
      low = Math.imul(low ^ value, 0x01000193)
      high = Math.imul(high ^ value ^ (low >>> 15), 0x85ebca6b)
    }
  }
  return (high >>> 0) * 0x20_0000 + (low & 0x1f_ffff)
}
