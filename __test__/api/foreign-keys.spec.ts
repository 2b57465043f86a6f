/** Foreign keys on the faces: where they are on, what prepared statements follow, codes, iterators, several processes, what is kept in memory. */
import test from 'ava'
import { Builder, Database, SqliteError } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

function family(path = ':memory:'): Database {
  const db = new Database(path)
  db.exec(`
    CREATE TABLE parent(id INTEGER PRIMARY KEY, k UNIQUE);
    CREATE TABLE child(id INTEGER PRIMARY KEY, parent REFERENCES parent);
    CREATE TABLE strict(parent REFERENCES parent ON DELETE RESTRICT);
    CREATE TABLE late(parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO parent VALUES (1, 10), (2, 20);
  `)
  return db
}

const failed = { instanceOf: SqliteError, message: 'FOREIGN KEY constraint failed' }
const violated = { ...failed, code: 'SQLITE_CONSTRAINT_FOREIGNKEY' }

test('foreign keys: they are on in Database, as in better-sqlite3, and off in a connection, as in SQLite', async (t) => {
  const db = new Database(':memory:')
  t.is(db.pragma('foreign_keys', { simple: true }), 1)
  db.close()
  const connection = (await Builder.newLocal(':memory:').build()).connect()
  await connection.executeBatch('CREATE TABLE p(id PRIMARY KEY); CREATE TABLE c(p REFERENCES p)')
  await connection.execute('INSERT INTO c VALUES (1)')
  await connection.execute('PRAGMA foreign_keys = ON')
  await t.throwsAsync(connection.execute('INSERT INTO c VALUES (2)'), violated)
  connection.close()
})

test('foreign keys: RESTRICT has the code of a trigger, all else its own', (t) => {
  const db = family()
  db.exec('INSERT INTO child VALUES (1, 1); INSERT INTO strict VALUES (2)')
  t.throws(() => db.exec('INSERT INTO child VALUES (2, 5)'), violated)
  t.throws(() => db.exec('DELETE FROM parent WHERE id = 1'), violated)
  t.throws(() => db.exec('DELETE FROM parent WHERE id = 2'), {
    ...failed,
    code: 'SQLITE_CONSTRAINT_TRIGGER',
  })
  t.throws(() => db.exec('INSERT INTO late VALUES (9)'), violated)
  db.exec('BEGIN; INSERT INTO late VALUES (9)')
  t.throws(() => db.exec('COMMIT'), violated)
  t.true(db.inTransaction)
  db.exec('ROLLBACK')
  db.close()
})

test('foreign keys: statements that are prepared follow PRAGMA foreign_keys', (t) => {
  const db = family()
  const insert = db.prepare('INSERT INTO child(parent) VALUES (?)')
  const remove = db.prepare('DELETE FROM parent WHERE id = ?')
  t.throws(() => insert.run(7), violated)
  db.pragma('foreign_keys = OFF')
  t.is(insert.run(7).changes, 1)
  t.is(remove.run(1).changes, 1)
  db.pragma('foreign_keys = ON')
  t.throws(() => insert.run(8), violated)
  db.exec('BEGIN')
  db.pragma('foreign_keys = OFF')
  t.throws(() => insert.run(8), violated)
  db.exec('COMMIT')
  t.is(db.pragma('foreign_keys', { simple: true }), 1)
  db.close()
})

test('foreign keys: PRAGMA defer_foreign_keys lasts as long as the transaction', (t) => {
  const db = family()
  const insert = db.prepare('INSERT INTO child(parent) VALUES (?)')
  db.pragma('defer_foreign_keys = ON')
  db.exec('BEGIN')
  insert.run(7)
  t.throws(() => db.exec('COMMIT'), violated)
  db.exec('INSERT INTO parent VALUES (7, 70); COMMIT')
  t.is(db.pragma('defer_foreign_keys', { simple: true }), 0)
  t.throws(() => insert.run(8), violated)
  db.pragma('defer_foreign_keys = ON')
  db.prepare('SELECT * FROM parent').all()
  t.is(db.pragma('defer_foreign_keys', { simple: true }), 0)
  db.close()
})

test('foreign keys: a statement that fails leaves nothing behind, in a transaction too', (t) => {
  const db = family()
  db.exec('INSERT INTO late VALUES (1)')
  db.exec('BEGIN; DELETE FROM late; INSERT INTO late VALUES (50)')
  const before = db.prepare('SELECT total_changes()').pluck().get()
  t.throws(() => db.exec('INSERT INTO child(parent) VALUES (1), (2), (3)'), violated)
  t.throws(() => db.exec('UPDATE parent SET id = id + 50, k = 1'), {
    code: 'SQLITE_CONSTRAINT_UNIQUE',
  })
  t.is(db.prepare('SELECT count(*) FROM child').pluck().get(), 0)
  t.is(db.prepare('SELECT total_changes()').pluck().get(), before)
  // What was violated before still is.
  t.throws(() => db.exec('COMMIT'), violated)
  db.exec('DELETE FROM late; COMMIT')
  db.close()
})

