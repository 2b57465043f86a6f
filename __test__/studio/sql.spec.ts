/** Statements of the user: several in a text, their rows as they come, errors with their place, transactions, and an end before the end. */
import test from 'ava'
import type { PlanAnswer, SqlEvent } from '../../packages/studio/src/protocol.ts'
import { openStudio, rowsOf, session, type OpenStudio } from './open-studio.ts'

let studio: OpenStudio
test.beforeEach(async () => {
  studio = await openStudio(
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 'x'), (2, 1.5)",
  )
})
test.afterEach.always(() => studio.close())

function kindsOf(events: readonly SqlEvent[]): string[] {
  return events.map(({ kind }) => kind)
}

function errorOf(events: readonly SqlEvent[]): Extract<SqlEvent, { kind: 'error' }> {
  return events.find((event) => event.kind === 'error')!
}

const endless = 'WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i) SELECT '

test.serial('studio SQL: statements run one after the other', async (t) => {
  const events = await studio.sql(
    "INSERT INTO t(b) VALUES ('; --'); -- a comment;\nSELECT * FROM t;;  SELECT count(*) AS n FROM t",
  )
  t.deepEqual(kindsOf(events), [
    'statement',
    'end',
    'statement',
    'columns',
    'rows',
    'end',
    'statement',
    'columns',
    'rows',
    'end',
    'done',
  ])
  t.like(events[1], { changes: 1 })
  t.deepEqual(rowsOf(events), [[1, 'x'], [2, ['r', '1.5']], [3, '; --'], [3]])
  t.like(events[3], { columns: [{ name: 'a', type: 'INTEGER', table: 't' }, { name: 'b' }] })
})

test.serial('studio SQL: columns of one name are kept apart', async (t) => {
  t.deepEqual(rowsOf(await studio.sql('SELECT a, b, a + 1 AS a FROM t -- all')), [
    [1, 'x', 2],
    [2, ['r', '1.5'], 3],
  ])
  t.deepEqual(rowsOf(await studio.sql('INSERT INTO t VALUES (9, 9) RETURNING a, 7 AS a')), [[9, 7]])
  t.deepEqual(rowsOf(await studio.sql('SELECT 1 AS __proto__, 2 AS "1", 3 AS x')), [[1, 2, 3]])
})

test.serial(
  'studio SQL: a text ends at the first statement that fails, and its place is told',
  async (t) => {
    const text = 'SELECT 1;\nSELECT nix FROM t;\nDELETE FROM t'
    const events = await studio.sql(text)
    const { failure, from, to } = errorOf(events)
    t.is(failure.message, 'no such column: nix')
    t.is(failure.code, 'SQLITE_ERROR')
    t.is(text.slice(from, to), 'nix')
    t.deepEqual(studio.database.prepare('SELECT count(*) FROM t').pluck().get(), 2)
  },
)

const errors: readonly (readonly [string, string])[] = [
  ['SELEC 1', 'SELEC'],
  ['SELECT * FROM none', 'none'],
  ['SELECT nofun(1)', 'nofun'],
  ['INSERT INTO t(a, zz) VALUES (1, 2)', 'zz'],
  ["SELECT 'open", "'open"],
  ['SELECT (1', '1'],
  ['INSERT INTO t VALUES (1, 1)', 'INSERT INTO t VALUES (1, 1)'],
]
for (const [sql, place] of errors) {
  test.serial(`studio SQL: where the error is in ${sql}`, async (t) => {
    const text = `SELECT 0;\n${sql}`
    const { from, to } = errorOf(await studio.sql(text))
    t.is(text.slice(from, to), place)
  })
}

test.serial('studio SQL: a transaction lasts from text to text', async (t) => {
  const begun = await studio.sql("BEGIN; INSERT INTO t(b) VALUES ('new')")
  t.like(begun.at(-1), { kind: 'done', inTransaction: true })
  t.is(studio.database.prepare('SELECT count(*) FROM t').pluck().get(), 2)
  const other = await studio.sql('SELECT count(*) FROM t', { session: 'another-session' })
  t.deepEqual(rowsOf(other), [[2]])
  const ended = await studio.sql('COMMIT')
  t.like(ended.at(-1), { kind: 'done', inTransaction: false })
  t.is(studio.database.prepare('SELECT count(*) FROM t').pluck().get(), 3)
})

test.serial('studio SQL: what is open when a page has gone is rolled back', async (t) => {
  await studio.sql('BEGIN IMMEDIATE; DELETE FROM t')
  await studio.ask('end', { session })
  t.is(studio.database.prepare('SELECT count(*) FROM t').pluck().get(), 2)
  studio.database.exec('DELETE FROM t')
  t.pass()
})

