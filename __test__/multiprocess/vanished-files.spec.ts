/**
 * Somebody deletes, moves, replaces or cuts a file of a database that is open. With several processes it is noticed by the next write at
 * the latest, and refused in a sentence that names the file; nothing that is acknowledged afterwards is lost. Who opens meanwhile does not
 * join what belongs to another file. What was committed before is kept, as SQLite keeps it: the last to close copies the
 * log back from where it is.
 */
import type { ExecutionContext } from 'ava'
import { existsSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { testBesideSqlite } from '../support/beside-sqlite.ts'
import { copyFile } from '../support/copy-file.ts'
import { Session } from '../support/session.ts'
import { sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** There another owner may have come, once the locks were lost, and deleted the log: nothing is copied from it. */
const isClassic = process.platform !== 'linux' || process.env['CHORUSDB_LOCKS'] === 'classic'
const several = { experimental: ['multiprocess_wal'], timeout: 300 }
type Suffix = '' | '-wal' | '-tshm'
type Deed = 'deleted' | 'moved' | 'replaced' | 'cut'

/** A backup stands by, to be put in the database's place. */
function prepare(): string {
  const path = join(temporaryFolder(), 'a.db')
  sqliteShell(
    `${path}.backup`,
    'PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES (-1);',
  )
  return path
}

function harm(path: string, suffix: Suffix, deed: Deed): void {
  const file = `${path}${suffix}`
  if (deed === 'deleted') rmSync(file)
  else if (deed === 'moved') renameSync(file, `${file}.moved`)
  else if (deed === 'cut') truncateSync(file, 0)
  else if (suffix === '') renameSync(`${path}.backup`, file)
  else {
    copyFile(file, `${file}.copy`)
    renameSync(`${file}.copy`, file)
  }
}

const sentences: Record<Suffix, RegExp> = {
  '': /a\.db' was deleted or replaced while the database was open/,
  '-wal': /a\.db-wal' was (deleted or replaced|cut or overwritten) while the database was open/,
  '-tshm': /a\.db-tshm' was (deleted or replaced|cut short) while the database was open/,
}

const deeds: [Suffix, Deed][] = (['', '-wal', '-tshm'] as const).flatMap((suffix) =>
  (['deleted', 'moved', 'replaced', 'cut'] as const).map((deed): [Suffix, Deed] => [suffix, deed]),
)

/** Another process, for as long as the test runs. */
function session(t: ExecutionContext): Session {
  const started = new Session('ours', true)
  t.teardown(() => started.kill())
  return started
}

function refusal(t: ExecutionContext, db: Database, sql: string): Error & { code: string } {
  return t.throws<Error & { code: string }>(() => db.exec(sql), undefined, sql)
}

for (const [suffix, deed] of deeds) {
  // SQLite does not notice that either: the database file is nothing but a copy of the log until it is checkpointed.
  if (suffix === '' && deed === 'cut') continue
  for (const synchronous of ['FULL', 'NORMAL']) {
    testBesideSqlite(
      `vanished files: a.db${suffix} is ${deed}: the next write says so (${synchronous})`,
      (t) => {
        const path = prepare()
        const db = new Database(path, several)
        db.exec(`PRAGMA synchronous = ${synchronous}; CREATE TABLE t(a); INSERT INTO t VALUES (1)`)
        harm(path, suffix, deed)
        for (let i = 0; i < 3; i++) {
          t.regex(refusal(t, db, 'INSERT INTO t VALUES (2)').message, sentences[suffix])
        }
        t.regex(refusal(t, db, 'BEGIN IMMEDIATE').message, sentences[suffix])
        try {
          db.close()
        } catch (error) {
          t.regex((error as Error).message, sentences[suffix])
        }
      },
    )
  }
}

for (const [suffix, deed] of deeds.filter(([suffix]) => suffix !== '-tshm')) {
  if (suffix === '' && deed === 'cut') continue
  testBesideSqlite(
    `vanished files: a.db${suffix} is ${deed}: two processes stop, and a third does not join`,
    async (t) => {
      t.timeout(60_000)
      const path = prepare()
      const sessions = [session(t), session(t)]
      for (const each of sessions) await each.open(path, several)
      await sessions[0]!.exec('CREATE TABLE t(a)')
      for (const each of sessions) await each.run('INSERT INTO t VALUES (1)')
      harm(path, suffix, deed)
      for (const each of [...sessions, ...sessions]) {
        const answer = await each.ask({ run: 'INSERT INTO t VALUES (2)' })
        const isUnreadable = deed === 'cut' && answer.code === 'SQLITE_CORRUPT'
        if (!isUnreadable) t.regex(answer.message ?? 'it was done', sentences[suffix])
      }
      const late = session(t)
      const refused = await late.refusal(path, { ...several, fileMustExist: true })
      if (refused === null && deed === 'replaced') {
        // A whole copy of the log is as good as the log itself.
        await late.run('INSERT INTO t VALUES (4)')
      } else if (refused === null) {
        const answer = await late.ask({ run: 'INSERT INTO t VALUES (4)' })
        t.truthy(answer.message, 'nobody writes into a log that others do not have')
      } else if (suffix === '' && deed === 'replaced') {
        t.regex(refused, /is not the database that other processes have open by this name/)
      }
    },
  )
}

for (const [suffix, deed] of [
  ['-wal', 'deleted'],
  ['-wal', 'moved'],
  ['', 'moved'],
] as const) {
  for (const multiprocess of [true, false]) {
    const mode = multiprocess ? 'several processes' : 'one process'
    testBesideSqlite(
      `vanished files: a.db${suffix} is ${deed}: closing keeps the commits (${mode})`,
      async (t) => {
        for (const isCheckpointed of [false, true]) {
          const path = prepare()
          const options = multiprocess ? several : {}
          const db = new Database(path, options)
          db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
          const other = multiprocess ? session(t) : null
          await other?.open(path, several)
          await other?.run('INSERT INTO t VALUES (2)')
          if (isCheckpointed) db.pragma('wal_checkpoint')
          await other?.run('INSERT INTO t VALUES (4)')
          harm(path, suffix, deed)
          await other?.close()
          if (isClassic && !multiprocess && suffix === '-wal') {
            t.regex(t.throws(() => db.close()).message, sentences['-wal'])
            continue
          }
          db.close()
          const file = suffix === '' ? `${path}.moved` : path
          const sum = sqliteShell(file, 'PRAGMA integrity_check; SELECT sum(a) FROM t;')
          t.is(sum, `ok\n${multiprocess ? 7 : 1}`)
          if (existsSync(`${path}-wal`)) t.is(statSync(`${path}-wal`).size, 0)
        }
      },
    )
  }
}

testBesideSqlite(
  'vanished files: a log that is cut in one process is noticed before anything is lost',
  (t) => {
    for (const size of [0, 32, 4000]) {
      const path = prepare()
      const db = new Database(path)
      db.exec('CREATE TABLE t(a)')
      for (let i = 0; i < 5; i++) db.exec('INSERT INTO t VALUES (1)')
      truncateSync(`${path}-wal`, size)
      t.regex(refusal(t, db, 'INSERT INTO t VALUES (2)').message, sentences['-wal'])
      t.regex(t.throws(() => db.close()).message, /cut or overwritten|malformed/)
    }
  },
)

testBesideSqlite(
  'vanished files: a log that is cut in the middle of a transaction is noticed before that is committed',
  (t) => {
    for (const options of [{}, several]) {
      const path = prepare()
      const db = new Database(path, options)
      db.exec('CREATE TABLE t(a)')
      const [add, begin, commit] = ['INSERT INTO t VALUES (1)', 'BEGIN IMMEDIATE', 'COMMIT'].map(
        (sql) => db.prepare(sql),
      )
      for (let i = 0; i < 50; i++) add!.run()
      // A look at the log a moment ago says nothing about the commit.
      begin!.run()
      truncateSync(`${path}-wal`, 0)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3)
      add!.run()
      t.regex(t.throws(() => commit!.run()).message, sentences['-wal'])
      t.throws(() => db.close())
    }
  },
)

testBesideSqlite(
  'vanished files: one process goes on where SQLite does, and takes nothing that is not its own',
  (t) => {
    const path = prepare()
    const db = new Database(path)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    renameSync(path, `${path}.moved`)
    db.exec('INSERT INTO t VALUES (2)')
    renameSync(`${path}-wal`, `${path}.moved-wal`)
    // Another database comes to the name, and has a log.
    const other = new Database(path)
    other.exec('CREATE TABLE u(a); INSERT INTO u VALUES (8)')
    if (isClassic) t.regex(t.throws(() => db.close()).message, sentences['-wal'])
    else db.close()
    t.true(existsSync(`${path}-wal`))
    other.exec('INSERT INTO u VALUES (16)')
    other.close()
    t.is(sqliteShell(path, 'SELECT sum(a) FROM u'), '24')
    if (!isClassic) t.is(sqliteShell(`${path}.moved`, 'SELECT sum(a) FROM t'), '3')
  },
)
