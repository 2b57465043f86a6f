/**
 * Entries of indexes that are kept back while rows are inserted: whoever asks finds them, what is taken back takes them along, and no statement answers
 * anything else than SQLite does. Scripts are drawn at random: runs of single inserts, and whatever may come between them.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { KeyHash, RecordWriter } from '../../packages/engine/src/record/index.ts'
import { openOracle } from '../support/oracle.ts'
import { createRandom, type Random } from '../support/random.ts'
import { answerHere, answerThere } from '../support/side-by-side.ts'
import { sqliteIntegrity } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const schema = (keyed: boolean): string => `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT, c REAL)${keyed ? ' WITHOUT ROWID' : ''};
  CREATE INDEX ta ON t (a);
  CREATE INDEX tb ON t (b COLLATE NOCASE DESC, a);
  CREATE INDEX tc ON t (c + 1) WHERE a IS NOT NULL;
  CREATE UNIQUE INDEX tu ON t (b, c);
  CREATE UNIQUE INDEX tn ON t (b COLLATE NOCASE, a, c);
  CREATE UNIQUE INDEX tr ON t (a COLLATE RTRIM, c DESC, b) WHERE c > 9;
  CREATE TABLE log (id INTEGER PRIMARY KEY, what);
  CREATE INDEX log_what ON log (what);`

/** One or many statements of the script. */
function statements(random: Random): string[] {
  const value = (): string =>
    random.pick([
      'NULL',
      `${random.below(50)}`,
      `'x${random.below(30)}'`,
      `'x${random.below(30)}  '`,
      `${random.below(9)}.${random.below(2) * 5}`,
      `x'${random.below(90) + 10}'`,
    ])
  const text = (): string =>
    `'${random.pick(['a', 'A', 'bb', 'long '.repeat(60)])}${random.below(900)}'`
  const id = (): number => 1 + random.below(3000)
  const row = (): string => `(${id()}, ${value()}, ${text()}, ${random.below(99)}.25)`
  const or = random.pick(['', '', 'OR IGNORE', 'OR REPLACE', 'OR FAIL', 'OR ROLLBACK'])
  switch (random.below(18)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return Array.from(
        { length: 1 + random.below(60) },
        () => `INSERT ${or} INTO t VALUES ${row()}`,
      )
    case 6:
      return [`INSERT ${or} INTO t VALUES ${row()}, ${row()}, ${row()}`]
    case 7:
      return [`INSERT ${or} INTO t SELECT id + ${id()}, a, b || 'y', c FROM t WHERE a = 7`]
    case 8:
      return [
        `DELETE FROM t WHERE a = ${random.below(50)}`,
        'SELECT count(*) FROM t INDEXED BY ta WHERE a > 10',
      ]
    case 9:
      return [`UPDATE ${or} t SET a = ${value()} WHERE id < ${random.below(900)}`]
    case 10:
      return ['SELECT id, a FROM t INDEXED BY ta WHERE a BETWEEN 3 AND 20 ORDER BY a, id']
    case 11:
      return ["SELECT id FROM t INDEXED BY tb WHERE b = 'A5' COLLATE NOCASE ORDER BY id"]
    case 12:
      return ['SELECT count(*) FROM t INDEXED BY tc WHERE c + 1 > 40 AND a IS NOT NULL']
    case 13:
      return [`SAVEPOINT ${random.pick(['p', 'q'])}`]
    case 14:
      return [random.pick(['ROLLBACK TO p', 'ROLLBACK TO q', 'RELEASE p', 'RELEASE q'])]
    case 15:
      return [random.pick(['BEGIN', 'BEGIN', 'COMMIT', 'ROLLBACK'])]
    case 16:
      return [
        random.pick([
          'REINDEX ta',
          'DROP INDEX IF EXISTS log_what',
          'CREATE INDEX IF NOT EXISTS log_what ON log (what)',
          'DELETE FROM log',
        ]),
      ]
    default:
      return [
        `INSERT INTO log (what) VALUES ((SELECT max(a) FROM t))`,
        'INSERT INTO log (what) SELECT count(*) FROM t INDEXED BY ta WHERE a = 7',
        'SELECT what, count(*) FROM log GROUP BY what ORDER BY what',
      ]
  }
}

