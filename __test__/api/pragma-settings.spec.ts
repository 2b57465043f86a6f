/** PRAGMAs that set something, and what follows from it, one statement after the other as in SQLite. */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { temporaryFolder } from '../support/temporary.ts'

const flags = [
  'automatic_index',
  'cell_size_check',
  'checkpoint_fullfsync',
  'empty_result_callbacks',
  'full_column_names',
  'fullfsync',
  'ignore_check_constraints',
  'query_only',
  'read_uncommitted',
  'short_column_names',
  'trusted_schema',
]

const ask = (name: string, values: readonly string[]): string[] =>
  ['', ...values].flatMap((value) =>
    value === '' ? [`PRAGMA ${name}`] : [`PRAGMA ${name}=${value}`, `PRAGMA ${name}`],
  )

test('pragma settings: flags are read and set as in SQLite', async (t) => {
  const values = ['1', 'off', 'on', 'foo', 'true', '-5', '12345', "'0x'", '0']
  await sameAnswers(
    t,
    [],
    flags.flatMap((name) => ask(name, values)),
  )
})

test('pragma settings: limits and modes are read and set as in SQLite', async (t) => {
  const numbers = ['1', '0', '-5', '12', 'foo', "'5x'"]
  await sameAnswers(
    t,
    ['CREATE TABLE t(a)'],
    [
      ...ask('threads', [...numbers, '100']),
      ...ask('analysis_limit', numbers),
      ...ask('max_page_count', [...numbers, '2']),
      'PRAGMA page_count',
      ...ask('locking_mode', ['foo', 'normal', 'exclusive', 'normal']),
      'PRAGMA temp.locking_mode',
      "ATTACH ':memory:' AS z",
      ...ask('z.locking_mode', ['exclusive', 'normal']),
      'PRAGMA locking_mode',
      'PRAGMA shrink_memory',
      'PRAGMA lock_status',
      'PRAGMA legacy_file_format',
      'PRAGMA case_sensitive_like',
    ],
  )
})

test('pragma settings: what they are about follows', async (t) => {
  await sameAnswers(
    t,
    [
      'CREATE TABLE t(a TEXT, b CHECK (b < 5))',
      "INSERT INTO t VALUES ('Abc', 1), ('abd', 2), ('ABE', 3)",
      'CREATE INDEX ti ON t(a)',
      'CREATE TEMP TABLE tt(x)',
    ],
    [
      "SELECT a FROM t WHERE a LIKE 'ab%'",
      'PRAGMA case_sensitive_like=on',
      "SELECT a FROM t WHERE a LIKE 'ab%'",
      "SELECT a FROM t WHERE like('A%', a)",
      "SELECT 'aXb' LIKE 'a_b', 'aXb' LIKE 'A_b', 'a%b' LIKE 'a\\%b' ESCAPE '\\', like('A', 'a', 'x')",
      "SELECT a FROM t, (SELECT 'AB%' AS p) WHERE a LIKE p",
      'PRAGMA case_sensitive_like=off',
      "SELECT a FROM t WHERE a LIKE 'ab%' ORDER BY 1",
      'INSERT INTO t VALUES (1, 9)',
      'PRAGMA ignore_check_constraints=1',
      'INSERT INTO t VALUES (1, 9)',
      'UPDATE t SET b = 10 WHERE b = 9',
      'PRAGMA integrity_check',
      'PRAGMA ignore_check_constraints=0',
      'PRAGMA integrity_check',
      'UPDATE t SET b = 11 WHERE b = 10',
      'DELETE FROM t WHERE b = 10',
      'PRAGMA query_only=1',
      'DELETE FROM t',
      'INSERT INTO tt VALUES (1)',
      'CREATE TABLE no(a)',
      'CREATE TEMP TABLE no(a)',
      'BEGIN IMMEDIATE',
      'PRAGMA user_version=4',
      'SELECT count(*) FROM t',
      'BEGIN',
      'PRAGMA query_only=0',
      'INSERT INTO tt VALUES (1)',
      'COMMIT',
      'SELECT * FROM tt',
      'PRAGMA max_page_count=6',
      'INSERT INTO t VALUES (zeroblob(100000), 1)',
      'SELECT count(*) FROM t',
      'PRAGMA max_page_count=100000',
      'INSERT INTO t VALUES (zeroblob(100000), 1)',
      'SELECT count(*) FROM t',
    ],
  )
})

