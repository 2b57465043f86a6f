/**
 * Databases with auto_vacuum: their pointer maps are SQLite's to the last entry, whatever happens to tables, indexes, overflow chains and roots,
 * and they are cut as SQLite cuts them.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom, type Random } from '../support/random.ts'
import { runWithSqlite } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const modes = ['full', 'incremental'] as const
const experimental = [[], ['multiprocess_wal']]

/** What SQLite says of a file: integrity, page count, auto_vacuum, free pages. null: no SQLite here. */
function sqliteSays(path: string): unknown {
  const script = `
    const db = new DatabaseSync(process.argv[1])
    const names = ['integrity_check', 'page_count', 'auto_vacuum', 'freelist_count']
    const rows = names.map((name) => Object.values(db.prepare('PRAGMA ' + name).get())[0])
    db.close()
    process.stdout.write(JSON.stringify(rows))`
  return runWithSqlite(script, [path])
}

const ask = (db: Database, name: string): unknown => db.pragma(name, { simple: true })

function step(db: Database, random: Random, tables: string[], number: number): void {
  const blob = `zeroblob(${random.pick([10, 200, 600, 3000, 20_000])})`
  const table = tables.length === 0 ? '' : random.pick(tables)
  const kind = tables.length === 0 ? 0 : random.below(9)
  const some = `id % ${2 + random.below(4)} = 0`
  switch (kind) {
    case 0: {
      const name = `t${number}`
      const unique = random.below(2) === 0 ? 'UNIQUE' : ''
      const tail = random.below(4) === 0 ? 'WITHOUT ROWID' : ''
      db.exec(`CREATE TABLE ${name}(id INTEGER PRIMARY KEY, a TEXT ${unique}, b BLOB) ${tail}`)
      if (random.below(2) === 0) db.exec(`CREATE INDEX i${number} ON ${name}(b, a)`)
      tables.push(name)
      return
    }
    case 1:
      if (tables.length < 3) return
      db.exec(`DROP TABLE ${table}`)
      tables.splice(tables.indexOf(table), 1)
      return
    case 2:
      db.exec(`DELETE FROM ${table} WHERE ${some}`)
      return
    case 3:
      db.exec(`UPDATE OR IGNORE ${table} SET b = ${blob}, a = a || id WHERE ${some}`)
      return
    case 4:
      db.exec(`PRAGMA incremental_vacuum(${random.below(12)})`)
      return
    case 5:
      db.exec(`BEGIN; INSERT OR IGNORE INTO ${table} VALUES (${number + 100_000}, 'x', ${blob}); SAVEPOINT s;
        DELETE FROM ${table}; PRAGMA incremental_vacuum(${random.below(20)}); CREATE TABLE n(x)`)
      db.exec(random.pick(['ROLLBACK TO s; COMMIT', 'ROLLBACK', 'DROP TABLE n; COMMIT']))
      return
    default: {
      const first = random.below(1_000_000)
      const values = [0, 1, 2, 3, 4].map((i) => `(${first + i}, 'k${first * 7 + i}', ${blob})`)
      db.exec(`INSERT OR IGNORE INTO ${table} VALUES ${values.join()}`)
    }
  }
}

function run(t: ExecutionContext, mode: string, several: boolean, salt: number): void {
  const random = createRandom(salt)
  const pageSize = random.pick([512, 1024, 4096])
  t.log(`SEED=${random.seed}, pages of ${pageSize} bytes`)
  const path = join(temporaryFolder(), 'a.db')
  const open = (): Database =>
    new Database(path, { pageSize, experimental: experimental[several ? 1 : 0]! })
  let db = open()
  db.exec(`PRAGMA page_size = ${pageSize}; PRAGMA auto_vacuum = ${mode}`)
  const tables: string[] = []
  for (let i = 0; i < 120; i++) {
    step(db, random, tables, i)
    if (i % 6 === 0) t.is(ask(db, 'integrity_check'), 'ok', `step ${i}`)
    if (mode === 'full') t.is(ask(db, 'freelist_count'), 0)
    if (i % 60 !== 59) continue
    const count = ask(db, 'page_count')
    const free = ask(db, 'freelist_count')
    db.close()
    t.is(statSync(path).size, Number(count) * pageSize)
    const answer = sqliteSays(path)
    if (answer !== null) t.deepEqual(answer, ['ok', count, mode === 'full' ? 1 : 2, free])
    db = open()
  }
  db.close()
}

