/**
 * One round of the search for foreign errors: a database, statements that are mostly wrong, calls that are not made like that, and at
 * times a file with damaged bytes. Whatever is thrown must be an honest error, and the connection goes on.
 */
import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Database, type Statement } from '../../../packages/engine/src/index.ts'
import { QueryWriter, randomTables } from '../../plan/random-query.ts'
import { randomShape } from '../fuzz/shape.ts'
import { randomStatement } from '../fuzz/statement.ts'
import { createRandom, type Random } from '../random.ts'
import { foreignness } from './foreign.ts'
import { mutate } from './mutation.ts'
import { schema, statements } from './statements.ts'

type Connection = InstanceType<typeof Database>

export interface Finding {
  readonly seed: number
  /** What was done, in order. */
  readonly trace: readonly string[]
  readonly text: string
}

/** Something thrown, or found afterwards, that must not be. */
class Found extends Error {}

class Round {
  readonly #random: Random
  readonly #path: string
  readonly #isShared: boolean
  /** Bytes of the file are changed now and then. */
  readonly #damages: boolean
  readonly #seeds: readonly string[]
  readonly #make: () => string
  #db: Connection
  #iterators: Iterator<unknown>[] = []
  #statements: Statement[] = []
  readonly trace: string[] = []
  /** Bytes of the file were changed: it may say anything, but in SQLite's words. */
  #isDamaged = false

