/** SQLite's sentences, to the letter: a table written out, and SQLite asked about many more texts. */
import test from 'ava'
import { keywords } from '../../packages/engine/src/sql/keywords.ts'
import { askSqlite, disagreement, ourError } from './verdicts.ts'

const sentences: [string, string][] = [
  ['SELECT', 'incomplete input'],
  ['SELECT;', 'near ";": syntax error'],
  ['selec', 'near "selec": syntax error'],
  ['SELECT 1 2', 'near "2": syntax error'],
  ['SELECT a From WHERE', 'near "WHERE": syntax error'],
  ['SELECT "a', 'unrecognized token: ""a"'],
  ['SELECT 1 BETWEEN 0 OR 1 AND 2', 'incomplete input'],
  ['SELECT ?0', 'variable number must be between ?1 and ?32766'],
  ['SELECT ?32767', 'variable number must be between ?1 and ?32766'],
  ['SELECT #1', 'near "#1": syntax error'],
  ['SELECT 0x10000000000000000', 'hex literal too big: 0x10000000000000000'],
  ['SELECT -0x8000000000000000', 'hex literal too big: -0x8000000000000000'],
  ['VALUES (1), (2, 3)', 'all VALUES must have the same number of terms'],
  ['VALUES (1) ORDER BY 1', 'near "ORDER": syntax error'],
  [
    'SELECT 1 ORDER BY 1 UNION ALL SELECT 2',
    'ORDER BY clause should come after UNION ALL not before',
  ],
  ['SELECT 1 LIMIT 1 UNION SELECT 2', 'LIMIT clause should come after UNION not before'],
  ['SELECT 1' + ' UNION ALL SELECT 1'.repeat(500), 'too many terms in compound SELECT'],
  [`SELECT max(${'1,'.repeat(1000)}1)`, 'too many arguments on function max'],
  ['SELECT * FROM t NATURAL JOIN u ON 1', 'a NATURAL join may not have an ON or USING clause'],
  ['SELECT * FROM t ON 1', 'a JOIN clause is required before ON'],
  ['SELECT * FROM t left foo JOIN u', 'unknown join type: left foo'],
  ['SELECT * FROM t INNER LEFT JOIN u', 'unknown join type: INNER LEFT'],
  ['WITH x AS (SELECT 1), X AS (SELECT 2) SELECT 1', 'duplicate WITH table name: X'],
  ['WITH x(a ASC) AS (SELECT 1) SELECT 1', 'syntax error after column name "a"'],
  ['SELECT (1, 2) IN ((1, 2, 3))', 'IN(...) element has 3 terms - expected 2'],
  ['SELECT sum(a) OVER (ROWS 1 FOLLOWING) FROM t', 'unsupported frame specification'],
  ['SELECT sum(DISTINCT a) OVER () FROM t', 'DISTINCT is not supported for window functions'],
  ['UPDATE t SET (a, b) = (1, 2, 3)', '2 columns assigned 3 values'],
  ['DELETE FROM t LIMIT 1 WHERE a', 'near "WHERE": syntax error'],
  ['UPDATE t SET a = 1 ORDER BY a WHERE b', 'near "WHERE": syntax error'],
  ['INSERT INTO t SELECT * FROM u ON CONFLICT DO NOTHING', 'near "DO": syntax error'],
  ['CREATE TABLE x(a) foo', 'unknown table option: foo'],
  ['CREATE TABLE x(a, b AS (a) foo)', 'error in generated column "b"'],
  ['CREATE TABLE if(a)', 'near "(": syntax error'],
  [
    'CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t NOT INDEXED SET a = 1; END',
    'the NOT INDEXED clause is not allowed on UPDATE or DELETE statements within triggers',
  ],
  [
    'CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO t VALUES (1, 2, 3) RETURNING a; END',
    'cannot use RETURNING in a trigger',
  ],
]

test('errors: the sentences are SQLite’s', (t) => {
  for (const [sql, message] of sentences) t.is(ourError(sql), message, sql.slice(0, 100))
})

test('errors: SQLite says the same', (t) => {
  const verdicts = askSqlite(sentences.map(([sql]) => sql))
  if (verdicts === null) {
    t.log('no SQLite: nothing compared')
    t.pass()
    return
  }
  sentences.forEach(([sql, message], i) => t.is(verdicts[i]!.error, message, sql.slice(0, 100)))
})