const content = [
  'SELECT * FROM t ORDER BY id',
  'SELECT * FROM log ORDER BY id',
  'PRAGMA integrity_check',
]

for (const [i, kind] of ['memory', 'file', 'file, auto_vacuum', 'keyed', 'UTF-16'].entries()) {
  test(`deferred entries: scripts at random, ${kind}`, async (t) => {
    const oracle = openOracle()
    if (oracle === null) return void t.pass()
    t.teardown(() => oracle.close())
    const random = createRandom(70 + i)
    const path = kind === 'memory' ? ':memory:' : join(temporaryFolder(), 'd.db')
    const db = new Database(path)
    const settings = `PRAGMA encoding = '${kind === 'UTF-16' ? 'UTF-16be' : 'UTF-8'}';
      PRAGMA page_size = ${random.pick([512, 1024, 4096])}; PRAGMA auto_vacuum = ${kind.endsWith('vacuum') ? 1 : 0};`
    db.exec(`${settings} PRAGMA cache_size = ${random.pick([12, 2000])}; PRAGMA foreign_keys = 0`)
    db.exec(schema(kind === 'keyed'))
    await oracle.reset(settings + schema(kind === 'keyed'))
    for (let n = 0; n < 60; n++) {
      for (const sql of statements(random)) {
        t.is(answerHere(db, sql), await answerThere(oracle, sql), `${sql}, seed ${random.seed}`)
      }
      if (n % 20 === 19)
        for (const sql of content)
          t.is(answerHere(db, sql), await answerThere(oracle, sql), `${sql}, seed ${random.seed}`)
    }
    db.close()
    if (path === ':memory:') return
    const verdict = sqliteIntegrity(path)
    if (verdict !== null) t.is(verdict, 'ok', `seed ${random.seed}`)
  })
}

test('deferred entries: keys that are UNIQUE are found among those that wait', (t) => {
  const columns = [
    'a TEXT',
    'a TEXT COLLATE NOCASE',
    'a TEXT COLLATE RTRIM',
    'a INTEGER',
    'a REAL',
    'a',
  ]
  const same: readonly (readonly [string, string])[] = [
    ["'text'", "'text'"],
    ["'TEXT'", "'text'"],
    ["'text'", "'text  '"],
    ['7', '7.0'],
    ['7', "'7'"],
    ["x'41'", "x'41'"],
    ["x'41'", "'A'"],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992.0', '9007199254740992'],
    ['-0.0', '0'],
    ['NULL', 'NULL'],
    ["''", "x''"],
  ]
  for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
    for (const column of columns) {
      for (const [first, second] of same) {
        const counts = [false, true].map((isDeferred) => {
          const db = new Database(':memory:')
          db.exec(
            `PRAGMA encoding = '${encoding}'; CREATE TABLE t(${column}, b); CREATE UNIQUE INDEX ta ON t(a)`,
          )
          // Entries that wait are inserted before a savepoint.
          const between = isDeferred ? '' : 'SAVEPOINT s'
          db.exec('BEGIN')
          for (let i = 0; i < 12; i++) db.exec(`INSERT INTO t VALUES ('other ${i}', 1); ${between}`)
          db.exec(`INSERT INTO t VALUES (${first}, 1); ${between}`)
          db.exec(`INSERT OR IGNORE INTO t VALUES (${second}, 2); ${between}`)
          db.exec(`REPLACE INTO t VALUES (${second}, 3); ${between}`)
          db.exec(
            `INSERT INTO t VALUES (${second}, 4) ON CONFLICT DO UPDATE SET b = b + 10; COMMIT`,
          )
          const rows = db
            .prepare("SELECT typeof(a), quote(a), b FROM t WHERE a NOT LIKE 'other %' OR a IS NULL")
            .raw()
            .all()
          t.is(db.pragma('integrity_check', { simple: true }), 'ok')
          db.close()
          return rows
        })
        t.deepEqual(counts[1], counts[0], `${encoding} ${column}: ${first}, ${second}`)
      }
    }
  }
})