test.serial('studio SQL: no more rows come than are wanted', async (t) => {
  const events = await studio.sql(`${endless}x FROM i`, { limit: 1234 })
  t.is(rowsOf(events).length, 1234)
  t.like(events.at(-2), { kind: 'end', rows: 1234, isCut: true })
  const all = await studio.sql('SELECT 1 UNION ALL SELECT 2', { limit: 2 })
  t.like(all.at(-2), { kind: 'end', rows: 2, isCut: false })
})

test.serial('studio SQL: a query is cancelled, and the studio answers meanwhile', async (t) => {
  const running = studio.sql(`${endless}max(x) FROM i`)
  for (let i = 0; i < 3; i++) t.is((await studio.rows({ table: 't' })).rows.length, 2)
  await studio.ask('cancel', { session })
  t.like(errorOf(await running), { failure: { kind: 'cancelled' } })
  t.deepEqual(rowsOf(await studio.sql('SELECT 7')), [[7]])
})

test.serial('studio SQL: a change is cancelled, and taken back', async (t) => {
  const [inserting] = [`INSERT INTO t(b) ${endless}x FROM i; -- for ever`]
  const running = studio.sql(inserting)
  for (let i = 0; i < 3; i++) t.is((await studio.rows({ table: 't' })).rows.length, 2)
  t.deepEqual(await studio.ask('cancel', { session }), { isStopped: true })
  t.like(errorOf(await running), { failure: { kind: 'cancelled' } })
  t.is(studio.database.prepare('SELECT count(*) FROM t').pluck().get(), 2)
  studio.database.exec('DELETE FROM t')
  t.deepEqual(await studio.ask('cancel', { session }), { isStopped: false })
})

test.serial('studio SQL: changed rows are counted', async (t) => {
  const counts = async (sql: string): Promise<unknown[]> =>
    (await studio.sql(sql)).flatMap((event) => (event.kind === 'end' ? [event.changes] : []))
  t.deepEqual(
    await counts(`
      INSERT INTO t SELECT 10, 10 UNION SELECT 11, 11; UPDATE t SET b = 0 WHERE a > 9; UPDATE t SET b = 1 WHERE a > 99;
      CREATE TABLE u(x UNIQUE); REPLACE INTO u VALUES (1); REPLACE INTO u VALUES (1), (2);
      WITH w AS (SELECT 1) DELETE FROM u; DELETE FROM t -- all`),
    [2, 2, 0, 0, 1, 2, 2, 4],
  )
})

test.serial('studio SQL: a query ends when its page does not listen any longer', async (t) => {
  const controller = new AbortController()
  const asked = fetch(`${studio.url}api/sql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ session, sql: `${endless}count(*) FROM i`, limit: 10 }),
    signal: controller.signal,
  })
  const response = await asked
  controller.abort()
  await t.throwsAsync(response.text(), { any: true })
  // It waits for the one before, which would never end.
  t.deepEqual(rowsOf(await studio.sql('SELECT 8')), [[8]])
})

test.serial('studio SQL: an endless query does not keep the studio from closing', async (t) => {
  const own = await openStudio('CREATE TABLE t(a)')
  const running = own.sql(`${endless}max(x) FROM i`)
  const ended = t.throwsAsync(running)
  await own.rows({ table: 't' })
  await own.close()
  await ended
})

test.serial('studio SQL: long values are cut, and say how long they are', async (t) => {
  const events = await studio.sql("SELECT printf('%100000s', 'x'), zeroblob(70000), zeroblob(3)")
  const [[text, blob, short] = []] = rowsOf(events)
  t.like(text, { 0: 't', 2: 100_000 })
  t.like(blob, { 0: 'b', 2: 70_000 })
  t.deepEqual(short, ['b', 'AAAA', 3])
})

test.serial('studio SQL: a plan as rows, and the code of the program', async (t) => {
  const sql = 'SELECT b FROM t WHERE a = 1; DELETE FROM t; SELECT x FROM t'
  const { statements, failure } = await studio.ask<PlanAnswer>('plan', { session, sql })
  t.is(statements.length, 2)
  t.is(statements[0]!.nodes[0]!.detail, 'SEARCH t USING INTEGER PRIMARY KEY (rowid=?)')
  t.true(statements[0]!.code.some(({ text }) => text.includes('search t by rowid')))
  t.like(failure, { message: 'no such column: x', from: 51, to: 52 })
  t.is(studio.database.prepare('SELECT count(*) FROM t').pluck().get(), 2)
})

test.serial('studio SQL: a plan knows what is in the session only', async (t) => {
  await studio.sql('CREATE TEMP TABLE mine(x)')
  const { statements } = await studio.ask<PlanAnswer>('plan', {
    session,
    sql: 'SELECT * FROM mine',
  })
  t.is(statements[0]!.nodes[0]!.detail, 'SCAN mine')
})
