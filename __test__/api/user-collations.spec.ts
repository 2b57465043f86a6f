/**
 * Collations that are functions of the user's: wherever texts are compared they are asked, in statements and in the trees of indexes;
 * who has not got them reads on without them. The answers are checked against texts that are mapped to keys of BINARY order.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Db = InstanceType<typeof Database>

/** Case of all letters and accents are nothing to it. */
const plain = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('en')

const byPlain = (a: string, b: string): number => {
  const x = plain(a)
  const y = plain(b)
  return x < y ? -1 : x > y ? 1 : 0
}

function pluck(db: Db, sql: string, ...params: unknown[]): unknown {
  return db
    .prepare(sql)
    .pluck()
    .all(...params)
}

function classes(texts: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const text of texts) found.set(plain(text), [...(found.get(plain(text)) ?? []), text])
  return found
}

const words = ['Ähre', 'ahre', 'ÄHRE', 'Zebra', 'zebra', 'über', 'Uber', 'éa', 'EB', 'ec', '']

function filled(columns = 'text COLLATE plain'): Db {
  const db = new Database(':memory:')
  db.collation('Plain', byPlain)
  db.exec(`CREATE TABLE word(${columns})`)
  const insert = db.prepare('INSERT INTO word VALUES (?)')
  for (const word of words) insert.run(word)
  return db
}

test('user collation: comparisons, ranges and IN ask it', (t) => {
  const db = filled()
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text = 'AHRE'"), ['Ähre', 'ahre', 'ÄHRE'])
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text > 'UBER'"), ['Zebra', 'zebra'])
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text BETWEEN 'ea' AND 'EB'"), ['éa', 'EB'])
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text IN ('ZEBRA', 'x', 'y')"), [
    'Zebra',
    'zebra',
  ])
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text IN (SELECT 'EA')"), ['éa'])
  t.deepEqual(pluck(db, 'SELECT text FROM word WHERE text IN (?, ?, ?)', 'ZEBRA', 'EC', null), [
    'Zebra',
    'zebra',
    'ec',
  ])
  t.deepEqual(
    db.prepare("SELECT 'Ä' COLLATE plain = 'a', 'Ä' = 'a', 'Ä' = 'a' COLLATE PLAIN").raw().get(),
    [1, 0, 1],
  )
  t.deepEqual(pluck(db, "SELECT CASE 'Ä' COLLATE plain WHEN 'a' THEN 'same' END"), ['same'])
  t.deepEqual(pluck(db, "SELECT nullif('Ä' COLLATE plain, 'A')"), [null])
  t.deepEqual(pluck(db, "SELECT 'x' COLLATE plain IS 'X'"), [1])
  // LIKE has rules of its own.
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text LIKE 'a%'"), ['ahre'])
})

test('user collation: ORDER BY, min and max, GROUP BY, DISTINCT and set operations ask it', (t) => {
  const db = filled()
  const order = words.toSorted(byPlain)
  t.deepEqual(pluck(db, 'SELECT text FROM word ORDER BY text'), order)
  t.deepEqual(pluck(db, 'SELECT text FROM word ORDER BY text LIMIT 4'), order.slice(0, 4))
  t.deepEqual(pluck(db, 'SELECT text FROM word ORDER BY text DESC LIMIT 1'), ['Zebra'])
  t.deepEqual(pluck(db, 'SELECT min(text) FROM word'), [''])
  t.deepEqual(pluck(db, "SELECT max(text) FROM word WHERE text <> 'ZEBRA'"), ['über'])
  t.deepEqual(pluck(db, "SELECT max('a' COLLATE plain, 'Ä')"), ['a'])
  t.deepEqual(
    db.prepare('SELECT text, count(*) FROM word GROUP BY text').raw().all(),
    [...classes(order).values()].map((group) => [group[0], group.length]),
  )
  t.deepEqual(pluck(db, 'SELECT count(DISTINCT text) FROM word'), [7])
  t.deepEqual(pluck(db, 'SELECT count(*) FROM (SELECT DISTINCT text FROM word)'), [7])
  const rest = pluck(db, "SELECT text FROM word EXCEPT SELECT 'ZEBRA' ORDER BY 1") as string[]
  t.deepEqual(rest.map(plain), ['', 'ahre', 'ea', 'eb', 'ec', 'uber'])
  t.deepEqual(pluck(db, "SELECT text FROM word INTERSECT SELECT 'EC'"), ['ec'])
  t.deepEqual(pluck(db, 'SELECT count(*) FROM word a JOIN word b ON a.text = b.text'), [
    [...classes(words).values()].reduce((sum, g) => sum + g.length ** 2, 0),
  ])
})

