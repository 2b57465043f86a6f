/**
 * Every kind of call, made from each of the last frames of a stack that ends: it succeeds or is refused by an error of SQLite's, what it was
 * to do is done whole or not at all, nobody else is kept waiting, and the connection goes on. V8's own error is seen only where
 * V8 cannot call the method.
 */
import test, { type ExecutionContext } from 'ava'
import { join } from 'node:path'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { isUncallable, nearEnd } from '../support/stack-end.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>

const modes = ['memory', 'single', 'multi', 'attached'] as const
type Mode = (typeof modes)[number]

/** Frames above the last one from which each call is made. */
const depths = [
  ...Array.from({ length: 60 }, (_, i) => i),
  ...Array.from({ length: 30 }, (_, i) => 60 + 40 * i),
]

interface Subject {
  readonly db: Db
  readonly open: () => Db
  /** Somebody else, who must never be kept waiting. */
  readonly other: Db | null
  readonly insert: { run(): unknown }
}

interface Call {
  /** Run where there is room, before and after. */
  readonly before?: (subject: Subject) => void
  readonly run: (subject: Subject) => void
  /** Rows that are committed by it, if it succeeds. */
  readonly rows?: number
  /** A failure may have committed as many as this. */
  readonly rowsOfFailure?: number
  readonly isOpenAfterwards?: boolean
}

const next = 'INSERT INTO t(x) SELECT 1 + max(x) FROM t'
let serial = 0