test('pragma settings: columns are called as they say', (t) => {
  const database = new Database(':memory:')
  database.exec('CREATE TABLE Tab(a, b); CREATE TABLE u(c)')
  const names = (sql: string): string[] =>
    database
      .prepare(sql)
      .columns()
      .map(({ name }) => name)
  const both = 'SELECT a, Tab.b, x.c, a+1, a AS z FROM tab, u AS x'
  t.deepEqual(names(both), ['a', 'b', 'c', 'a+1', 'z'])
  database.pragma('full_column_names=1')
  t.deepEqual(names(both), ['Tab.a', 'Tab.b', 'u.c', 'a+1', 'z'])
  t.deepEqual(names('SELECT * FROM tab, u AS x'), ['a', 'b', 'c'])
  database.pragma('short_column_names=0')
  t.deepEqual(names('SELECT * FROM tab, u AS x'), ['Tab.a', 'Tab.b', 'x.c'])
  database.pragma('full_column_names=0')
  t.deepEqual(names(both), ['a', 'Tab.b', 'x.c', 'a+1', 'z'])
  database.close()
})

test('pragma settings: where the schema is not trusted it calls no function of the application', (t) => {
  const database = new Database(':memory:')
  database.function('twice', { deterministic: true }, (x: number) => 2 * x)
  database.exec('CREATE VIEW v AS SELECT twice(4) AS x; CREATE TABLE c(a CHECK (twice(a) < 9))')
  t.is(database.prepare('SELECT x FROM v').pluck().get(), 8)
  database.pragma('trusted_schema=0')
  t.throws(() => database.prepare('SELECT x FROM v').get(), { message: 'unsafe use of twice()' })
  t.throws(() => database.exec('INSERT INTO c VALUES (1)'), { message: 'unsafe use of twice()' })
  t.is(database.prepare('SELECT twice(3)').pluck().get(), 6)
  database.pragma('trusted_schema=1')
  t.is(database.prepare('SELECT x FROM v').pluck().get(), 8)
  database.close()
})

test('PRAGMA count_changes: statements that change rows answer how many, those of triggers aside', (t) => {
  const db = new Database(':memory:')
  db.exec(`CREATE TABLE t(a UNIQUE, b); CREATE TABLE l(x);
    CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO l VALUES (1), (2); END; PRAGMA count_changes = on`)
  const answer = (sql: string): unknown => db.prepare(sql).get()
  t.deepEqual(answer('PRAGMA count_changes'), { count_changes: 1 })
  t.deepEqual(answer('INSERT INTO t VALUES (1, 2), (3, 4)'), { 'rows inserted': 2 })
  t.deepEqual(answer('UPDATE t SET b = 9'), { 'rows updated': 2 })
  t.deepEqual(answer('DELETE FROM t WHERE a = 1'), { 'rows deleted': 1 })
  t.deepEqual(answer('INSERT INTO t VALUES (7, 7) RETURNING a'), { a: 7 })
  t.deepEqual(answer('INSERT OR IGNORE INTO t VALUES (7, 8)'), { 'rows inserted': 0 })
  db.exec('PRAGMA count_changes = 0')
  t.false(db.prepare('DELETE FROM t').reader)
})

