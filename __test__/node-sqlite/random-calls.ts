/**
 * Calls at random on two databases, of node:sqlite and of ours, which must come to the same: statements prepared, run and run again while iterators
 * are open, with values of all kinds, in and out of transactions, beside functions that throw. Left out is which rows a scan shows that others
 * have changed, and what node:sqlite itself takes amiss: it goes on wrongly with a statement whose iterator has failed, or was ended when it
 * was over.
 */
import { createRandom, type Random } from '../support/random.ts'
import { outcomeOf, show, type Loose } from './scenario.ts'

/** One of the two: its database, statements and iterators. */
interface Side {
  readonly db: Loose
  readonly statements: Loose[]
  readonly iterators: Loose[]
}

interface Call {
  readonly text: string
  readonly make: (side: Side) => unknown
  /** The iterator that it is about; -1: none. */
  readonly iterator: number
}

const literals =
  "1 2 3 'x' 'Ann' NULL 1.5 x'0102' -1 ? ? :a $b ?2 9007199254740993 abs(-2) f(1) g(2) f(a)".split(
    ' ',
  )

const fixed = [
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s',
  'RELEASE s',
  'ROLLBACK TO s',
  'PRAGMA user_version',
  'PRAGMA foreign_keys',
  'PRAGMA table_info(t)',
  'SELECT changes(), total_changes(), last_insert_rowid()',
  'CREATE TABLE IF NOT EXISTS u(x)',
  'DROP TABLE IF EXISTS u',
  'ALTER TABLE t RENAME COLUMN c TO d',
  'ALTER TABLE t RENAME COLUMN d TO c',
  'SELECT * FROM u',
  'INSERT INTO u VALUES (1)',
  'CREATE INDEX IF NOT EXISTS i ON t(b)',
  'DROP INDEX IF EXISTS i',
  'SELEC',
  'SELECT nothing',
  'SELECT 1; SELECT 2',
  '',
  'SELECT s(a) FROM t',
  'SELECT a, s(b) OVER (ORDER BY a) FROM t',
]

function sqlOf(random: Random): string {
  const literal = (): string => random.pick(literals)
  const column = (): string => random.pick(['a', 'b', 'c', 'rowid'])
  const operator = random.pick(['=', '<', '>', '||', '+', 'IS'])
  const expression = (): string =>
    random.pick([literal(), column(), `${column()} ${operator} ${literal()}`, 'count(*)'])
  const row = `(${literal()}, ${literal()}, ${literal()})`
  return random.pick([
    `SELECT ${expression()} AS p, ${expression()} FROM t WHERE ${expression()}`,
    `SELECT ${random.pick(['*', column()])} FROM t ORDER BY a LIMIT 3`,
    `SELECT ${literal()}, ${literal()}`,
    `INSERT INTO t VALUES ${row}`,
    `INSERT INTO t VALUES ${row} RETURNING a, b`,
    `INSERT OR IGNORE INTO t VALUES ${row}`,
    `UPDATE t SET b = ${literal()} WHERE a = ${literal()}`,
    `UPDATE t SET b = ${literal()} RETURNING *`,
    `DELETE FROM t WHERE a = ${literal()}`,
    random.pick(fixed),
    random.pick(fixed),
    random.pick(fixed),
  ])
}

const values: readonly Loose[] = [
  1,
  2,
  3,
  -1,
  1.5,
  2n,
  2n ** 53n,
  null,
  'x',
  'Ann',
  'é',
  new Uint8Array([1, 2]),
  true,
  undefined,
  {},
  [],
  NaN,
  2 ** 40,
]

function argumentsOf(random: Random): Loose[] {
  const value = (): Loose => random.pick(values)
  return random.pick([
    [],
    [],
    [value()],
    [value(), value()],
    [value(), value(), value()],
    [{ a: value(), b: value() }],
    [{ a: value() }, value()],
    [{ $b: value(), unknown: 1 }],
  ])
}

/** Those that are made more often stand here more often. */
const kinds = 'prepare prepare exec all all get get run run iterate next next return state'.split(
  ' ',
)

