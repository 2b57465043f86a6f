/**
 * Expressions that a schema holds: functions whose answer may be another one tomorrow, refused at once where that is known
 * and at the row that shows it otherwise; RAISE, which is refused when it would have to be checked.
 */
import test from 'ava'
import { openOracle } from '../support/oracle.ts'
import { runSideBySide } from '../support/side-by-side.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

test.serial('stored expressions: an index and a CHECK may not ask for the present', (t) =>
  runSideBySide(t, oracle, [
    'CREATE TABLE e(at, n)',
    'CREATE INDEX i0 ON e(current_date)',
    'CREATE INDEX i0 ON e(at) WHERE at < current_timestamp',
    'CREATE INDEX i0 ON e(random())',
    'CREATE INDEX i0 ON e(sqlite_version())',
    'CREATE INDEX i0 ON e(changes())',
    'CREATE INDEX i1 ON e(date(at))',
    "INSERT INTO e VALUES ('now', 1)",
    "INSERT INTO e VALUES ('NOW', 1)",
    "INSERT INTO e VALUES (' now', 1)",
    "INSERT INTO e VALUES ('subsec', 1)",
    "INSERT INTO e VALUES ('2020-01-01', 1)",
    "UPDATE e SET at = 'subsecond'",
    'CREATE INDEX i2 ON e(date())',
    "CREATE INDEX i3 ON e(strftime('%d'))",
    'CREATE INDEX i4 ON e(strftime(n, at))',
    "CREATE INDEX i5 ON e(datetime(at, 'localtime'))",
    'CREATE INDEX i6 ON e(time(at, n))',
    "INSERT INTO e VALUES ('2020-01-01', 'utc')",
    "INSERT INTO e VALUES ('2020-01-01', 'localtime')",
    "INSERT INTO e VALUES ('xyz', 'localtime')",
    "INSERT INTO e VALUES ('2020-01-01', 'subsec')",
    "INSERT INTO e VALUES ('2020-01-01', 'auto')",
    'CREATE INDEX i7 ON e(timediff(at, n))',
    "INSERT INTO e VALUES ('2020-01-01', 'now')",
    'CREATE INDEX i8 ON e(n) WHERE julianday(at) > unixepoch(n)',
    "INSERT INTO e VALUES ('2021-01-01', 'now')",
    'SELECT * FROM e',
    "CREATE TABLE c(a, CHECK (a < current_date OR a = 'now' AND date(a)), CHECK (random() < 9e18))",
    "INSERT INTO c VALUES ('1')",
    "INSERT INTO c VALUES ('now')",
    'CREATE TABLE c2(a, CHECK (Date(a) IS NOT NULL))',
    "INSERT INTO c2 VALUES ('now')",
    "INSERT OR IGNORE INTO c2 VALUES ('now')",
    "INSERT INTO c2 VALUES ('2020-01-01')",
    "UPDATE c2 SET a = 'now'",
    "CREATE TABLE c3(a, CHECK (a < date('now')))",
    "INSERT INTO c3 VALUES ('2000-01-01')",
    'CREATE TABLE c4(a, CHECK (a < date()))',
    "INSERT INTO c4 VALUES ('2000-01-01')",
    "CREATE TABLE c5(a, CHECK (a < date(a, 'start of day', 'utc')))",
    "INSERT INTO c5 VALUES ('2000-01-01')",
    "CREATE TABLE d(a DEFAULT (date('now')))",
    'INSERT INTO d DEFAULT VALUES',
    "SELECT a = date('now') FROM d",
    'CREATE TABLE l(a, CHECK (likely(date(a))))',
    "INSERT INTO l VALUES ('now')",
    'CREATE TABLE e2(a)',
    "INSERT INTO e2 VALUES ('now')",
    'CREATE INDEX e2i ON e2(date(a))',
    "SELECT name FROM sqlite_schema WHERE name = 'e2i'",
  ]),
)

test.serial(
  'stored expressions: RAISE in a CHECK is refused by the statement that would check it',
  (t) =>
    runSideBySide(t, oracle, [
      "CREATE TABLE t(a, CHECK (RAISE(ABORT, 'x')))",
      'INSERT INTO t VALUES (1)',
      'UPDATE t SET a = 2',
      'DELETE FROM t',
      'SELECT * FROM t',
      'SELECT RAISE(IGNORE)',
      "CREATE TABLE u(a, b, CHECK (a > 1 OR RAISE(FAIL, 'no')))",
      'INSERT INTO u VALUES (5, 1)',
      'UPDATE u SET b = 2',
      'CREATE INDEX ui ON u(RAISE(IGNORE))',
      'CREATE INDEX ui ON u(a) WHERE RAISE(IGNORE)',
      'CREATE TABLE w(a DEFAULT (RAISE(IGNORE)))',
      'INSERT INTO w DEFAULT VALUES',
      'INSERT INTO w VALUES (1)',
      'CREATE TABLE w2(a CHECK (RAISE(IGNORE)))',
      'INSERT INTO w2 SELECT 1 WHERE 0',
      'CREATE TABLE w3(a, CHECK (RAISE(ABORT, a)))',
      'CREATE TABLE w4(a, CHECK (RAISE(ABORT, zork)))',
    ]),
)

test.serial(
  'stored expressions: what fails in a transaction leaves the table and its indexes alike',
  (t) =>
    runSideBySide(t, oracle, [
      'CREATE TABLE e(id INTEGER PRIMARY KEY, at)',
      'CREATE INDEX ea ON e(date(at))',
      'CREATE INDEX ep ON e(at) WHERE time(at) > 0',
      "INSERT INTO e VALUES (1, '2020-01-01')",
      'BEGIN',
      "INSERT INTO e VALUES (2, 'now')",
      "REPLACE INTO e VALUES (1, 'now')",
      "UPDATE e SET at = 'now' WHERE id = 1",
      'COMMIT',
      'SELECT * FROM e',
      "SELECT id FROM e WHERE date(at) = '2020-01-01'",
      "SELECT date(at) = date('now') FROM e",
      'PRAGMA integrity_check',
      'REINDEX',
    ]),
)
