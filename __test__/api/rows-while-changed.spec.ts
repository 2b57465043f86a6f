/**
 * Rows that are taken one by one, while what they are read from is changed between two of them (`unsafeMode`): what an inner loop still asks of the row outside it
 * is what that row was, never what has come to its place in the page.
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'

const setup = `PRAGMA page_size = 512; CREATE TABLE t(k INTEGER PRIMARY KEY, s TEXT, j TEXT, d TEXT, n REAL);
  CREATE TABLE u(k INTEGER PRIMARY KEY); INSERT INTO u VALUES (1), (2), (3);
  INSERT INTO t VALUES (1, 'abcabc', '{"a":[5,6]}', '2023-01-01', 1.5)`

const change = `DELETE FROM t; INSERT INTO t VALUES (-7, '${'Z'.repeat(35)}', '[${'1'.repeat(30)}]', '1999-09-09${'9'.repeat(16)}', 7)`

/** Of the one row of `t`, for each of `u`. */
const questions: Readonly<Record<string, unknown>> = {
  'SELECT upper(s) FROM t CROSS JOIN u': 'ABCABC',
  'SELECT length(s) FROM t CROSS JOIN u': 6,
  "SELECT instr(s, 'c') FROM t CROSS JOIN u": 3,
  "SELECT s = 'abcabc' AND s < 'b' AND s COLLATE NOCASE > 'ABC' FROM t CROSS JOIN u": 1,
  "SELECT n FROM t CROSS JOIN u WHERE s LIKE 'ab%' OR u.k > 100": 1.5,
  "SELECT hex(s) FROM t LEFT JOIN u ON s > 'aa'": '616263616263',
  "SELECT date(d, '+1 day') FROM t CROSS JOIN u": '2023-01-02',
  "SELECT json_extract(j, '$.a[1]') FROM t CROSS JOIN u": 6,
  'SELECT json_array(s, n) FROM t CROSS JOIN u': '["abcabc",1.5]',
  "SELECT CASE WHEN u.k > 0 THEN s || d END FROM t CROSS JOIN u WHERE s GLOB 'a*'":
    'abcabc2023-01-01',
  "SELECT (SELECT count(*) FROM json_each(t.j, '$.a')) FROM t CROSS JOIN u": 2,
}

for (const index of ['', 'CREATE INDEX ts ON t(s, j, d, n)']) {
  const on = index === '' ? 'the table' : 'a covering index'

  test(`rows while changed: iterators of Database, from ${on}`, (t) => {
    for (const [sql, expected] of Object.entries(questions)) {
      const db = new Database(':memory:').unsafeMode()
      db.exec(`${setup}; ${index}`)
      const found: unknown[] = []
      for (const row of db.prepare(sql).pluck().iterate()) {
        if (found.push(row) === 1) db.exec(change)
      }
      t.deepEqual(found.slice(0, 3), [expected, expected, expected], sql)
      db.close()
    }
  })
}

test('rows while changed: elements of a JSON text that is gone', (t) => {
  const sql = "SELECT e.value FROM t, json_each(t.j, '$.a') e WHERE t.k = 1"
  const listed = "SELECT e.value FROM t, json_each(t.j) e WHERE e.root IN ('$.a', '$') ORDER BY 1"
  for (const [text, expected] of [
    [sql, [5, 6]],
    [listed, [5, 6, '[5,6]']],
  ] as const) {
    const db = new Database(':memory:').unsafeMode()
    db.exec(setup)
    const found: unknown[] = []
    for (const row of db.prepare(text).pluck().iterate()) {
      if (found.push(row) === 1) db.exec(change)
    }
    t.deepEqual(found, [...expected], text)
    db.close()
  }
})