/** Texts of which two and two have the same hash, alike in nothing else. */
function textsAlike(): [string, string][] {
  const hash = new KeyHash([{ collation: 'BINARY', descending: false }])
  const writer = new RecordWriter('utf8')
  const known = new Map<number, string>()
  const pairs: [string, string][] = []
  for (let i = 0; pairs.length < 4; i++) {
    const text = `text ${i} of many`
    writer.encode([text, 0], 2)
    const word = hash.of(writer.data, writer.offset)
    const other = known.get(word)
    if (other !== undefined) pairs.push([other, text])
    known.set(word, text)
  }
  return pairs
}

test('deferred entries: keys of one hash are told apart', (t) => {
  const pairs = textsAlike()
  for (const or of ['', 'OR IGNORE', 'OR REPLACE'])
    for (const before of [0, 3000]) {
      const db = new Database(':memory:')
      db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); CREATE UNIQUE INDEX ta ON t (a)')
      db.prepare('INSERT INTO t VALUES (-1, ?)').run('one that was there')
      db.exec(before === 0 ? 'DELETE FROM t; BEGIN' : 'BEGIN')
      const insert = db.prepare(`INSERT ${or} INTO t (a) VALUES (?)`)
      for (let i = 0; i < before; i++) insert.run(`one of those before: ${i}`)
      for (const [first, second] of pairs) {
        t.is(insert.run(first).changes, 1)
        t.is(insert.run(second).changes, 1)
        for (const text of [first, second]) {
          if (or === '') t.throws(() => insert.run(text), { code: 'SQLITE_CONSTRAINT_UNIQUE' })
          else t.is(insert.run(text).changes, or === 'OR REPLACE' ? 1 : 0)
        }
      }
      db.exec('COMMIT')
      const texts = db.prepare('SELECT a FROM t WHERE a LIKE ? ORDER BY a').pluck().all('text %')
      t.deepEqual(texts, pairs.flat().toSorted())
      t.deepEqual(db.pragma('integrity_check', { simple: true }), 'ok')
      db.close()
    }
})

test('deferred entries: many rows, in every order, into an empty index and one that has entries', (t) => {
  const path = join(temporaryFolder(), 'd.db')
  const db = new Database(path)
  db.exec(
    'PRAGMA page_size = 1024; CREATE TABLE t(a, b); CREATE INDEX ta ON t(a); CREATE INDEX tb ON t(b, a)',
  )
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  let rows = 0
  for (const [count, key] of [
    [5000, (i: number) => (i * 7919) % 5003],
    [20_000, (i: number) => (i * 7919) % 100_003],
    [300, (i: number) => i * 300],
    [2000, (i: number) => 1_000_000 + i],
    [2000, (i: number) => -i],
  ] as const) {
    db.exec('BEGIN')
    for (let i = 0; i < count; i++) insert.run(key(i), `text ${key(i) % 1000}`)
    rows += count
    t.is(db.prepare('SELECT count(*) FROM t INDEXED BY ta WHERE a > -1000000').pluck().get(), rows)
    db.exec('COMMIT')
  }
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
  const verdict = sqliteIntegrity(path)
  if (verdict !== null) t.is(verdict, 'ok')
})

test('deferred entries: pages are counted, and room is asked for, as if nothing were kept back', (t) => {
  const db = new Database(':memory:')
  db.exec('CREATE TABLE t(a); CREATE INDEX ta ON t(a); BEGIN')
  const insert = db.prepare('INSERT INTO t VALUES (?)')
  for (let i = 0; i < 2000; i++) insert.run(`a text of some length ${(i * 7919) % 2003}`)
  const pages = db.pragma('page_count', { simple: true }) as number
  const used = db.prepare("SELECT count(*) FROM dbstat WHERE name = 'ta'").pluck().get() as number
  t.true(used > 10)
  db.exec('COMMIT')
  t.is(db.pragma('page_count', { simple: true }), pages)
  db.exec('BEGIN')
  db.pragma(`max_page_count = ${pages + 5}`)
  t.throws(
    () => {
      for (let i = 0; i < 2000; i++) insert.run(`another text of some length ${i}`)
    },
    { code: 'SQLITE_FULL' },
  )
  t.false(db.inTransaction)
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), 2000)
  db.close()
})
