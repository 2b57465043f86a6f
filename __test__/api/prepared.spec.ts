/** Prepared statements between other things that a connection does. */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

for (const experimental of [[], ['multiprocess_wal']]) {
  const mode = experimental.length === 0 ? 'one process' : 'several processes'

  test(`prepared (${mode}): a statement runs for the first time after a rollback that took page 1 out of memory`, (t) => {
    const db = new Database(join(temporaryFolder(), 'a.db'), { experimental })
    db.exec('CREATE TABLE t(a)')
    const insert = db.prepare('INSERT INTO t VALUES (?)')
    db.exec('BEGIN; PRAGMA user_version = 7; CREATE TABLE u(a); ROLLBACK')
    t.is(insert.run(1).changes, 1)
    t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 1)
    db.close()
  })

  test(`prepared (${mode}): a statement runs for the first time after its table was made anew elsewhere`, (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, { experimental })
    const other = new Database(path, { experimental })
    db.exec('CREATE TABLE t(a)')
    const insert = db.prepare('INSERT INTO t VALUES (?)')
    other.exec('DROP TABLE t; CREATE TABLE u(b); CREATE TABLE t(c INTEGER PRIMARY KEY)')
    t.is(insert.run(5n).lastInsertRowid, 5)
    t.is(other.prepare('SELECT c FROM t').pluck().get(), 5)
    const update = db.prepare('UPDATE t SET c = 6')
    other.exec('DROP TABLE t')
    t.throws(() => update.run(), { code: 'SQLITE_ERROR', message: 'no such table: t' })
    other.close()
    db.close()
  })
}

test('prepared: a text that is prepared again is looked at under the schema that there is', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a, b)')
  const texts = ['SELECT a FROM t', 'SELECT b FROM t WHERE b = 1', 'SELECT b FROM t WHERE b = 2']
  for (const text of texts) t.notThrows(() => db.prepare(text))
  const create = 'CREATE TABLE u(a)'
  db.prepare(create).run()
  t.throws(() => db.prepare(create), { message: 'table u already exists' })
  const rename = 'ALTER TABLE t RENAME COLUMN a TO c'
  db.prepare(rename).run()
  t.throws(() => db.prepare(rename), { message: 'no such column: "a"' })
  t.throws(() => db.prepare('SELECT a FROM t'), { message: 'no such column: a' })
  db.exec('DROP TABLE t')
  for (const text of texts) t.throws(() => db.prepare(text), { message: 'no such table: t' })
  t.throws(() => db.exec(texts[1]!), { message: 'no such table: t' })
})