test('pragma: the own table of a database goes by the common names where the database is named', async (t) => {
  await sameAnswers(
    t,
    ['CREATE TEMP TABLE w(a)'],
    [
      'PRAGMA temp.table_info(sqlite_schema)',
      'PRAGMA temp.table_xinfo(sqlite_master)',
      'PRAGMA table_info(sqlite_temp_schema)',
      'PRAGMA main.table_info(sqlite_temp_schema)',
      'PRAGMA table_list(sqlite_schema)',
      'PRAGMA table_list(sqlite_master)',
      'PRAGMA temp.table_list(sqlite_temp_schema)',
      'PRAGMA temp.quick_check(sqlite_schema)',
      'PRAGMA main.quick_check(w)',
    ],
  )
})
test('pragma settings: reverse_unordered_selects turns scans round that nobody wants in order', async (t) => {
  await sameAnswers(
    t,
    [
      'CREATE TABLE t(a INTEGER PRIMARY KEY, b, c)',
      'INSERT INTO t VALUES (1, 3, 5), (2, 2, 6), (3, 1, 7), (4, 2, 8)',
      'CREATE INDEX tb ON t(b)',
      'CREATE TABLE k(a, b, PRIMARY KEY (a, b)) WITHOUT ROWID',
      'INSERT INTO k SELECT b, c FROM t',
    ],
    [
      ...ask('reverse_unordered_selects', ['1', 'off', 'foo', 'on']),
      'SELECT * FROM t',
      'SELECT a FROM t WHERE a > 1',
      'SELECT a, b FROM t WHERE b >= 2',
      'SELECT a FROM t WHERE b = 2',
      'SELECT * FROM k',
      'SELECT * FROM k WHERE a = 2',
      'SELECT a FROM t ORDER BY a',
      'SELECT a FROM t ORDER BY c LIMIT 2',
      'SELECT group_concat(a) FROM t',
      'SELECT b, group_concat(a) FROM t GROUP BY b',
      'SELECT min(b), a FROM t',
      'SELECT t.a, k.b FROM t CROSS JOIN k WHERE k.a = t.b',
      'SELECT a FROM t LIMIT 1',
      'SELECT (SELECT a FROM t)',
      'SELECT * FROM (SELECT a FROM t UNION ALL SELECT b FROM k)',
      'PRAGMA reverse_unordered_selects = 0',
      'SELECT a FROM t',
    ],
  )
})

test('pragma settings: temp_store_directory, hard_heap_limit, cache_spill and the journal of memory databases', async (t) => {
  await sameAnswers(
    t,
    ["ATTACH ':memory:' AS z"],
    [
      ...ask('temp_store_directory', ["'/nosuch/folder'", "'/tmp'", "''"]),
      ...ask('hard_heap_limit', ['5000000000', '0', '-1', '6000000000', '4000000000', 'x']),
      ...ask('journal_mode', ['off', 'wal', 'x', 'memory', 'delete']),
      ...ask('z.journal_mode', ['off', 'memory']),
      'PRAGMA main.journal_mode = off',
      'PRAGMA z.journal_mode',
      'PRAGMA journal_mode = memory',
      ...ask('synchronous', ['0', 'full', 'off', 'extra', 'x', '2']),
      'PRAGMA temp.synchronous',
      'PRAGMA mmap_size',
      'PRAGMA mmap_size = 1000',
      'PRAGMA z.mmap_size',
      ...['off', 't', '0', 'full', 'no', '-5', 'on'].map(
        (value) => `PRAGMA cache_spill = ${value}`,
      ),
    ],
  )
})

test('pragma settings: default_cache_size stays in the file, and is that of who opens it', (t) => {
  const path = join(temporaryFolder(), 'cache.db')
  const first = new Database(path)
  const usual = first.pragma('cache_size', { simple: true })
  t.is(first.pragma('default_cache_size', { simple: true }), usual)
  t.deepEqual(first.pragma('default_cache_size = -77'), [])
  t.is(first.pragma('default_cache_size', { simple: true }), 77)
  t.is(first.pragma('cache_size', { simple: true }), 77)
  first.close()
  const second = new Database(path)
  second.exec('CREATE TABLE t(a)')
  t.is(second.pragma('cache_size', { simple: true }), 77)
  second.pragma('default_cache_size = 0')
  t.is(second.pragma('default_cache_size', { simple: true }), usual)
  second.close()
})

test('pragma settings: page_size is that of the temporary database and of VACUUM INTO', (t) => {
  const folder = temporaryFolder()
  const database = new Database(join(folder, 'a.db'))
  database.exec(
    'PRAGMA page_size = 1024; CREATE TABLE t(a); INSERT INTO t VALUES (hex(zeroblob(5000)))',
  )
  database.exec('PRAGMA page_size = 8192; CREATE TEMP TABLE u(a)')
  t.is(database.pragma('main.page_size', { simple: true }), 1024)
  t.is(database.pragma('temp.page_size', { simple: true }), 8192)
  database.exec(`VACUUM INTO '${join(folder, 'b.db')}'`)
  database.exec('VACUUM')
  t.is(database.pragma('page_size', { simple: true }), 1024)
  database.close()
  const copy = new Database(join(folder, 'b.db'))
  t.is(copy.pragma('page_size', { simple: true }), 8192)
  t.is(copy.pragma('integrity_check', { simple: true }), 'ok')
  t.is(copy.prepare('SELECT length(a) FROM t').pluck().get(), 10_000)
  copy.close()
})
