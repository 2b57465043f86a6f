/** Names in double quotes are names: where they mean nothing SQLite says what to write instead. An option makes strings of them. */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { temporaryFolder } from '../support/temporary.ts'

const hint = (name: string): string =>
  `no such column: "${name}" - should this be a string literal in single-quotes?`

test('double quotes: a name that nothing knows is refused as SQLite refuses it', async (t) => {
  await sameAnswers(
    t,
    [],
    [
      'CREATE TABLE "q"("x" DEFAULT "abc", y)',
      'SELECT "abc"',
      'INSERT INTO q VALUES ("zz", 1)',
      'CREATE INDEX qi ON q("nope")',
      'CREATE INDEX qj ON q("x" || "nope")',
      'CREATE INDEX qk ON q(x) WHERE y > "nope"',
      'CREATE TABLE q2(a CHECK (a <> "zz"))',
      'CREATE VIEW v AS SELECT "abc"',
      'SELECT * FROM v',
      'SELECT * FROM q WHERE "x" = "y"',
      'SELECT 1 AS a ORDER BY "b"',
      'SELECT "rowid" FROM q',
      'UPDATE q SET x = "z"',
      'SELECT x FROM q GROUP BY "zz"',
      'INSERT INTO q DEFAULT VALUES',
      'SELECT * FROM q',
      'SELECT q."zz" FROM q',
      'SELECT "x"."zz" FROM q',
      'SELECT count(*) FROM q WHERE x LIKE "a"',
      'EXPLAIN QUERY PLAN SELECT "zz"',
    ],
  )
})

test('double quotes: the option makes strings of such names', (t) => {
  const database = new Database(':memory:', { enableDoubleQuotedStringLiterals: true })
  t.is(database.prepare('SELECT "abc"').pluck().get(), 'abc')
  database.exec('CREATE TABLE t(a CHECK (a <> "no")); INSERT INTO t VALUES ("yes")')
  t.throws(() => database.exec('INSERT INTO t VALUES ("no")'), {
    message: /CHECK constraint failed/,
  })
  database.close()
})

test('double quotes: what a schema holds already keeps its strings', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const maker = new Database(path, { enableDoubleQuotedStringLiterals: true })
  maker.exec(`CREATE TABLE t(a CHECK (a <> "no"), b);
    CREATE INDEX i ON t(a || "suffix");
    CREATE INDEX p ON t(b) WHERE a = "yes";
    CREATE VIEW v AS SELECT "text" AS x;
    INSERT INTO t VALUES ('yes', 1), ('other', 2)`)
  maker.close()
  const database = new Database(path)
  t.throws(() => database.prepare('SELECT "abc"').get(), { message: hint('abc') })
  t.throws(() => database.exec("INSERT INTO t VALUES ('no', 3)"), {
    message: /CHECK constraint failed/,
  })
  database.exec("INSERT INTO t VALUES ('yes', 3); REINDEX; ANALYZE")
  t.is(database.prepare("SELECT count(*) FROM t WHERE a = 'yes' AND b > 0").pluck().get(), 2)
  t.is(database.pragma('integrity_check', { simple: true }), 'ok')
  t.throws(() => database.prepare('SELECT * FROM v').get(), { message: hint('text') })
  database.close()
})

test('double quotes: the option is a boolean', (t) => {
  t.throws(() => new Database(':memory:', { enableDoubleQuotedStringLiterals: 1 as never }), {
    instanceOf: TypeError,
    message: 'Expected the "enableDoubleQuotedStringLiterals" option to be a boolean',
  })
})