function callOf(random: Random, sides: readonly Side[], over: ReadonlySet<number>): Call | null {
  const { statements, iterators } = sides[0]!
  const what = random.pick(kinds)
  const call = (text: string, make: Call['make'], iterator = -1): Call => ({
    text,
    make,
    iterator,
  })
  switch (what) {
    case 'prepare': {
      const sql = sqlOf(random)
      const options = random.pick<Loose>([
        undefined,
        undefined,
        { readBigInts: true },
        { returnArrays: true },
        { allowUnknownNamedParameters: true },
        { allowBareNamedParameters: false },
      ])
      return call(`prepare ${sql} ${show(options)}`, ({ db, statements: all }) => {
        all.push(db.prepare(sql, options))
      })
    }
    case 'exec': {
      const sql = sqlOf(random)
      return call(`exec ${sql}`, ({ db }) => db.exec(sql))
    }
    case 'next':
    case 'return': {
      const place = random.below(Math.max(1, iterators.length))
      if (place >= iterators.length || (what === 'return' && over.has(place))) return null
      return call(`${what} ${place}`, (side) => side.iterators[place][what](), place)
    }
    case 'state':
      return call(what, ({ db, statements: all }) => {
        const last = all.at(-1)
        if (last === undefined) return [db.isTransaction]
        const columns = last.columns().map((column: Loose) => ({ ...column }))
        return [db.isTransaction, last.expandedSQL, last.sourceSQL, columns]
      })
    default: {
      if (statements.length === 0) return null
      const place = random.below(statements.length)
      const args = argumentsOf(random)
      return call(`${what} ${place} ${show(args)}`, (side) => {
        const answer = side.statements[place][what](...args)
        if (what !== 'iterate') return answer
        side.iterators.push(answer)
        return 'an iterator'
      })
    }
  }
}

function open({ DatabaseSync }: Loose): Side {
  const db = new DatabaseSync(':memory:')
  db.exec("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c CHECK (c IS NOT 'bad'))")
  db.exec("INSERT INTO t VALUES (1, 'Ann', 1), (2, NULL, 2.5), (3, x'00', 'x')")
  db.function('f', (a: unknown) => {
    if (a === 3) throw new RangeError('mine')
    return a
  })
  db.function('g', (_a: unknown) => db.prepare('SELECT count(*) AS n FROM t').get().n)
  const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 1)
  db.aggregate('s', {
    start: 0,
    step: (sum: number, value: unknown) => sum + numberOf(value),
    inverse: (sum: number, value: unknown) => sum - numberOf(value),
  })
  return { db, statements: [], iterators: [] }
}

/** One round of so many calls. Answers the last of them where they came to different things; null: nowhere. */
function differenceOf(random: Random, modules: readonly Loose[], count: number): string | null {
  const sides = modules.map(open)
  const over = new Set<number>()
  const said: string[] = []
  /** Iterators that there were at the last call that was no iterator's. */
  let changed = 0
  for (let i = 0; i < count; i++) {
    const call = callOf(random, sides, over)
    if (call === null) continue
    const [theirs, ours] = sides.map((side) => outcomeOf(() => call.make(side)))
    said.push(`${call.text}\n  ${theirs}`)
    // What a scan shows of rows that were changed since it began is not said.
    if (theirs !== ours && call.iterator >= 0 && changed > call.iterator) return null
    if (call.iterator < 0) changed = sides[0]!.iterators.length
    if (theirs !== ours) return [...said.slice(-15), `  here: ${ours}`].join('\n')
    const hasFailed = theirs!.startsWith('throws')
    if (call.iterator >= 0 && hasFailed) break
    if (call.text.startsWith('return') || theirs!.includes('done: true')) over.add(call.iterator)
  }
  return null
}

/** @param modules node:sqlite and ours. Answers what differs; empty: nothing */
export function compareRandomCalls(modules: readonly Loose[], rounds: number): string {
  const random = createRandom(1)
  for (let round = 0; round < rounds; round++) {
    const difference = differenceOf(random, modules, 60)
    if (difference !== null) return `SEED=${random.seed}, round ${round}:\n${difference}`
  }
  return ''
}
