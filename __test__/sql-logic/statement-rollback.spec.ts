/**
 * Statements that fail when they have changed something, taken back inside savepoints: RAISE of every kind and constraints, in programs of
 * triggers and in programs that those fire. SQLite says what is left. The databases are in memory and in files with so small a cache that changed
 * pages are spilled, with and without auto_vacuum, so that pages move and the file is cut.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { createRandom, type Random } from '../support/random.ts'
import { answerHere, answerThere } from '../support/side-by-side.ts'
import { temporaryFolder } from '../support/temporary.ts'

const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE, b INT);
  CREATE TABLE log (n INTEGER PRIMARY KEY AUTOINCREMENT, what, pad NOT NULL);
  CREATE TABLE w (k TEXT PRIMARY KEY, v INT CHECK (v < 900)) WITHOUT ROWID;
  CREATE INDEX log_what ON log (what);
  CREATE TRIGGER ti AFTER INSERT ON t BEGIN
    INSERT INTO log (what, pad) VALUES ('i' || new.id, hex(zeroblob(new.b % 300)));
    INSERT OR IGNORE INTO w VALUES ('k' || (new.a % 40), new.b);
    UPDATE w SET v = v + 1 WHERE k = 'k' || (new.a % 40);
  END;
  CREATE TRIGGER tb BEFORE INSERT ON t WHEN new.b % 17 = 1 BEGIN
    INSERT INTO log (what, pad) VALUES ('before', new.a);
    SELECT CASE new.b % 4 WHEN 0 THEN RAISE(ABORT, 'aborted') WHEN 1 THEN RAISE(FAIL, 'failed')
      WHEN 2 THEN RAISE(IGNORE) WHEN 3 THEN RAISE(ROLLBACK, 'rolled back') END WHERE new.a % 3;
  END;
  CREATE TRIGGER tu AFTER UPDATE ON t BEGIN
    INSERT INTO log (what, pad) VALUES ('u' || old.b, nullif(new.b % 19, 0));
    DELETE FROM log WHERE n = new.b % 50;
  END;
  CREATE TRIGGER td BEFORE DELETE ON t BEGIN
    UPDATE log SET pad = 'gone' WHERE what = 'i' || old.id;
    SELECT RAISE(IGNORE) WHERE old.b % 7 = 0;
    SELECT RAISE(FAIL, 'kept') WHERE old.b % 23 = 1;
  END;
  CREATE TRIGGER ta AFTER DELETE ON t BEGIN INSERT INTO w VALUES ('d' || (old.a % 60), old.id); END;
  CREATE TRIGGER li AFTER INSERT ON log WHEN new.n % 13 = 5 BEGIN
    SELECT CASE new.n % 4 WHEN 0 THEN RAISE(IGNORE) ELSE RAISE(ABORT, 'too deep') END;
  END;`

/** A statement of the script. */
function statement(random: Random): string {
  const id = 1 + random.below(120)
  const to = id + random.below(15)
  const or = random.pick(['', '', '', 'OR IGNORE', 'OR REPLACE', 'OR FAIL', 'OR ROLLBACK'])
  const row = (): string => `(${random.below(400)}, ${random.below(500)})`
  const rows = Array.from({ length: 1 + random.below(6) }, row).join(', ')
  switch (random.below(12)) {
    case 0:
      return `INSERT ${or} INTO t (a, b) VALUES ${row()}`
    case 1:
    case 2:
    case 3:
      return `INSERT ${or} INTO t (a, b) VALUES ${rows}`
    case 4:
      return `UPDATE ${or} t SET b = b + ${random.below(9)} WHERE id = ${id}`
    case 5:
      return `UPDATE ${or} t SET a = a + 1, b = b * 3 % 491 WHERE id BETWEEN ${id} AND ${to}`
    case 6:
      return `UPDATE ${or} t SET id = id + 200 WHERE id = ${id}`
    case 7:
      return `DELETE FROM t WHERE id = ${id}`
    case 8:
      return `DELETE FROM t WHERE id BETWEEN ${id} AND ${to}`
    case 9:
      return `DELETE FROM w WHERE v % ${2 + random.below(9)} = 0`
    case 10:
      return `SAVEPOINT ${random.pick(['p', 'q'])}`
    default:
      return random.pick([
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        'ROLLBACK TO p',
        'ROLLBACK TO q',
        'RELEASE q',
        // (Not taken for one that answers rows.)
        ' PRAGMA incremental_vacuum(3)',
      ])
  }
}

const contents = ['t', 'log', 'w', 'sqlite_sequence'].map((table) => `SELECT * FROM ${table}`)

const places: Record<string, (path: string) => Database> = {
  'in memory': () => new Database(':memory:'),
  'in memory, auto_vacuum': () => new Database(':memory:').exec('PRAGMA auto_vacuum = 2'),
  'in a file': (path) =>
    new Database(path, { pageSize: 512 }).exec('PRAGMA cache_size = 10; PRAGMA synchronous = OFF'),
  'in a file, auto_vacuum': (path) =>
    new Database(path, { pageSize: 512 }).exec(
      'PRAGMA auto_vacuum = 1; PRAGMA cache_size = 10; PRAGMA synchronous = OFF',
    ),
  'in a shared file, incremental auto_vacuum': (path) =>
    new Database(path, { pageSize: 1024, experimental: ['multiprocess_wal'] }).exec(
      'PRAGMA auto_vacuum = 2; PRAGMA cache_size = 10; PRAGMA synchronous = OFF',
    ),
}

test('statements taken back: what is left is what SQLite leaves', async (t) => {
  const oracle = openOracle()
  if (oracle === null) return void t.pass()
  t.teardown(() => oracle.close())
  const random = createRandom(41)
  t.log(`SEED=${random.seed}`)
  const lines: string[] = []
  for (let i = 0; i < 300; i++) {
    lines.push(statement(random))
    if (i % 20 === 19) lines.push(...contents)
  }
  await oracle.reset(schema)
  const expected: string[] = []
  for (const line of lines) expected.push(await answerThere(oracle, line))
  for (const [place, open] of Object.entries(places)) {
    const database = open(join(temporaryFolder(), 'a.db'))
    database.exec(schema)
    for (const [i, line] of lines.entries()) {
      const answer = answerHere(database, line)
      if (answer !== expected[i]) {
        t.is(answer, expected[i]!, `${place}: ${lines.slice(0, i + 1).join(';\n')}`)
        return
      }
      if (i % 40 === 0) {
        t.is(database.pragma('integrity_check', { simple: true }), 'ok', `${place}, ${i}`)
      }
    }
    t.is(database.pragma('integrity_check', { simple: true }), 'ok', place)
    database.close()
  }
})

test('savepoints: pages that a savepoint had come back, also where the file has been cut and has grown again since', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const database = new Database(path, { pageSize: 512 })
  database.exec(`PRAGMA auto_vacuum = 2; CREATE TABLE t (x, y); CREATE TABLE more (x);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
      INSERT INTO t SELECT i, randomblob(300) FROM n;
    DELETE FROM t WHERE x % 2`)
  const rows = database.prepare('SELECT x, hex(y) FROM t').raw()
  const before = rows.all()
  database.exec('SAVEPOINT a; PRAGMA incremental_vacuum')
  // A statement of several rows has a savepoint of its own, which knows the file as it is now.
  database.exec(`INSERT INTO more VALUES ${Array(20).fill('(randomblob(400))').join(', ')}`)
  database.exec('ROLLBACK TO a')
  t.deepEqual(rows.all(), before)
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.exec('RELEASE a')
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
})