const calls: Readonly<Record<string, Call>> = {
  run: { run: (s) => void s.insert.run(), rows: 1 },
  exec: { run: (s) => void s.db.exec(next), rows: 1 },
  'exec of two statements': {
    run: (s) => void s.db.exec(`${next}; ${next}`),
    rows: 2,
    rowsOfFailure: 1,
  },
  'get of a new text': {
    run: ({ db }) => void db.prepare(`SELECT ${serial++} + count(*), x FROM t`).get(),
  },
  all: {
    run: ({ db }) => void db.prepare('SELECT x, id FROM t ORDER BY x DESC, id LIMIT 3').all(),
  },
  iterate: {
    run: ({ db }) => {
      for (const row of db.prepare('SELECT x FROM t LIMIT 3').iterate()) void row
    },
  },
  'iterate to the first row': {
    run: ({ db }) => {
      for (const row of db.prepare('SELECT x FROM t LIMIT 3').iterate()) if (row) break
    },
  },
  columns: { run: ({ db }) => void db.prepare('SELECT x FROM t').columns() },
  'a transaction function': {
    run: (s) =>
      s.db.transaction(() => {
        s.insert.run()
        s.insert.run()
      })(),
    rows: 2,
  },
  'BEGIN to COMMIT': {
    run: ({ db, insert }) => {
      db.exec('BEGIN IMMEDIATE')
      insert.run()
      db.exec('COMMIT')
    },
    rows: 1,
  },
  'COMMIT alone': {
    before: ({ db, insert }) => {
      db.exec('BEGIN')
      insert.run()
    },
    run: ({ db }) => void db.exec('COMMIT'),
    rows: 1,
  },
  savepoints: {
    run: ({ db }) => void db.exec(`SAVEPOINT q; ${next}; ROLLBACK TO q; ${next}; RELEASE q`),
    rows: 1,
    rowsOfFailure: 0,
  },
  'a statement that fails': {
    run: ({ db }) => {
      try {
        db.exec('INSERT INTO t(x) VALUES (1000000), (1)')
      } catch (error) {
        if ((error as { code?: string }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw error
      }
    },
  },
  'a schema': {
    run: ({ db }) => void db.exec('BEGIN; CREATE TABLE u(a, b UNIQUE); DROP TABLE u; COMMIT'),
  },
  'a pragma': { run: ({ db }) => void db.pragma('user_version') },
  'a pragma that writes': { run: ({ db }) => void db.pragma(`user_version = ${serial++}`) },
  'a checkpoint': { run: ({ db }) => void db.pragma('wal_checkpoint(TRUNCATE)') },
  'ATTACH and DETACH': {
    run: ({ db }) => void db.exec("ATTACH ':memory:' AS m; CREATE TABLE m.t2(x); DETACH m"),
  },
  'a temporary table': {
    run: ({ db }) =>
      void db.exec('CREATE TEMP TABLE IF NOT EXISTS tt(a); INSERT INTO tt VALUES (1)'),
  },
  'opening and closing': { run: ({ open }) => void open().close() },
}

/** Refused: by the engine, or by V8 before the engine has been called. */
function checkRefusal(error: unknown): void {
  if (error instanceof SqliteError) return
  if (!isUncallable(error, 'stack-end')) throw error
}

function subjectOf(mode: Mode): Subject {
  const folder = temporaryFolder()
  const options = mode === 'multi' ? { experimental: ['multiprocess_wal'] } : {}
  const path = mode === 'memory' || mode === 'attached' ? ':memory:' : join(folder, 'a.db')
  const file = join(folder, 'b.db')
  const open = (): Db => {
    const db = new Database(path, { ...options, timeout: 0 })
    if (mode === 'attached') db.exec(`ATTACH '${file}?experimental=multiprocess_wal' AS a`)
    db.pragma('synchronous = OFF')
    return db
  }
  const db = open()
  const schema = mode === 'attached' ? 'a.' : ''
  db.exec(`CREATE TABLE ${schema}t(id INTEGER PRIMARY KEY, x UNIQUE)`)
  db.exec('INSERT INTO t(x) VALUES (1)')
  const other = mode === 'memory' ? null : open()
  return { db, open, other, insert: db.prepare(next) }
}

function countOf(db: Db): number {
  return db.prepare('SELECT count(*) FROM t').pluck().get() as number
}

/** Somebody else is not kept waiting, before the connection itself has been called again. */
function checkOther(t: ExecutionContext, { other }: Subject, mode: Mode, where: string): number {
  if (other === null) return 0
  t.notThrows(() => other.exec(next), where)
  const [row] = other.pragma(`${mode === 'attached' ? 'a.' : ''}wal_checkpoint(RESTART)`) as {
    busy: number
  }[]
  t.is(row!.busy, 0, where)
  return 1
}

for (const mode of modes) {
  for (const [name, call] of Object.entries(calls)) {
    test(`stack end: ${mode}: ${name} is done whole or refused`, (t) => {
      const subject = subjectOf(mode)
      const { db } = subject
      let rows = countOf(db)
      for (let i = 0; i < 3; i++) {
        call.before?.(subject)
        call.run(subject)
        rows += (call.rows ?? 0) + checkOther(t, subject, mode, 'with room')
      }
      let refusals = 0
      let successes = 0
      for (const left of depths) {
        // Two modes share the depths of a file between them.
        if (
          left < 60 &&
          left % 2 !== (mode === 'single' ? 0 : 1) &&
          mode !== 'memory' &&
          mode !== 'multi'
        )
          continue
        const where = `${left} frames`
        call.before?.(subject)
        let least = 0
        let most = 0
        try {
          nearEnd(left, () => call.run(subject), ...(left % 2 === 0 ? [] : [1, 2, 3]))
          successes++
          least = most = call.rows ?? 0
        } catch (error) {
          refusals++
          t.notThrows(() => checkRefusal(error), where)
          most = call.rowsOfFailure ?? 0
        }
        if (!db.inTransaction) rows += checkOther(t, subject, mode, where)
        if (db.inTransaction) db.exec('ROLLBACK')
        const now = countOf(db)
        t.true(now >= rows + least && now <= rows + most, `${where}: ${now} rows of ${rows}`)
        db.exec(next)
        rows = now + 1
        if (successes === 4) break
      }
      t.true(refusals > 0)
      t.true(successes > 0)
      t.is(db.pragma('integrity_check', { simple: true }), 'ok')
      t.is(countOf(db), rows)
      subject.other?.close()
      db.close()
      if (mode === 'memory') return
      const again = subject.open()
      t.is(countOf(again), rows)
      again.close()
    })
  }
}