test('user collation: an index under it finds, refuses, ranges and survives changes', (t) => {
  const random = createRandom()
  t.log(`SEED=${random.seed}`)
  const db = new Database(':memory:')
  db.collation('plain', byPlain)
  db.exec('CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT, n INT)')
  db.exec('CREATE UNIQUE INDEX byText ON word(text COLLATE plain DESC, n)')
  const letters = ['a', 'Ä', 'á', 'b', 'B', 'ç', 'C', 'z', '\u{1F600}', '\uFFFF']
  const rows = new Map<string, { text: string; n: number }>()
  for (let i = 0; i < 1500; i++) {
    const size = 1 + random.below(5)
    const text = Array.from({ length: size }, () => random.pick(letters)).join('')
    const n = random.below(4)
    const key = `${plain(text)} ${n}`
    const choice = random.below(10)
    if (choice < 6) {
      const insert = (): unknown =>
        db.prepare('INSERT INTO word(text, n) VALUES (?, ?)').run(text, n)
      if (rows.has(key)) t.throws(insert, { code: 'SQLITE_CONSTRAINT_UNIQUE' })
      else {
        insert()
        rows.set(key, { text, n })
      }
    } else if (choice < 8) {
      const sql = 'DELETE FROM word WHERE text = ? COLLATE plain AND n = ?'
      t.is(db.prepare(sql).run(text, n).changes, rows.delete(key) ? 1 : 0)
    } else {
      db.prepare('REPLACE INTO word(text, n) VALUES (?, ?)').run(text, n)
      rows.set(key, { text, n })
    }
  }
  const all = [...rows.values()]
  const found = db
    .prepare(
      'SELECT text FROM word WHERE text COLLATE plain >= ? ORDER BY text COLLATE plain, n, id',
    )
    .pluck()
  for (const from of ['', 'B', 'ÁB', 'zz', '\u{1F600}']) {
    const wanted = all.filter(({ text }) => byPlain(text, from) >= 0)
    wanted.sort((a, b) => byPlain(a.text, b.text) || a.n - b.n)
    t.deepEqual(
      found.all(from),
      wanted.map(({ text }) => text),
    )
  }
  const plan = db.explain('QUERY PLAN SELECT id FROM word WHERE text = ? COLLATE plain')
  t.regex(JSON.stringify(plan), /SEARCH word USING COVERING INDEX byText/)
  t.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
  db.exec('REINDEX PLAIN')
  t.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
})

test('user collation: UTF-16 databases compare by it as well', (t) => {
  const db = new Database(':memory:')
  db.pragma("encoding = 'UTF-16le'")
  db.collation('plain', byPlain)
  db.exec('CREATE TABLE word(text TEXT COLLATE plain UNIQUE)')
  db.prepare('INSERT INTO word VALUES (?)').run('Ähre')
  t.throws(() => db.prepare('INSERT INTO word VALUES (?)').run('ahre'), {
    code: 'SQLITE_CONSTRAINT_UNIQUE',
    message: 'UNIQUE constraint failed: word.text',
  })
  t.deepEqual(pluck(db, "SELECT text FROM word WHERE text = 'AHRE'"), ['Ähre'])
})

