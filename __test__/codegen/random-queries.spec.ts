/**
 * Random queries over small tables of mixed values, against SQLite. The plans are the binder's own, so that only the
 * emitter is on trial. `SEED=…` repeats a run; the seed of a failure is in its message.
 */
import test from 'ava'
import { openOracle, show } from '../support/oracle.ts'
import { randomFrom } from '../support/faulty-file.ts'
import { BareEngine, shown } from './bare-engine.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const queryCount = Number(process.env['QUERIES'] ?? 400)

const values = [
  'NULL',
  '0',
  '1',
  '2',
  '-1',
  '10',
  '1.5',
  '2.0',
  '-0.5',
  '1e10',
  '9007199254740993',
  "'a'",
  "'A'",
  "'b'",
  "'B '",
  "'10'",
  "'1.5'",
  "' 2'",
  "'abc'",
  "''",
  "x'61'",
  "x'3130'",
  "'é'",
]

interface Scope {
  readonly name: string
  readonly columns: readonly string[]
}

const tables: readonly Scope[] = [
  { name: 't', columns: ['id', 'a', 'b', 'c', 'd', 'n'] },
  { name: 'u', columns: ['x', 'y', 'z', 'w'] },
]

/** Writes random SQL. */
class Writer {
  readonly #random: () => number

  constructor(start: number) {
    this.#random = randomFrom(start)
  }

  below(n: number): number {
    return Math.floor(this.#random() * n)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  setup(): string {
    const statements = [
      'CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL, d, n TEXT COLLATE NOCASE)',
      'CREATE TABLE u(x INTEGER, y TEXT, z REAL, w)',
    ]
    const row = (count: number): string =>
      Array.from({ length: count }, () => this.pick(values)).join(', ')
    for (let id = 1; id <= 16; id++) statements.push(`INSERT INTO t VALUES (${id}, ${row(5)})`)
    for (let i = 0; i < 12; i++) statements.push(`INSERT INTO u VALUES (${row(4)})`)
    return statements.join(';\n')
  }

  column(scope: readonly Scope[]): string {
    const { name, columns } = this.pick(scope)
    return `${name}.${this.pick(columns)}`
  }

  expression(scope: readonly Scope[], depth: number): string {
    const e = (): string => this.expression(scope, depth - 1)
    if (depth <= 0 || this.below(6) === 0)
      return this.below(3) === 0 ? this.pick(values) : this.column(scope)
    const not = this.pick(['', 'NOT '])
    switch (this.below(16)) {
      case 0:
        return `(${e()} ${this.pick(['+', '-', '*', '/', '%', '||', '&', '<<'])} ${e()})`
      case 1:
      case 2:
      case 3:
        return `(${e()} ${this.pick(['=', '<', '<=', '>', '>=', '<>', 'IS', 'IS NOT'])} ${e()})`
      case 4:
      case 5:
        return `(${e()} ${this.pick(['AND', 'OR'])} ${e()})`
      case 6:
        return `(NOT ${e()})`
      case 7:
        return `(${e()} ${not}BETWEEN ${e()} AND ${e()})`
      case 8:
        return `(${e()} ${not}IN (${this.pick(values)}, ${e()}, ${this.pick(values)}))`
      case 9:
        return `CASE WHEN ${e()} THEN ${e()} ELSE ${e()} END`
      case 10:
        return `CAST(${e()} AS ${this.pick(['INTEGER', 'REAL', 'TEXT', 'NUMERIC', 'BLOB'])})`
      case 11:
        return `(${e()} IS ${not}NULL)`
      case 12:
        return `${this.pick(['coalesce', 'nullif', 'min', 'max'])}(${e()}, ${e()})`
      case 13:
        return `${this.pick(['typeof', 'length', 'quote', 'lower'])}(${e()})`
      default:
        return this.subquery(scope, depth)
    }
  }

  subquery(scope: readonly Scope[], depth: number): string {
    const table = this.pick(tables)
    const inner: Scope = { name: `s${depth}`, columns: table.columns }
    const from = `FROM ${table.name} ${inner.name} WHERE ${this.expression([...scope, inner], depth - 2)}`
    const column = `${inner.name}.${this.pick(inner.columns)}`
    const not = this.pick(['', 'NOT '])
    switch (this.below(3)) {
      case 0:
        return `(SELECT ${this.pick(['max', 'min', 'count'])}(${column}) ${from})`
      case 1:
        return `(${not}EXISTS (SELECT 1 ${from}))`
      default:
        return `(${this.column(scope)} ${not}IN (SELECT ${column} ${from}))`
    }
  }

  query(): string {
    const scope: Scope[] = []
    let from = ''
    for (let i = 0, count = 1 + this.below(3); i < count; i++) {
      const table = this.pick(tables)
      scope.push({ name: `q${i}`, columns: table.columns })
      if (i === 0) from = `${table.name} q0`
      else
        from += ` ${this.pick(['JOIN', 'LEFT JOIN'])} ${table.name} q${i} ON ${this.column(scope)} = ${this.column(scope)}`
    }
    const where = this.below(3) === 0 ? '' : ` WHERE ${this.expression(scope, 2)}`
    const results = Array.from(
      { length: 1 + this.below(3) },
      () => `(${this.expression(scope, 2)} || '')`,
    )
    if (this.below(3) === 0) {
      const keys = Array.from({ length: this.below(4) }, () => `typeof(${this.column(scope)})`)
      const calls = Array.from({ length: 1 + this.below(3) }, () =>
        this.below(2) === 0
          ? `${this.pick(['count', 'total', 'avg'])}(${this.pick(['', 'DISTINCT '])}${this.column(scope)})`
          : // As text, for of 0 and 0.0 either may be the least.
            `${this.pick(['min', 'max'])}(${this.column(scope)} || '')`,
      )
      const groupBy = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`
      return `SELECT ${[...keys, ...calls, 'count(*)'].join(', ')} FROM ${from}${where}${groupBy}`
    }
    const distinct = this.pick(['', '', 'DISTINCT '])
    const query = `SELECT ${distinct}${results.join(', ')} FROM ${from}${where}`
    if (this.below(4) > 0) return query
    const arm = results.map(() => `(${this.column(scope)} || '')`)
    return `${query} ${this.pick(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} SELECT ${arm.join(', ')} FROM ${from}`
  }
}

test(`compiled queries: ${queryCount} random ones answer as SQLite does`, async (t) => {
  const oracle = openOracle()
  if (oracle === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  t.timeout(300_000)
  const engine = new BareEngine()
  t.teardown(() => {
    engine.close()
    oracle.close()
  })
  t.log(`SEED=${seed}`)
  const writer = new Writer(seed)
  const setup = writer.setup()
  engine.exec(setup)
  await oracle.reset(setup)
  for (let i = 0; i < queryCount; i++) {
    const sql = writer.query()
    const expected = await oracle.query(sql).then(
      (rows) => rows.map((row) => row.map(show).join(', ')).sort(),
      () => null,
    )
    // SQLite may find an error in rows that another order of evaluation never reaches.
    if (expected === null) continue
    const rows = (engine.run(engine.bind(sql)) as unknown[][]).map((row) =>
      row.map(shown).join(', '),
    )
    t.deepEqual(rows.sort(), expected, `SEED=${seed}: ${sql}`)
  }
})
