/** REINDEX begins to write where there is an index that it means, the primary key of a table without rowids among them, and not before. */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { SqliteSession, sqliteKinds } from '../support/sqlite-session.ts'
import { temporaryFolder } from '../support/temporary.ts'

const schemas = [
  'CREATE TABLE u(a)',
  'CREATE TABLE u(a PRIMARY KEY)',
  'CREATE TABLE u(a PRIMARY KEY) WITHOUT ROWID',
  'CREATE TABLE u(a COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID',
]
const statements = ['REINDEX', 'REINDEX u', 'REINDEX main.u', 'REINDEX NOCASE', 'REINDEX BINARY']
const checkpoint = 'PRAGMA wal_checkpoint(RESTART)'
const hasSqlite = sqliteKinds().includes('node:sqlite')

for (const schema of schemas) {
  for (const statement of statements) {
    test.serial(`${statement} begins to write as in SQLite: ${schema}`, async (t) => {
      if (!hasSqlite) {
        t.log('skipped: no SQLite here')
        return void t.pass()
      }
      const steps = ['PRAGMA journal_mode = wal', schema, 'SAVEPOINT s', statement, checkpoint]
      const there = new SqliteSession('node:sqlite', join(temporaryFolder(), 'there.db'))
      let expected: string | null = null
      for (const step of steps) expected = (await there.run(step)).error
      await there.close()
      const db = new Database(join(temporaryFolder(), 'here.db'))
      for (const step of steps.slice(0, -1)) db.exec(step)
      t.is(
        messageOf(() => db.prepare(checkpoint).all()),
        expected,
      )
      // Prepared, it looks anew at each run.
      db.exec('ROLLBACK TO s; RELEASE s')
      const prepared = db.prepare(statement)
      for (const step of ['DROP TABLE u', 'SAVEPOINT s']) db.exec(step)
      if (/\bu$/.test(statement)) {
        t.is(
          messageOf(() => prepared.run()),
          'unable to identify the object to be reindexed',
        )
      } else {
        prepared.run()
      }
      t.is(
        messageOf(() => db.prepare(checkpoint).all()),
        null,
      )
      db.close()
    })
  }
}

function messageOf(body: () => void): string | null {
  try {
    body()
    return null
  } catch (error) {
    return (error as Error).message
  }
}