test('foreign keys: rows of RETURNING are not handed over where the statement fails', (t) => {
  const db = family()
  t.throws(() => db.prepare('INSERT INTO child(parent) VALUES (5) RETURNING id').get(), violated)
  t.throws(() => db.prepare('INSERT INTO child(parent) VALUES (5) RETURNING id').all(), violated)
  t.throws(
    () => [...db.prepare('INSERT INTO child(parent) VALUES (1), (5) RETURNING id').iterate()],
    violated,
  )
  t.is(db.prepare('SELECT count(*) FROM child').pluck().get(), 0)
  const rows = db.prepare('INSERT INTO child(parent) VALUES (1), (2) RETURNING parent').pluck()
  t.deepEqual(rows.all(), [1, 2])
  db.close()
})

test('foreign keys: bulk inserts of literals are checked', (t) => {
  const db = family()
  const rows = Array.from({ length: 40 }, (_, i) => `(${i}, ${1 + (i % 2)})`)
  db.exec(`INSERT INTO child VALUES ${rows.join(', ')}`)
  t.throws(() => db.exec(`INSERT INTO child(parent) VALUES ${'(1), '.repeat(40)}(3)`), violated)
  t.is(db.prepare('SELECT count(*) FROM child').pluck().get(), 40)
  db.close()
})

test('foreign keys: a function of the user’s may break and mend them under a statement', (t) => {
  const db = family()
  db.function('both', { reentrant: true }, (id: unknown) => {
    db.prepare('INSERT INTO parent(id) VALUES (?)').run(id)
    return db.prepare('INSERT INTO child(parent) VALUES (?)').run(id).changes
  })
  db.function(
    'breaks',
    { reentrant: true },
    (id: unknown) => db.prepare('INSERT INTO late VALUES (?)').run(id).changes,
  )
  t.is(db.prepare('SELECT both(8)').pluck().get(), 1)
  db.exec('CREATE TABLE log(x)')
  t.throws(() => db.exec('INSERT INTO log SELECT breaks(77)'), violated)
  t.is(db.prepare('SELECT count(*) FROM log').pluck().get(), 0)
  t.deepEqual(db.pragma('foreign_key_check'), [])
  db.close()
})

test('foreign keys: parents that another process commits are seen', (t) => {
  const path = `${temporaryFolder()}/family.db`
  const options = { experimental: ['multiprocess_wal'] }
  const one = new Database(path, options)
  one.exec(
    'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p ON DELETE CASCADE)',
  )
  const two = new Database(path, options)
  const insert = two.prepare('INSERT INTO c VALUES (?)')
  t.throws(() => insert.run(1), violated)
  one.exec('INSERT INTO p VALUES (1)')
  insert.run(1)
  one.exec('DELETE FROM p')
  t.deepEqual(two.prepare('SELECT * FROM c').all(), [])
  t.throws(() => insert.run(1), violated)
  // A key that comes with the schema counts for statements that are prepared.
  one.exec('CREATE TABLE d(x); INSERT INTO d VALUES (4)')
  const other = two.prepare('INSERT INTO d VALUES (?)')
  other.run(5)
  one.exec('DROP TABLE d; CREATE TABLE d(x REFERENCES p)')
  t.throws(() => other.run(5), violated)
  one.close()
  two.close()
})

test('foreign keys: names are only names', (t) => {
  const db = new Database(':memory:')
  db.exec(`
    CREATE TABLE "p""'; --"("k""" INTEGER PRIMARY KEY, "\n" UNIQUE);
    CREATE TABLE "c \`"("x'" REFERENCES "p""'; --" ON DELETE CASCADE ON UPDATE CASCADE,
      "__proto__" DEFAULT 'd' REFERENCES "p""'; --"("\n") ON DELETE SET DEFAULT);
  `)
  db.exec(
    `INSERT INTO "p""'; --" VALUES (1, 'a'), (2, 'd'); INSERT INTO "c \`" VALUES (1, 'd'), (2, 'a')`,
  )
  db.exec(`UPDATE "p""'; --" SET "k""" = 9 WHERE "k""" = 1`)
  t.deepEqual(db.prepare('SELECT * FROM "c `"').raw().all(), [
    [9, 'd'],
    [2, 'a'],
  ])
  db.exec(`DELETE FROM "p""'; --" WHERE "k""" = 9`)
  t.deepEqual(db.prepare('SELECT * FROM "c `"').raw().all(), [[2, 'd']])
  t.deepEqual(db.pragma('foreign_key_check'), [])
  db.close()
})
