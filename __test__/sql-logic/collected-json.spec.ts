/**
 * Texts that aggregates put into JSON out of their pages, against SQLite: of each length up to that of several words, with what has to be escaped at each
 * place of them, beyond ASCII, and with bytes that are no characters; from one table, and from two in turn.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const rest = "'qwertyuiopasdfghjklzxcvbnm0123456789'"

/** A text for each length below 22, and for each place in it one that has `what` there. */
const filled = (table: string, what: string) => `WITH RECURSIVE
    length(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM length WHERE n < 21),
    place(n, p) AS (SELECT n, 0 FROM length UNION ALL SELECT n, p + 1 FROM place WHERE p < n)
  INSERT INTO ${table}(s) SELECT substr(${rest}, 1, p) || ${what} || substr(${rest}, p + 1, n - p) FROM place ORDER BY n, p`

const setUp = [
  'CREATE TABLE one(id INTEGER PRIMARY KEY, s TEXT)',
  'CREATE TABLE two(id INTEGER PRIMARY KEY, s TEXT)',
  ...["''", "'\"'", "'\\'", 'char(9)', 'char(31)', 'char(32, 33, 35, 91, 93)'].map((what) =>
    filled('one', what),
  ),
  ...["''", 'char(127)', "'é'", "'€'", "'𝄞'", 'char(1)', "CAST(x'ff' AS TEXT)", 'NULL', '7'].map(
    (what) => filled('two', what),
  ),
]

const questions = [
  'SELECT json_group_array(s) FROM one',
  "SELECT json_group_array(s) FROM two WHERE s IS NULL OR instr(CAST(s AS BLOB), x'ff') = 0",
  'SELECT id % 7, json_group_array(s) FROM one GROUP BY 1',
  'SELECT id % 31, json_group_object(s, id) FROM one GROUP BY 1',
  'SELECT json_group_array(s) FROM (SELECT s FROM one UNION ALL SELECT s FROM two WHERE id < 900)',
  'SELECT json_group_array(one.s), json_group_array(two.s) FROM one JOIN two USING (id) WHERE id < 700',
  'SELECT hex(jsonb_group_array(s)) FROM one',
  'SELECT sum(length(json_array(one.s, two.s, one.s))), max(json_array(two.s, one.s)) FROM one JOIN two USING (id) WHERE id < 700',
  'SELECT id, json_group_array(s) OVER (ORDER BY id) FROM one WHERE id < 40',
  'SELECT json_group_array(s), json_group_object(s, s) FROM one WHERE id < 0',
]

test('texts of pages in JSON that is put together', async (t) => {
  await sameAnswers(t, setUp, questions)
})