  constructor(seed: number, folder: string, seeds: readonly string[]) {
    const random = createRandom(7, seed)
    this.#random = random
    this.#seeds = seeds
    const mode = random.below(4)
    this.#isShared = mode === 0
    this.#path = mode < 2 ? join(folder, 'errors.db') : ':memory:'
    this.#damages = mode < 2 && random.below(2) === 0
    for (const suffix of ['', '-wal', '-shm', '-tshm', '-tproc']) {
      rmSync(join(folder, `errors.db${suffix}`), { force: true })
    }
    this.trace.push(`open ${this.#path}${this.#isShared ? ', shared' : ''}`)
    this.#db = this.#open()
    const shape = randomShape(random)
    const tables = randomTables(random)
    const queries = new QueryWriter(random, tables)
    const isQueries = random.below(3) === 0
    this.#make = (): string => {
      const kind = random.below(6)
      if (kind === 0) return random.pick(statements)
      if (kind === 1) return random.pick(seeds)
      if (isQueries && kind < 5) return queries.query(1 + random.below(3))
      return kind < 5 ? randomStatement(random, shape) : random.pick(statements)
    }
    const first = isQueries
      ? tables.setup
      : [
          ...schema,
          ...shape.tables
            .filter(({ name }) => name !== 't' && name !== 'u')
            .flatMap((table) => [table.create, ...table.indexes]),
        ]
    for (const sql of first) this.#try(sql, () => this.#db.exec(sql))
  }

  #open(): Connection {
    const db = new Database(
      this.#path,
      this.#isShared ? { experimental: ['multiprocess_wal'] } : {},
    )
    db.exec('PRAGMA synchronous = OFF')
    if (this.#random.below(4) === 0) db.exec('PRAGMA cache_size = 10')
    return db
  }

  /** Does it; what it throws is looked at. */
  #try(what: string, action: () => unknown): void {
    this.trace.push(what)
    try {
      action()
    } catch (error) {
      const wrong = foreignness(error)
      if (wrong !== null) throw new Found(wrong)
    }
  }

  run(): void {
    for (let count = 30 + this.#random.below(60); count > 0; count--) {
      this.#step()
      this.#checkSound()
    }
    this.#finish()
  }

  #statement(): string {
    const sql = this.#make()
    return this.#random.below(3) === 0 ? sql : mutate(this.#random, sql, this.#seeds)
  }

  #step(): void {
    const random = this.#random
    const kind = random.below(30)
    if (kind < 10) {
      const sql = this.#statement()
      this.#try(sql, () => this.#db.exec(sql))
    } else if (kind < 22) this.#prepared(this.#statement())
    else if (kind < 25) this.#misuse()
    else if (kind === 25) this.#nested()
    else if (kind === 26) this.#again()
    else if (kind === 27) this.#endIterators()
    else if (this.#damages) this.#damage()
    else {
      const enabled = random.below(2) === 0
      this.#try(`unsafeMode(${enabled})`, () => this.#db.unsafeMode(enabled))
    }
  }

  #prepared(sql: string): void {
    this.#try(sql, () => {
      const statement = this.#db.prepare(sql)
      if (this.#random.below(3) === 0) this.#statements.push(statement)
      this.#call(statement)
    })
  }

  #again(): void {
    if (this.#statements.length === 0) return
    const statement = this.#random.pick(this.#statements)
    this.#try(`again: ${statement.source}`, () => this.#call(statement))
  }

  #call(statement: Statement): void {
    const random = this.#random
    const args = this.#arguments()
    if (random.below(4) === 0) statement.safeIntegers(random.below(2) === 0)
    if (statement.reader && random.below(3) === 0) {
      const shape = random.pick(['raw', 'pluck', 'expand'] as const)
      statement[shape]()
    }
    switch (random.below(8)) {
      case 0:
        return void statement.run(...args)
      case 1:
        return void statement.get(...args)
      case 2:
        return void statement.columns()
      case 3: {
        const rows = statement.iterate(...args)
        this.trace.push('iterates')
        this.#iterators.push(rows)
        return void rows.next()
      }
      case 4:
        return void String(statement.bind(...args))
      default:
        return void (statement.reader ? statement.all(...args) : statement.run(...args))
    }
  }

  #arguments(): unknown[] {
    const random = this.#random
    if (random.below(2) === 0) return []
    const value = (): unknown =>
      random.pick<unknown>([
        1,
        -1.5,
        NaN,
        Infinity,
        -0,
        2 ** 63,
        9223372036854775807n,
        1n << 64n,
        '',
        'a\0b',
        '\ud800',
        '\u{1f600}',
        null,
        undefined,
        true,
        Symbol('s'),
        () => 1,
        Buffer.from('ab'),
        new Float64Array(2),
        new ArrayBuffer(3),
        new Date(0),
        /x/,
        [1, 2],
        [],
        {},
        { a: 1, b: 2 },
        { a: {} },
        Object.create(null),
        new Proxy({}, {}),
        new Map(),
      ])
    const args = Array.from({ length: random.below(5) }, value)
    this.trace.push(`with ${args.length}: ${args.map((arg) => typeof arg).join()}`)
    return args
  }

  #misuse(): void {
    const random = this.#random
    const db = this.#db as unknown as Record<string, (...args: unknown[]) => unknown>
    const method = random.pick([
      'prepare',
      'exec',
      'pragma',
      'explain',
      'transaction',
      'function',
      'aggregate',
      'table',
      'serialize',
      'loadExtension',
      'defaultSafeIntegers',
      'status',
    ])
    const args = this.#arguments().filter((arg) => typeof arg !== 'function')
    this.#try(`db.${method}`, () => db[method]!(...args))
    if (random.below(6) === 0) this.#closed()
  }

  /** Statements of a connection that was closed. */
  #closed(): void {
    const kept = this.#statements
    this.#statements = []
    this.#try('close', () => this.#db.close())
    if (this.#db.open) return
    this.#iterators = []
    for (const statement of kept) {
      this.#try(`closed: ${statement.source}`, () => this.#call(statement))
      this.#iterators = []
    }
    this.#try('exec when closed', () => this.#db.exec('SELECT 1'))
    this.#try('pragma when closed', () => this.#db.pragma('user_version'))
    this.#try('open again', () => (this.#db = this.#open()))
    if (!this.#db.open) throw new Stop()
  }

  #nested(): void {
    const variant = this.#random.pick(['deferred', 'immediate', 'exclusive'] as const)
    const inner = this.#statement()
    const outer = this.#statement()
    const fails = this.#random.below(2) === 0
    this.#try(`transaction ${variant}: ${outer}; nested: ${inner}`, () => {
      const second = this.#db.transaction(() => {
        this.#db.exec(inner)
        if (fails) throw new TypeError('Expected by the test')
      })
      const first = this.#db.transaction(() => {
        this.#db.exec(outer)
        second()
      })
      first[variant]()
    })
  }

  #endIterators(): void {
    for (const rows of this.#iterators) {
      const isReturn = this.#random.below(2) === 0
      this.#try(isReturn ? 'return' : 'next to the end', () => {
        if (isReturn) return rows.return?.()
        for (let i = 0; i < 1000; i++) if (rows.next().done) return undefined
        return rows.return?.()
      })
    }
    this.#iterators = []
  }

  /** Changes bytes of the file while nobody has it open. */
  #damage(): void {
    this.#endIterators()
    this.#statements = []
    this.#try('close', () => this.#db.close())
    if (this.#db.open) return
    const random = this.#random
    const file = openSync(this.#path, 'r+')
    const { size } = statSync(this.#path)
    for (let count = 1 + random.below(4); count > 0 && size > 0; count--) {
      const at = this.#placeToDamage(file, size)
      const byte = Buffer.alloc(1)
      readSync(file, byte, 0, 1, at)
      byte[0] = random.pick([0, 1, 0x7f, 0x80, 0xff, 40, 44, 39, byte[0]! ^ (1 << random.below(8))])
      writeSync(file, byte, 0, 1, at)
      this.trace.push(`byte ${at} = ${byte[0]}`)
    }
    closeSync(file)
    this.#isDamaged = true
    this.#try('open again', () => (this.#db = this.#open()))
    if (!this.#db.open) throw new Stop()
    const questions = [
      'PRAGMA integrity_check',
      'PRAGMA quick_check',
      'SELECT * FROM sqlite_schema',
      'SELECT count(*), max(b) FROM t',
      'SELECT * FROM u ORDER BY a, b',
      'INSERT INTO t(b) VALUES (random())',
      'UPDATE u SET c = c || 1',
      'DELETE FROM t WHERE a > 2',
      'CREATE INDEX damaged ON u(b)',
      'DROP TABLE t',
    ]
    for (const sql of questions) {
      this.#try(sql, () => {
        const statement = this.#db.prepare(sql)
        if (statement.reader) statement.all()
        else statement.run()
      })
    }
  }

  /** In a word of the schema, near the beginning of a page (its header, cell pointers), or anywhere in it. */
  #placeToDamage(file: number, size: number): number {
    const random = this.#random
    if (random.below(10) === 0) {
      const start = Buffer.alloc(Math.min(size, 16_384))
      readSync(file, start, 0, start.length, 0)
      const words = [
        'CREATE',
        'INTEGER',
        'UNIQUE',
        'CHECK',
        'table',
        'index',
        'view',
        'sqlite_',
        'abs(',
      ]
      const at = start.indexOf(random.pick(words))
      if (at >= 0) return Math.min(size - 1, at + random.below(30))
    }
    const isFirst = random.below(3) === 0
    const page = isFirst ? 0 : random.below(Math.ceil(size / 512)) * 512
    return Math.min(size - 1, page + random.below(random.pick([120, 16, 512, 4096])))
  }

  #checkSound(): void {
    const db = this.#db
    const { inTransaction } = db
    this.#try('SELECT 1', () => {
      const one = db.prepare('SELECT 1 AS one').pluck().get()
      if (Number(one) !== 1) throw new Error(`SELECT 1 is ${String(one)}`)
    })
    if (db.inTransaction !== inTransaction) throw new Found('a SELECT changed inTransaction')
    if (this.#iterators.length > 0) return
    const next = inTransaction ? 'SAVEPOINT sound; RELEASE sound' : 'BEGIN; ROLLBACK'
    this.#demand(next, () => db.exec(next))
    if (db.inTransaction !== inTransaction) throw new Found('BEGIN and ROLLBACK left a state')
  }

  /** Does what must succeed. */
  #demand(what: string, action: () => unknown): void {
    try {
      action()
    } catch (error) {
      this.trace.push(what)
      throw new Found(`${what}: ${(error as Error).stack}`)
    }
  }

  #finish(): void {
    this.#endIterators()
    this.#demand('unsafeMode(false)', () => this.#db.unsafeMode(false))
    if (this.#db.inTransaction) {
      const end = this.#random.below(2) === 0 ? 'COMMIT' : 'ROLLBACK'
      this.#try(end, () => this.#db.exec(end))
    }
    this.#checkIntegrity()
    this.#demand('close', () => this.#db.close())
    if (this.#path === ':memory:') return
    if (this.#isDamaged) return this.#try('open again', () => this.#open().close())
    this.#db = this.#open()
    this.#checkIntegrity()
    this.#db.close()
  }

  #checkIntegrity(): void {
    if (this.#isDamaged) return
    // A CHECK or an index may be what cannot be evaluated.
    this.#try('PRAGMA integrity_check', () => {
      const answer = JSON.stringify(this.#db.pragma('integrity_check'))
      if (answer !== '[{"integrity_check":"ok"}]') throw new Error(answer)
    })
  }

  abandon(): void {
    try {
      for (const rows of this.#iterators) rows.return?.()
      this.#db.close()
    } catch {
      // It is what was found, or follows from it.
    }
  }
}

/** The round has nothing to go on with: a damaged file cannot be opened. */
class Stop extends Error {}

/** @returns what was found; null: nothing */
export function playRound(
  seed: number,
  folder: string,
  seeds: readonly string[] = statements,
): Finding | null {
  let round: Round | null = null
  try {
    round = new Round(seed, folder, seeds)
    round.run()
    return null
  } catch (error) {
    if (error instanceof Stop) return null
    const text = error instanceof Found ? error.message : String((error as Error).stack)
    return { seed, trace: round?.trace.slice(-12) ?? [], text }
  } finally {
    round?.abandon()
  }
}
