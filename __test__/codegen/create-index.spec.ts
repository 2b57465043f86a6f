/**
 * CREATE INDEX and REINDEX beside SQLite: the index says what the table says, in its order, and SQLite finds the file sound. Tables and indexes are drawn
 * at random: kinds of values, affinities, collations, directions, conditions, columns that are younger than the rows.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { sqliteIntegrity } from '../support/sqlite-file.ts'
import { someValue } from '../support/spilling.ts'
import { temporaryFolder } from '../support/temporary.ts'

const types = ['', 'INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB', 'TEXT COLLATE NOCASE']
const columns = ['a', 'b', 'c', 'd', 'e']

function fill(database: Database, random: Random, keyed: string, count: number): void {
  const definitions = columns.slice(0, 4).map((name) => `${name} ${random.pick(types)}`)
  const keys = { none: '', rowid: 'id INTEGER PRIMARY KEY, ', key: 'id PRIMARY KEY, ' }
  const key = keys[keyed as keyof typeof keys]
  const tail = keyed === 'key' ? ' WITHOUT ROWID' : ''
  database.exec(`CREATE TABLE t(${key}${definitions.join(', ')})${tail}`)
  database.exec('BEGIN')
  const names = keyed === 'none' ? 'a, b, c, d' : 'id, a, b, c, d'
  for (let i = 0; i < count; i++) {
    const id = keyed === 'none' ? '' : `${(i * 7919) % 100_003}, `
    const long = random.below(40) === 0 ? `'${'long '.repeat(random.below(900))}'` : null
    const values = Array.from({ length: 4 }, () => long ?? someValue(random))
    database.exec(`INSERT INTO t(${names}) VALUES (${id}${values.join(', ')})`)
  }
  database.exec('COMMIT')
  database.exec(
    `ALTER TABLE t ADD COLUMN e ${random.pick(['', 'REAL DEFAULT 2.0', "DEFAULT 'x'"])}`,
  )
  const late = names.replace('d', 'd, e')
  for (let i = 0; i < 20; i++) {
    const id = keyed === 'none' ? '' : `${200_000 + i}, `
    const values = Array.from({ length: 5 }, () => someValue(random))
    database.exec(`INSERT INTO t(${late}) VALUES (${id}${values.join(', ')})`)
  }
}

function indexTerms(random: Random, keyed: string): string {
  const names = keyed === 'rowid' ? [...columns, 'id'] : columns
  const terms = Array.from({ length: 1 + random.below(3) }, () => {
    const collation = random.pick(['', '', ' COLLATE NOCASE', ' COLLATE RTRIM', ' COLLATE back'])
    const name = random.below(8) === 0 ? `(typeof(${random.pick(names)}))` : random.pick(names)
    return name + collation + random.pick(['', '', ' DESC'])
  })
  return terms.join(', ')
}

for (const [i, keyed] of ['none', 'rowid', 'key', 'none', 'rowid', 'key'].entries()) {
  test(`create index: random tables, ${keyed}, ${i}`, (t) => {
    const random = createRandom(40 + i)
    const path = `${temporaryFolder()}/t.db`
    const database = new Database(path)
    database.collation('back', (a: string, b: string) => (a < b ? 1 : a > b ? -1 : 0))
    database.pragma(`encoding = '${random.pick(['UTF-8', 'UTF-8', 'UTF-16le'])}'`)
    database.pragma(`page_size = ${random.pick([512, 1024, 4096])}`)
    database.pragma(`auto_vacuum = ${random.pick([0, 1])}`)
    database.pragma(`cache_size = -${random.pick([10, 40, 2000])}`)
    fill(database, random, keyed, 150 + random.below(700))
    for (let n = 0; n < 6; n++) {
      const where = random.below(4) === 0 ? ' WHERE a IS NOT NULL' : ''
      database.exec(`CREATE INDEX i${n} ON t(${indexTerms(random, keyed)})${where}`)
    }
    t.is(database.pragma('integrity_check', { simple: true }), 'ok', `seed ${random.seed}`)
    database.exec('REINDEX')
    t.is(database.pragma('integrity_check', { simple: true }), 'ok', `seed ${random.seed}`)
    for (const { name } of database
      .prepare("SELECT name FROM sqlite_schema WHERE sql LIKE '%back%' AND type = 'index'")
      .all() as { name: string }[])
      database.exec(`DROP INDEX ${name}`)
    database.exec(
      'UPDATE t SET b = a, c = b WHERE rowid % 2 = 0'.replace(
        keyed === 'key' ? 'rowid' : '@',
        'id',
      ),
    )
    t.is(database.pragma('integrity_check', { simple: true }), 'ok', `seed ${random.seed}`)
    database.close()
    const verdict = sqliteIntegrity(path)
    if (verdict !== null) t.is(verdict, 'ok', `seed ${random.seed}`)
  })
}

test('create index: UNIQUE sees what is equal under its collation, and NULLs are all different', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE t(a, b)')
  const insert = database.prepare('INSERT INTO t VALUES (?, ?)')
  for (let i = 0; i < 2000; i++) insert.run(i % 10 === 0 ? null : `k${i}`, i % 2)
  database.exec('CREATE UNIQUE INDEX i ON t(a, b)')
  insert.run('k17', 1.5)
  insert.run(1, 2)
  insert.run(1.5, 2)
  database.exec('CREATE UNIQUE INDEX j ON t(a, b)')
  database.exec("DROP INDEX i; DROP INDEX j; INSERT INTO t VALUES ('K17 ', 1), (1, 2.0)")
  t.throws(() => database.exec('CREATE UNIQUE INDEX i ON t(a, b)'), {
    message: 'UNIQUE constraint failed: t.a, t.b',
  })
  database.exec('DELETE FROM t WHERE a = 1')
  database.exec('CREATE UNIQUE INDEX i ON t(a COLLATE NOCASE, b)')
  t.throws(() => database.exec('CREATE UNIQUE INDEX j ON t(rtrim(a) COLLATE NOCASE, b)'), {
    message: "UNIQUE constraint failed: index 'j'",
  })
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})
