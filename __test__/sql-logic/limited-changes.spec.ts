/**
 * UPDATE and DELETE with ORDER BY, LIMIT and OFFSET: they change the rows that a SELECT with the same clauses finds. SQLite is asked
 * with such a SELECT, for its default build does not know the clauses.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { ourAnswers } from '../support/same-answers.ts'
import { createRandom } from '../support/random.ts'

const tables = [
  {
    name: 't',
    key: 'rowid',
    create:
      'CREATE TABLE t(a, b TEXT COLLATE nocase, c REAL); CREATE INDEX tb ON t(b, c); CREATE INDEX ta ON t(a)',
  },
  { name: 'u', key: 'a', create: 'CREATE TABLE u(a INTEGER PRIMARY KEY, b TEXT, c UNIQUE)' },
  {
    name: 'w',
    key: '(a, b)',
    create: 'CREATE TABLE w(a INT, b TEXT, c, PRIMARY KEY(b, a)) WITHOUT ROWID',
  },
] as const

const rows = Array.from(
  { length: 40 },
  (_, i) => `(${(i * 7) % 41}, '${'kKxXaB'[i % 6]}${i % 5}', ${(i * 13) % 97})`,
).join(', ')

test('limited changes: the rows are those of the SELECT', async (t) => {
  const oracle = openOracle()
  if (oracle === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  t.teardown(() => oracle.close())
  const random = createRandom()
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 60; round++) {
    const { name, key, create } = random.pick(tables)
    const alias = random.pick(['', ' AS z'])
    const where = random.pick([
      '',
      ' WHERE a > 9',
      ` WHERE b < 'n' AND a % 3 <> 1`,
      ' WHERE c IN (SELECT a FROM t9)',
      ' WHERE 0',
    ])
    const order = random.pick([
      '',
      ' ORDER BY c',
      ' ORDER BY b DESC, a',
      ' ORDER BY -a',
      ' ORDER BY 1 + a',
    ])
    // Without a total order which rows come first is up to the plan.
    const total = order === '' ? ` ORDER BY ${key.replace(/[()]/g, '')}` : `${order}, a, b`
    const limit = ` LIMIT ${random.pick(['0', '1', '5', '-1', '(SELECT 3)', "'4'"])}${random.pick(['', ' OFFSET 2', ' OFFSET (1 + 1)'])}`
    const set = random.pick([`b = b || 'q'`, 'c = c + 1000', 'a = a + 100'])
    const verb = random.pick([`DELETE FROM ${name}${alias}`, `UPDATE ${name}${alias} SET ${set}`])
    const setup = [
      'CREATE TABLE t9(a)',
      'INSERT INTO t9 VALUES (1), (13), (26), (39), (52)',
      ...create.split('; '),
      `INSERT INTO ${name}(a, b, c) VALUES ${rows}`,
    ]
    const content = `SELECT * FROM ${name} ORDER BY 1, 2`
    const ours = ourAnswers([
      ...setup,
      `${verb}${where}${total}${limit}`,
      content,
      'SELECT changes()',
      'PRAGMA integrity_check',
    ]).slice(setup.length)
    await oracle.reset(setup.join(';\n'))
    const columns = key.replace(/[()]/g, '')
    await oracle.exec(
      `${verb} WHERE ${key} IN (SELECT ${columns} FROM ${name}${alias}${where}${total}${limit})`,
    )
    const wanted = (await oracle.query(content)).map((row) => row.map(show).join(' | ')).join('\n')
    const changes = (await oracle.query('SELECT changes()'))
      .map((row) => row.map(show).join(' | '))
      .join('\n')
    const statement = `${verb}${where}${total}${limit}`
    t.deepEqual(ours, ['', wanted, changes, 'text "ok"'], statement)
  }
})

test('limited changes: clauses in their order, and what is wrong with them', (t) => {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE t(a, b); CREATE INDEX tb ON t(b); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3), (4, 4);
    CREATE TABLE r(rowid, _rowid_, oid); INSERT INTO r VALUES (1, 2, 3); CREATE VIEW v AS SELECT * FROM t`)
  const all = (sql: string, ...values: unknown[]): unknown[] =>
    db
      .prepare(sql)
      .raw()
      .all(...values)
  const fails = (sql: string, message: string): void =>
    void t.throws(() => db.exec(sql), { instanceOf: SqliteError, message }, sql)
  t.deepEqual(
    all('DELETE FROM t WHERE a > 1 RETURNING a ORDER BY a DESC LIMIT 2').toString(),
    '3,4',
  )
  t.deepEqual(all('UPDATE t SET b = ? RETURNING a, b ORDER BY a LIMIT ? OFFSET ?', 9n, 1n, 1n), [
    [2, 9],
  ])
  t.deepEqual(
    all('WITH c AS (SELECT 1 AS x) UPDATE t SET b = 7 WHERE a IN c RETURNING a LIMIT 5'),
    [[1]],
  )
  t.deepEqual(
    all(
      'WITH t AS (SELECT 1 AS a) UPDATE t SET b = a + 6 WHERE a IN (SELECT a FROM t) RETURNING * LIMIT 9',
    ),
    [[1, 7]],
  )
  t.deepEqual(all('DELETE FROM t INDEXED BY tb WHERE b = 9 RETURNING a LIMIT 1'), [[2]])
  fails('DELETE FROM t ORDER BY a', 'ORDER BY without LIMIT on DELETE')
  fails('UPDATE t SET a = 1 ORDER BY a', 'ORDER BY without LIMIT on UPDATE')
  fails('UPDATE t SET nosuch = 1 ORDER BY a', 'ORDER BY without LIMIT on UPDATE')
  fails('UPDATE t INDEXED BY gone SET nosuch = 1 LIMIT 1', 'no such index: gone')
  fails('DELETE FROM v INDEXED BY gone', 'no such index: gone')
  fails('DELETE FROM t ORDER BY nosuch LIMIT 1', 'no such column: nosuch')
  fails(
    'DELETE FROM t ORDER BY 3 LIMIT 1',
    '1st ORDER BY term out of range - should be between 1 and 1',
  )
  fails("DELETE FROM t LIMIT 'x'", 'datatype mismatch')
  fails('DELETE FROM t LIMIT a', 'no such column: a')
  fails('DELETE FROM t LIMIT 1 ORDER BY a', 'near "ORDER": syntax error')
  fails('DELETE FROM t INDEXED BY nosuch LIMIT 1', 'no such index: nosuch')
  fails('DELETE FROM t LIMIT 1 RETURNING a', 'near "RETURNING": syntax error')
  fails('DELETE FROM t RETURNING nosuch LIMIT 1', 'no such column: nosuch')
  fails('DELETE FROM sqlite_schema LIMIT 1', 'table sqlite_master may not be modified')
  fails('DELETE FROM v LIMIT 1', 'cannot modify v because it is a view')
  t.is(db.prepare('DELETE FROM r LIMIT 1').run().changes, 1)
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 1)
  db.close()
})