for (const [i, mode] of modes.entries()) {
  for (const several of [false, true]) {
    const where = several ? 'several processes' : 'one process'
    test(`auto_vacuum: ${mode}, ${where}: every state is sound, and as long as it says`, (t) => {
      run(t, mode, several, 2 * i + Number(several))
    })
  }
}

test('auto_vacuum: it is chosen before the first table, and then only its kind changes', (t) => {
  const answers = (...statements: string[]): unknown[] => {
    const db = new Database(':memory:')
    return statements.map((sql) => {
      const statement = db.prepare(sql)
      return statement.reader ? statement.pluck().get() : statement.run() && null
    })
  }
  const now = 'PRAGMA auto_vacuum'
  t.deepEqual(
    answers(now, `${now} = incremental`, now, 'CREATE TABLE t(a)', `${now} = full`, now),
    [0, null, 2, null, null, 1],
  )
  t.deepEqual(answers('CREATE TABLE t(a)', `${now} = 1`, now), [null, null, 0])
  t.deepEqual(answers(`${now} = 2`, 'CREATE TABLE t(a)', `${now} = none`, now), [
    null,
    null,
    null,
    2,
  ])
  t.deepEqual(answers(`${now} = 1`, `${now} = 7`, now, `${now} = FULL`, now), [
    null,
    null,
    0,
    null,
    1,
  ])
})

test('auto_vacuum: in memory, a rollback brings back pages that were cut off', (t) => {
  const db = new Database(':memory:')
  db.exec(`PRAGMA auto_vacuum = incremental; CREATE TABLE t(a, b); CREATE INDEX i ON t(b);
    INSERT INTO t VALUES (1, zeroblob(50000)), (2, zeroblob(90000)); CREATE TABLE u(x); DELETE FROM t WHERE a = 1`)
  const before = ask(db, 'page_count')
  db.exec('BEGIN; SAVEPOINT s; DELETE FROM t; PRAGMA incremental_vacuum')
  t.true(Number(ask(db, 'page_count')) < Number(before))
  t.is(ask(db, 'integrity_check'), 'ok')
  db.exec('ROLLBACK TO s; COMMIT')
  t.is(ask(db, 'page_count'), before)
  t.is(ask(db, 'integrity_check'), 'ok')
  t.deepEqual(db.prepare('SELECT a, length(b) AS n FROM t').all(), [{ a: 2, n: 90_000 }])
})

test('auto_vacuum: integrity_check finds a pointer map that is wrong', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path)
  db.exec(
    'PRAGMA auto_vacuum = full; CREATE TABLE t(a); CREATE TABLE u(a); INSERT INTO t VALUES (zeroblob(9000))',
  )
  db.close()
  const script = `
    const fs = require('node:fs')
    const bytes = fs.readFileSync(process.argv[1])
    bytes[4096 + 5] = 4; bytes[4096 + 14] = 9; bytes[4096 + 10] = 0; bytes[55] = 9
    fs.writeFileSync(process.argv[1], bytes)
    const db = new DatabaseSync(process.argv[1])
    const rows = db.prepare('PRAGMA integrity_check').all()
    db.close()
    process.stdout.write(JSON.stringify(rows.map((row) => row.integrity_check)))`
  const theirs = runWithSqlite(script, [path])
  if (theirs === null) {
    t.pass('no SQLite here')
    return
  }
  const damaged = new Database(path)
  t.deepEqual(damaged.prepare('PRAGMA integrity_check').pluck().all(), theirs as string[])
  damaged.close()
})
