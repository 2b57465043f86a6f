/**
 * BLOBs as text and text as BLOBs in databases of each encoding: every function and operator that reads one as the other, over
 * many values, must answer what SQLite answers. So must indexes on such expressions, which SQLite then checks.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { Real } from '../../packages/engine/src/record/index.ts'
import { openOracle } from '../support/oracle.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

const encodings = ['UTF-8', 'UTF-16le', 'UTF-16be'] as const

function listOf(text: string): readonly string[] {
  return text.split(';;').map((one) => one.trim())
}

const values = listOf(`
  x'' ;; x'6100' ;; x'0061' ;; x'31003200' ;; x'00310032' ;; x'2000310020' ;; x'35D8B3DC' ;;
  x'D835DCB3' ;; x'31002e003500' ;; x'32003000320030002d00300031002d0030003200' ;;
  x'0032003000320030002d00300031002d00300032' ;; x'00410042' ;; 'ä€𝒳' ;; 1.5 ;; '41'
`)

/** What begins as a number. */
const numerals = listOf(`
  '1.5＀' ;; '-9.2e18Ā' ;; ' 12.5e1ਊ' ;; '92233720368547758079㈱' ;; '12é' ;; '＀' ;; ('12' || char(0)) ;;
  ('2251799813685248 ' || char(0, 65)) ;; (char(160) || '12' || char(0)) ;; ('-3.25' || x'00ff') ;; '-9223372036854775809'
`)

/** With `?` for the value. */
const readings = listOf(`
  hex(?) ;; length(?) ;; octet_length(?) ;; upper(?) ;; lower(?) ;; trim(?) ;; ltrim(?) ;; rtrim(?) ;;
  unicode(?) ;; quote(?) ;; typeof(?) ;; abs(?) ;; round(?) ;; sign(?) ;; ? || 'q' ;; 'q' || ? ;;
  ? || ? ;; ? + 1 ;; - ? ;; ~ ? ;; ? * 2 ;; ? % 5 ;; ? & 255 ;; ? | 1 ;; ? << 1 ;; ? AND 1 ;; ? OR 0 ;;
  NOT ? ;; ? IS TRUE ;; ? IS NOT FALSE ;; CASE WHEN ? THEN 1 ELSE 0 END ;; CAST(? AS TEXT) ;;
  CAST(? AS BLOB) ;; CAST(? AS INTEGER) ;; CAST(? AS REAL) ;; CAST(? AS NUMERIC) ;;
  CAST(CAST(? AS TEXT) AS BLOB) ;; CAST(CAST(? AS BLOB) AS TEXT) ;; hex(CAST(? AS TEXT)) ;;
  hex(CAST(CAST(? AS TEXT) AS BLOB)) ;; length(CAST(? AS TEXT)) ;; length(CAST(? AS BLOB)) ;; unhex(?) ;;
  unhex('6162', ?) ;; char(?) ;; date(?) ;; datetime(?) ;; julianday(?) ;; strftime(?, '2020-01-02') ;;
  strftime('%Y', ?) ;; unixepoch(?) ;; date('2020-01-02', ?) ;; printf('%s|', ?) ;; printf('%q', ?) ;;
  printf('%Q', ?) ;; printf('%d', ?) ;; printf('%c', ?) ;; printf('%x', ?) ;; printf('%10s', ?) ;;
  printf(?, 5) ;; substr(?, 1, 2) ;; substr(?, 2) ;; substr(?, -1) ;; substr('abcabc', ?) ;; substr(?, -9223372036854775808) ;; substr(?, -1e12) ;;
  substr('abcabc', ?, 2) ;; substr('abcabc', 2, ?) ;; 0 + ? = ? ;; ? / 2 ;;
  replace(?, 'a', 'b') ;; replace('abab', ?, 'z') ;; replace('aXb', 'X', ?) ;;
  replace(x'61006200', x'6100', ?) ;; instr(?, 'a') ;; instr(x'6100310032003100', ?) ;; ? LIKE 'a%' ;;
  ? LIKE '%B%' ;; 'ab' LIKE ? ;; ? LIKE ? ;; ? GLOB 'a*' ;; 'ab' GLOB ? ;; ? LIKE 'A' ESCAPE 'x' ;;
  nullif(?, 'a') ;; ifnull(?, 1) ;; iif(?, 1, 2) ;; max(?, 'b') ;; min(?, 'b') ;; max(?, x'62') ;;
  ? = 'a' ;; ? < 'b' ;; ? < x'62' ;; ? = 12 ;; ? < 12 ;; ? BETWEEN 'a' AND 'z' ;;
  ? IN ('a', 12, x'6100') ;; ? COLLATE NOCASE = 'A' ;; CAST(? AS TEXT) COLLATE NOCASE = 'AB' ;;
  CAST(? AS TEXT) < 'ﬀ' ;; '𝒳' < CAST(? AS TEXT) ;; 'ﬀ' < 'b' ;; max(?, 'ﬀ', '𝒳') ;; zeroblob(?) ;;
  likely(?) + 1 ;; (SELECT group_concat(v, ?) FROM (SELECT 'a' AS v UNION ALL SELECT 'b')) ;;
  (SELECT group_concat(v, '-') FROM (SELECT ? AS v UNION ALL SELECT 'b')) ;;
  (SELECT sum(v) FROM (SELECT ? AS v)) ;; (SELECT total(v) FROM (SELECT ? AS v)) ;;
  (SELECT max(v) FROM (SELECT ? AS v UNION ALL SELECT 'a')) ;;
  (SELECT count(DISTINCT v) FROM (SELECT ? AS v UNION ALL SELECT 'a')) ;; sqrt(?) ;; pow(?, 2) ;;
  floor(?) ;; like(?, ?) ;; glob(?, 'ab') ;; string_agg(?, 1)
`)

