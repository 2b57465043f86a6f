/**
 * `db.watch` within one process: which tables an event names beside those whose rows are others than before, drawn at random; and how watching begins
 * and ends. Other processes: `__test__/multiprocess/watch.spec.ts`.
 */
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Database } from '../../../packages/engine/src/index.ts'
import type {
  CommitEvent,
  CommitEvents,
  DatabaseOptions,
} from '../../../packages/engine/src/index.ts'
import { createRandom, type Random } from '../../support/random.ts'
import { temporaryFolder } from '../../support/temporary.ts'

const several: DatabaseOptions = { experimental: ['multiprocess_wal'] }
const modes: Readonly<Record<string, () => Database>> = {
  memory: () => new Database(':memory:'),
  'one process': () => new Database(join(temporaryFolder(), 'a.db'), { experimental: [] }),
  'several processes': () => new Database(join(temporaryFolder(), 'a.db'), several),
}

async function nextOf(t: ExecutionContext, events: CommitEvents): Promise<CommitEvent> {
  const { done, value } = await events.next()
  if (done === true) throw new Error('it has come to its end')
  t.true(value.to > value.from || value.undone)
  return value
}

for (const [mode, open] of Object.entries(modes)) {
  test(`watch: in ${mode} each commit is told, with the tables that it has changed`, async (t) => {
    const db = open()
    db.exec('CREATE TABLE a(x); CREATE TABLE b(k PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE c(x)')
    db.exec('CREATE INDEX ax ON a(x); CREATE VIEW w AS SELECT * FROM a')
    const events = db.watch()
    let last: CommitEvent | null = null
    const tells = async (sql: string, tables: readonly string[]): Promise<void> => {
      db.exec(sql)
      const event = await nextOf(t, events)
      t.deepEqual(event.tables.toSorted(), tables.toSorted(), sql)
      t.is(event.to - event.from, 1, sql)
      t.true(event.own)
      if (last !== null) t.is(event.from, last.to)
      last = event
    }
    await tells('INSERT INTO a VALUES (1), (2)', ['a'])
    await tells('INSERT INTO b VALUES (1, 2)', ['b'])
    await tells('BEGIN; UPDATE a SET x = x + 1; DELETE FROM b; COMMIT', ['a', 'b'])
    await tells('INSERT INTO c VALUES (zeroblob(100000))', ['c'])
    await tells('DELETE FROM a', ['a'])
    await tells('UPDATE c SET x = zeroblob(50000)', ['c'])
    await tells('CREATE TABLE d(x)', ['d', 'sqlite_schema'])
    await tells('INSERT INTO d VALUES (1)', ['d'])
    await tells('ALTER TABLE d RENAME TO e', ['d', 'e', 'sqlite_schema'])
    await tells('DROP TABLE e', ['e', 'sqlite_schema'])
    await tells('CREATE INDEX cx ON c(x)', ['c', 'sqlite_schema'])
    await tells('PRAGMA user_version = 3', [])
    db.close()
    t.deepEqual(await events.next(), { done: true, value: undefined })
  })

  test(`watch: in ${mode} what comes while nobody asks is told together`, async (t) => {
    const db = open()
    db.exec('CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x)')
    const [all, only] = [db.watch(), db.watch(['C', 'b'])]
    const first = nextOf(t, all)
    for (const table of ['a', 'b', 'a', 'b', 'a']) {
      db.exec(`INSERT INTO ${table} VALUES (1)`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const { from, to } = await first
    let [reached, count] = [to, to - from]
    while (count < 5) {
      const event = await nextOf(t, all)
      t.is(event.from, reached)
      reached = event.to
      count += event.to - event.from
    }
    t.is(count, 5)
    const told = await nextOf(t, only)
    t.deepEqual(told.tables, ['b'])
    t.is(told.from, from)
    db.exec('BEGIN; INSERT INTO a VALUES (1); ROLLBACK; BEGIN; COMMIT; SELECT * FROM a')
    db.exec('INSERT INTO c VALUES (1)')
    let last = await nextOf(t, only)
    while (!last.tables.includes('c')) last = await nextOf(t, only)
    t.is(last.to, reached + 1)
    await all.return()
    await only.return()
    db.close()
  })

  test(`watch: in ${mode} no table is left out whose rows are others`, async (t) => {
    const random = createRandom(41)
    t.log(`SEED=${random.seed}`)
    const db = open()
    const tables = ['a', 'b', 'c', 'd']
    db.exec(`PRAGMA auto_vacuum = ${random.pick(['NONE', 'FULL', 'INCREMENTAL'])}`)
    db.exec(`CREATE TABLE a(id INTEGER PRIMARY KEY, v, w); CREATE TABLE b(id PRIMARY KEY, v, w) WITHOUT ROWID;
      CREATE TABLE c(id INTEGER PRIMARY KEY, v UNIQUE, w); CREATE TABLE d(id INTEGER PRIMARY KEY, v, w)`)
    const events = db.watch(tables)
    const rows = (): string[] =>
      tables.map((table) =>
        JSON.stringify(
          db.prepare(`SELECT id, length(v), hex(substr(v, 1, 3)), w FROM ${table}`).raw().all(),
        ),
      )
    let [before, superfluous, changes] = [rows(), 0, 0]
    for (let round = 0; round < 60; round++) {
      db.exec('BEGIN')
      for (let i = random.below(4); i >= 0; i--) change(db, random, random.pick(tables))
      db.exec('COMMIT')
      if (random.below(10) === 0) db.pragma('incremental_vacuum(5)')
      if (random.below(30) === 0) db.exec('VACUUM')
      if (random.below(20) === 0) db.pragma('wal_checkpoint(TRUNCATE)')
      const after = rows()
      const changed = tables.filter((_, i) => before[i] !== after[i])
      before = after
      changes += changed.length
      const told = new Set<string>()
      while (changed.some((table) => !told.has(table))) {
        for (const table of (await nextOf(t, events)).tables) told.add(table)
      }
      superfluous += told.size - changed.length
    }
    t.true(superfluous < changes / 2, `${superfluous} beside ${changes}`)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    db.close()
  })
}

/** Of some rows, short and long. */
function change(db: Database, random: Random, table: string): void {
  const value = Buffer.alloc(random.pick([1, 10, 300, 5000, 12_000]), random.below(256))
  const id = random.below(300)
  const sql = random.pick([
    'INSERT OR REPLACE INTO t SELECT value, ?1 || value, ?2 FROM generate_series(?2, ?2 + 10)',
    'INSERT OR REPLACE INTO t VALUES (?2, ?1, ?2)',
    'UPDATE OR IGNORE t SET v = ?1 WHERE id = ?2',
    'UPDATE OR IGNORE t SET w = w + 1 WHERE id >= ?2 AND ?1 <> 0',
    'DELETE FROM t WHERE id BETWEEN ?2 AND ?2 + 50 AND ?1 <> 0',
  ])
  db.prepare(sql.replace(/\bt\b/, table)).run(value, BigInt(id))
}

test('watch: a commit whose long value is overwritten in its place is told', async (t) => {
  // As SQLite and peers do it, the page of the row stays as it is: made by hand, in the file of a copy.
  const db = new Database(':memory:')
  db.exec(
    'CREATE TABLE a(x); CREATE TABLE b(x); INSERT INTO a VALUES (zeroblob(20000)); INSERT INTO b VALUES (1)',
  )
  const events = db.watch(['a', 'b'])
  db.exec("UPDATE a SET x = CAST(zeroblob(19999) || 'y' AS BLOB)")
  t.true((await nextOf(t, events)).tables.includes('a'))
  db.close()
})

test('watch: what cannot be watched is refused', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE a(x); CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE s USING dbstat')
  t.throws(() => db.watch('b'), { code: 'SQLITE_ERROR', message: 'no such table: b' })
  t.throws(() => db.watch(['a', 'V']), { code: 'SQLITE_ERROR', message: 'cannot watch a view: V' })
  t.throws(() => db.watch('s'), { message: 'cannot watch a virtual table: s' })
  t.throws(() => db.watch(1 as unknown as string), { instanceOf: TypeError })
  t.throws(() => db.watch(null, 1 as unknown as object), { instanceOf: TypeError })
  const signal = 1 as unknown as AbortSignal
  t.throws(() => db.watch(null, { signal }), {
    instanceOf: TypeError,
    message: 'Expected the "signal" option to be an AbortSignal',
  })
  t.throws(() => db.watch([], { signal: AbortSignal.abort('why') }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  })
  db.close()
  t.throws(() => db.watch(), { message: 'The database connection is not open' })
})

for (const [mode, open] of Object.entries(modes)) {
  test(`watch: in ${mode} a signal, a return and a break end it`, async (t) => {
    const db = open()
    db.exec('CREATE TABLE a(x)')
    const control = new AbortController()
    const aborted = db.watch('a', { signal: control.signal })
    const waiting = aborted.next()
    const late = db.watch('a', { signal: control.signal })
    control.abort(new Error('enough'))
    const error = await t.throwsAsync(waiting, { name: 'AbortError', code: 'ABORT_ERR' })
    t.is((error!.cause as Error).message, 'enough')
    t.true((await aborted.next()).done)
    await t.throwsAsync(late.next(), { name: 'AbortError' })
    t.true((await late.next()).done)

    const returned = db.watch()
    const open2 = returned.next()
    await returned.return()
    t.true((await open2).done)
    setTimeout(() => db.exec('INSERT INTO a VALUES (1)'), 1)
    for await (const { tables } of db.watch()) {
      t.deepEqual(tables, ['a'])
      break
    }
    const last = db.watch()
    const next = last.next()
    db.close()
    t.true((await next).done)
    t.true((await last.next()).done)
  })
}

test('watch: rows are read in a transaction of the application while commits are told', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const [db, other] = [new Database(path, several), new Database(path, several)]
  db.exec('CREATE TABLE a(x); INSERT INTO a VALUES (1)')
  const events = db.watch()
  db.exec('BEGIN; SELECT * FROM a')
  t.is(db.prepare('SELECT count(*) FROM a').pluck().get(), 1)
  other.exec('INSERT INTO a VALUES (2)')
  const { own, tables } = await nextOf(t, events)
  t.deepEqual([own, tables], [false, ['a']])
  t.is(db.prepare('SELECT count(*) FROM a').pluck().get(), 1)
  db.exec('COMMIT')
  t.is(db.prepare('SELECT count(*) FROM a').pluck().get(), 2)
  // Nothing is pinned: the log can be restarted.
  t.deepEqual(other.pragma('wal_checkpoint(TRUNCATE)'), [{ busy: 0, log: 0, checkpointed: 0 }])
  db.close()
  other.close()
})