test('user collation: whoever has not got it reads what needs it not', (t) => {
  const file = `${temporaryFolder()}/a.db`
  const db = new Database(file)
  db.collation('plain', byPlain)
  db.exec('CREATE TABLE word(id INTEGER PRIMARY KEY, text COLLATE plain, n)')
  db.exec('CREATE INDEX byText ON word(text)')
  db.exec("INSERT INTO word(text, n) VALUES ('B', 1), ('a', 2), ('Á', 3)")
  db.close()
  const other = new Database(file)
  const missing = {
    code: 'SQLITE_ERROR_MISSING_COLLSEQ',
    message: 'no such collation sequence: plain',
  }
  t.deepEqual(pluck(other, 'SELECT text FROM word'), ['B', 'a', 'Á'])
  t.deepEqual(pluck(other, 'SELECT text FROM word WHERE n > 1 ORDER BY n DESC'), ['Á', 'a'])
  t.deepEqual(pluck(other, "SELECT id FROM word WHERE text = 'a' COLLATE BINARY"), [2])
  for (const sql of [
    "SELECT id FROM word WHERE text = 'a'",
    'SELECT id FROM word ORDER BY text',
    'SELECT DISTINCT text FROM word',
    "INSERT INTO word(text) VALUES ('c')",
    'DELETE FROM word',
    'PRAGMA integrity_check',
    'SELECT max(text) FROM word',
  ]) {
    t.throws(() => other.prepare(sql).run(), missing, sql)
  }
  // Statements that were prepared before, and definitions that waited for it, have it from then on.
  const count = other.prepare('SELECT count(*) FROM word WHERE n > ?').pluck()
  t.is(count.get(0), 3)
  other.collation('PLAIN', byPlain)
  t.is(count.get(0), 3)
  t.deepEqual(pluck(other, "SELECT id FROM word WHERE text = 'A'"), [2, 3])
  t.is(other.pragma('integrity_check', { simple: true }), 'ok')
  other.close()
})

test('user collation: a new definition counts for statements that are prepared', (t) => {
  const db = filled('text COLLATE plain')
  const first = db.prepare('SELECT text FROM word ORDER BY text LIMIT 1').pluck()
  t.is(first.get(), '')
  db.collation('plain', (a, b) => byPlain(b, a))
  t.is(first.get(), 'Zebra')
  t.deepEqual(db.pragma('collation_list'), [
    { seq: 0, name: 'PLAIN' },
    { seq: 1, name: 'RTRIM' },
    { seq: 2, name: 'NOCASE' },
    { seq: 3, name: 'BINARY' },
  ])
})

test('user collation: what it throws comes out, and nothing of the statement stays', (t) => {
  const db = new Database(':memory:')
  let fails = false
  const failure = { name: 'a failure of the user' }
  db.collation('plain', (a, b) => {
    if (fails) throw failure
    return byPlain(a, b)
  })
  db.exec('CREATE TABLE word(id INTEGER PRIMARY KEY, other UNIQUE, text COLLATE plain)')
  db.exec('CREATE INDEX byText ON word(text)')
  db.exec("INSERT INTO word(other, text) VALUES (1, 'a'), (2, 'b'), (3, 'c')")
  const run = (sql: string): unknown => {
    fails = true
    try {
      db.prepare(sql).run()
      return 'ran'
    } catch (error) {
      return error
    } finally {
      fails = false
    }
  }
  for (const wrap of [false, true]) {
    if (wrap) db.exec('BEGIN; UPDATE word SET other = 30 WHERE id = 3')
    for (const sql of [
      "INSERT INTO word(other, text) VALUES (4, 'd')",
      "INSERT INTO word(other, text) VALUES (4, 'd'), (5, 'e')",
      "REPLACE INTO word(other, text) VALUES (1, 'z')",
      "UPDATE word SET text = 'x' WHERE id = 2",
      "UPDATE word SET text = text || 'x'",
      'DELETE FROM word WHERE id = 1',
      'DELETE FROM word WHERE other > 0',
      'SELECT * FROM word ORDER BY substr(text, 1) COLLATE plain',
      'CREATE INDEX again ON word(text)',
    ]) {
      t.is(run(sql), failure, sql)
      t.is(db.inTransaction, wrap)
    }
    if (wrap) db.exec('COMMIT')
    t.deepEqual(db.prepare('SELECT other, text FROM word ORDER BY id').raw().all(), [
      [1, 'a'],
      [2, 'b'],
      [wrap ? 30 : 3, 'c'],
    ])
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  }
})

