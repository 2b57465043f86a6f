/** The status of a database whose folder has been renamed since it was opened. */
import test from 'ava'
import { renameSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database, status } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Elsewhere the system does not say where an open file is. */
const modes = process.platform === 'linux' ? [[], ['multiprocess_wal']] : []

for (const experimental of modes) {
  const mode = experimental.length === 0 ? 'one process' : 'several processes'
  test(`moved status: ${mode}: a database is found where it is now`, (t) => {
    const folder = temporaryFolder()
    const [before, after] = [join(folder, 'before'), join(folder, 'after')]
    mkdirSync(before)
    const db = new Database(join(before, 'a.db'), { experimental })
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const known = db.status()
    renameSync(before, after)
    // Another file at the old place is not it.
    for (const isThere of [false, true]) {
      if (isThere) {
        mkdirSync(before)
        writeFileSync(join(before, 'a.db'), 'x'.repeat(5000))
      }
      const found = db.status()
      t.is(found.path, join(after, 'a.db'))
      t.like(found, { mode: known.mode, openHere: true, database: known.database, wal: known.wal })
      t.is(found.processes.length, known.processes.length)
      t.like(status(join(after, 'a.db')), {
        mode: known.mode,
        database: known.database,
        wal: known.wal,
      })
    }
    db.close()
  })
}

test('moved status: one that has not moved is found by its name', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path)
  t.is(db.status().path, path)
  db.close()
})