test('errors: a definition may hold a number that is too large only when it is used', (t) => {
  t.is(ourError('CREATE TABLE x(a DEFAULT (-0x8000000000000000))'), null)
  t.is(ourError('ALTER TABLE t ADD x DEFAULT (-0x8000000000000000)'), null)
})

const plainWords = ['STORED', 'STRICT', 'ROWID', 'TRUE', 'WITHIN', 'x']

/** Every place of the grammar where a word may be a keyword or a name; `$` is the word. */
const places = `
  $|$ x|SELECT $|SELECT $ FROM t|SELECT 1 $|SELECT 1 $ FROM t|SELECT 1 AS $|SELECT * FROM $|SELECT * FROM t $
  SELECT * FROM t AS $|SELECT * FROM t $, u|SELECT * FROM t $ JOIN u|SELECT t.$ FROM t|SELECT $.a FROM t|SELECT $(1)
  SELECT $(*)|SELECT a $ b FROM t|SELECT a $ FROM t|SELECT a FROM t WHERE a $|SELECT a FROM t ORDER BY a $
  SELECT a FROM t LIMIT 1 $|SELECT a FROM t LIMIT 1 $ 2|SELECT 1 $ SELECT 2|SELECT a COLLATE $ FROM t|SELECT 1 IN $
  SELECT CASE $ END|SELECT CASE WHEN 1 THEN 2 $ END|SELECT cast(1 AS $)|SELECT * FROM t INDEXED BY $
  SELECT sum(a) OVER $ FROM t|SELECT sum(a) OVER ($) FROM t|SELECT sum(a) FILTER $ FROM t|SELECT (a) $ FROM t
  SELECT 1 FROM t WINDOW $ AS ()|WITH $ AS (SELECT 1) SELECT 1|WITH x $ (SELECT 1) SELECT 1
  CREATE TABLE x($)|CREATE TABLE x($ int)|CREATE TABLE x(a $)|CREATE TABLE x(a int $)|CREATE TABLE $(a)
  CREATE TABLE x(a, $ b)|CREATE TABLE x(a) $|CREATE TABLE x(a DEFAULT $)|CREATE TABLE x(a REFERENCES $)
  CREATE TABLE x(a REFERENCES t $)|CREATE TABLE x(a CONSTRAINT $ UNIQUE)|CREATE TABLE x(a, b AS (a) $)
  CREATE INDEX $ ON t(a)|CREATE VIEW $ AS SELECT 1|CREATE $ x|CREATE TRIGGER r $ INSERT ON t BEGIN SELECT 1; END
  CREATE TRIGGER $ AFTER INSERT ON t BEGIN SELECT 1; END|CREATE TRIGGER r AFTER INSERT ON t BEGIN $ 1; END
  ALTER TABLE t ADD $|ALTER TABLE t RENAME $ TO z|ALTER TABLE t DROP $|ALTER TABLE t ALTER $|ALTER TABLE t $
  DROP TABLE $|DROP $ t|INSERT INTO t($) VALUES (1)|INSERT INTO t AS $ VALUES (1, 2, 3)|INSERT OR $ INTO t VALUES (1, 2, 3)
  INSERT INTO t VALUES (1, 2, 3) $|INSERT INTO t VALUES (1, 2, 3) ON CONFLICT DO $|UPDATE t SET $ = 1|UPDATE t $ SET a = 1
  UPDATE t AS $ SET a = 1|DELETE FROM t $|PRAGMA $|PRAGMA x = $|PRAGMA x($)|SAVEPOINT $|RELEASE $|ROLLBACK $
  BEGIN $|BEGIN TRANSACTION $|ATTACH $|VACUUM $|REINDEX $|ANALYZE $|EXPLAIN $`
  .split(/[|\n]/)
  .map((place) => place.trim())
  .filter((place) => place !== '')

test('errors: every keyword in every place is taken, or refused, as by SQLite', (t) => {
  const texts = places.flatMap((place) =>
    [...keywords.keys(), ...plainWords].map((word) => place.replaceAll('$', word)),
  )
  const verdicts = askSqlite(texts)
  if (verdicts === null) {
    t.log('no SQLite: nothing compared')
    t.pass()
    return
  }
  t.log(`${texts.length} texts`)
  const wrong = texts
    .map((text, i) => disagreement(text, verdicts[i]!))
    .filter((line) => line !== null)
  t.deepEqual(wrong, [])
})