/** Values whose bytes are text of the encoding. */
function storable(encoding: (typeof encodings)[number]): readonly string[] {
  if (encoding !== 'UTF-8') return values
  return values.filter((value) => !/^x'(?:..)*[89A-F]/i.test(value))
}

/** Readings as a number, or of a part by numbers. */
const ofNumbers = readings.filter((reading) =>
  /[-+*/%&|~<]|CAST|NOT|abs|round|floor|sign|sqrt|pow|sum|total|char|'%[dx]'/.test(reading),
)

const expressions = [
  ...readings.flatMap((reading) => values.map((value) => reading.replaceAll('?', value))),
  ...ofNumbers.flatMap((reading) => numerals.map((value) => reading.replaceAll('?', value))),
]

const question = (expression: string): string =>
  `SELECT typeof(x), hex(x), x FROM (SELECT (${expression}) AS x LIMIT 1)`

/** A row of `question` in words. */
function inWords([type, bytes, value]: readonly unknown[]): string {
  if (type === 'text') return `text ${String(bytes)} ${String(value)}`
  if (type === 'blob') return `blob ${String(bytes)}`
  return `${String(type)} ${String(value instanceof Real ? value.value : value)}`
}

function ask(db: Database, expression: string): string {
  try {
    return inWords(db.prepare(question(expression)).raw().safeIntegers().get() as unknown[])
  } catch (error) {
    return `error ${(error as Error).message}`
  }
}

/** With a column of each affinity for `?`. */
const columnReadings = listOf(`
  ? % 5 ;; - ? ;; ? + 0 ;; ? * 2.5 ;; ~ ? ;; ? || 'q' ;; CAST(? AS NUMERIC) ;; CAST(? AS REAL) ;; ? / r ;; ? + i ;; ? - n ;;
  abs(?) ;; round(?, 1) ;; floor(?) ;; max(?, 2) ;; ? = 0 ;; ? < 5
`)

for (const encoding of encodings) {
  test(`encodings: functions and operators read BLOBs and text as SQLite does, ${encoding}`, async (t) => {
    const oracle = openOracle()
    if (oracle === null) {
      t.pass()
      return
    }
    const db = new Database(':memory:')
    db.exec(`PRAGMA encoding = '${encoding}'`)
    await oracle.reset(`PRAGMA encoding = '${encoding}'`)
    const failures: string[] = []
    const check = async (expression: string): Promise<void> => {
      const wanted = await oracle.query(question(expression)).then(
        ([row]) => inWords(row!),
        (error: Error) => `error ${error.message}`,
      )
      const ours = ask(db, expression)
      if (ours !== wanted) failures.push(`${expression}: ${ours} | ${wanted}`)
    }
    await Promise.all(expressions.map(check))
    t.deepEqual(failures, [])
    db.close()
    oracle.close()
  })

  test(`encodings: columns of every affinity are read as SQLite reads them, ${encoding}`, async (t) => {
    const oracle = openOracle()
    if (oracle === null) {
      t.pass()
      return
    }
    const columns = ['t', 'n', 'i', 'r', 'b']
    const setup = `PRAGMA encoding = '${encoding}'; CREATE TABLE c(t TEXT, n NUMERIC, i INTEGER, r REAL, b);
      ${[
        ...storable(encoding),
        ...numerals,
        '0',
        '-0.0',
        '7',
        '2.5',
        '9007199254740993',
        "x'3132'",
        "x'61'",
      ]
        .map((value) => `INSERT INTO c VALUES(${value}, ${value}, ${value}, ${value}, ${value});`)
        .join('\n')}`
    const db = new Database(':memory:')
    db.exec(setup)
    await oracle.reset(setup)
    for (const reading of columnReadings.flatMap((text) =>
      columns.map((column) => text.replaceAll('?', column)),
    )) {
      const query = `SELECT typeof(${reading}), hex(${reading}), ${reading} FROM c`
      const wanted = (await oracle.query(query)).map(inWords)
      const ours = db.prepare(query).raw().safeIntegers().all() as unknown[][]
      t.deepEqual(ours.map(inWords), wanted, reading)
    }
    db.close()
    oracle.close()
  })

  test(`encodings: SQLite finds indexes on expressions over BLOBs sound, ${encoding}`, (t) => {
    const path = join(temporaryFolder(), 'indexed.db')
    const db = new Database(path)
    db.exec(`PRAGMA encoding = '${encoding}'; PRAGMA synchronous = OFF; BEGIN;
      CREATE TABLE t(id INTEGER PRIMARY KEY, x, y TEXT, z REAL);
      CREATE INDEX a ON t(x || 'q'); CREATE INDEX b ON t(hex(x)); CREATE INDEX c ON t(x + 1);
      CREATE INDEX d ON t(CAST(x AS TEXT) COLLATE NOCASE); CREATE INDEX e ON t(lower(y), upper(x));
      CREATE INDEX f ON t(CAST(y AS BLOB)); CREATE INDEX g ON t(instr(x, 'a'), length(x));
      CREATE INDEX h ON t(y) WHERE instr(x, 'a') > 0; CREATE INDEX i ON t(substr(x, 2), quote(z) DESC);
      CREATE UNIQUE INDEX j ON t(id, y COLLATE RTRIM, z)`)
    for (const value of storable(encoding))
      db.exec(`INSERT INTO t(x, y, z) VALUES(${value}, ${value}, ${value})`)
    db.exec('UPDATE t SET x = y, y = x WHERE id % 3 = 1; DELETE FROM t WHERE id % 7 = 2; COMMIT')
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    const count = db.prepare("SELECT count(*) FROM t WHERE x || 'q' = 'aq' OR x + 1 = 13").pluck()
    const found = count.get()
    db.close()
    if (!hasSqliteShell()) return t.log('sqlite3 is not on the PATH: not checked')
    const ask = "PRAGMA integrity_check; SELECT count(*) FROM t WHERE x || 'q' = 'aq' OR x + 1 = 13"
    t.is(sqliteShell(path, ask), `ok\n${String(found)}`)
  })
}