test('user collation: wrong calls are refused', (t) => {
  const db = new Database(':memory:')
  const define = db.collation.bind(db) as (...args: unknown[]) => unknown
  t.throws(() => define(1, byPlain), { message: 'Expected first argument to be a string' })
  t.throws(() => define('a'), { message: 'Expected last argument to be a function' })
  t.throws(() => define('a', 1, byPlain), {
    message: 'Expected second argument to be an options object',
  })
  t.throws(() => define('', byPlain), {
    message: 'User-defined collation name cannot be an empty string',
  })
  t.throws(() => define('nocase', byPlain), {
    instanceOf: TypeError,
    message: 'The collation NOCASE cannot be redefined',
  })
  db.collation('odd', () => NaN)
  t.throws(() => db.prepare("SELECT 'a' < 'b' COLLATE odd").get(), {
    instanceOf: TypeError,
    message: 'User-defined collation odd returned an invalid value',
  })
  db.collation('odd', (() => undefined) as never)
  t.throws(() => db.prepare("SELECT 'a' < 'b' COLLATE odd").get(), { instanceOf: TypeError })
  t.is(define('fine', null, byPlain), db)
  db.close()
  t.throws(() => define('late', byPlain), { message: 'The database connection is not open' })
})

test('user collation: nothing is asked about texts that are the same', (t) => {
  const db = new Database(':memory:')
  db.collation('strict', (a, b) => {
    if (a === b) throw new Error(`asked about ${a} twice`)
    return a < b ? -1 : 1
  })
  db.exec(`CREATE TABLE c(id INTEGER PRIMARY KEY, b TEXT COLLATE strict, k); CREATE INDEX c_b ON c(b);
    INSERT INTO c VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1), (4, 'a', 2);
    CREATE TABLE w(x TEXT COLLATE strict PRIMARY KEY, y) WITHOUT ROWID; INSERT INTO w VALUES ('a', 1), ('b', 2)`)
  const counted = (sql: string): unknown => db.prepare(sql).raw().all().length
  t.is(counted("SELECT id FROM c WHERE b = 'a'"), 2)
  t.is(counted("SELECT id FROM c NOT INDEXED WHERE b = 'a'"), 2)
  t.is(counted("SELECT id FROM c WHERE b IN ('a', 'b')"), 3)
  t.is(counted('SELECT id FROM c WHERE b IN (SELECT b FROM c)'), 4)
  t.is(counted("SELECT id FROM c WHERE b >= 'c' AND b <= 'c'"), 1)
  t.is(counted('SELECT b, count(*) FROM c GROUP BY b'), 3)
  t.is(counted('SELECT DISTINCT b FROM c NOT INDEXED'), 3)
  t.is(counted('SELECT b FROM c UNION SELECT b FROM c'), 3)
  t.is(counted('SELECT c.id, w.x FROM c JOIN w ON b = x'), 3)
  t.is(counted('SELECT * FROM c ORDER BY b'), 4)
  t.is(counted('SELECT max(b), min(b), count(DISTINCT b) FROM c'), 1)
  t.is(counted("SELECT nullif(b, 'a'), b IS 'a', CASE b WHEN 'a' THEN 1 END FROM c"), 4)
  t.throws(() => db.exec("INSERT INTO w VALUES ('a', 5)"), { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' })
  db.exec("UPDATE w SET y = 9 WHERE x = 'a'; DELETE FROM c WHERE b = 'a'; REINDEX")
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  t.is(db.pragma('quick_check', { simple: true }), 'ok')
})
