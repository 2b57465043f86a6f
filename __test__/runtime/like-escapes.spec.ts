/** What counts as one character after ESCAPE, where the text is not UTF-8 or has a NUL: SQLite's answer, for constants and columns. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const bytes =
  '- e282 e28282 82 8282 f0 f09f f09f9880 c080 eda080 eda080edb080 ff fe8080 c3a9 c3c3 00 61 6100 0061 f8808080'
const escapes = [
  ...bytes.split(' ').map((one) => `x'${one === '-' ? '' : one}'`),
  "'é'",
  "'ab'",
  'NULL',
  '1',
  '12',
  'char(0)',
  'char(55296)',
  "'a' || char(0)",
]
const patterns = ["'a%'", '1', "x'e282'", "x'61e28225'", "'%é%'", "x'25e282'", "x'c0' || '%'"]
const texts = ["'a%'", '1', "x'61e282'", 'char(65533)', "x'e28225'"]

test('ESCAPE of texts that are no UTF-8', (t) => {
  const questions = escapes.flatMap((escape) =>
    patterns.flatMap((pattern) =>
      texts.map(
        (text) =>
          `SELECT like(${pattern}, ${text}, ${escape}), CAST(${text} AS TEXT) LIKE CAST(${pattern} AS TEXT) ESCAPE CAST(${escape} AS TEXT)`,
      ),
    ),
  )
  const columns = escapes.flatMap((escape) =>
    patterns.map(
      (pattern) =>
        `SELECT a, a LIKE ${pattern} ESCAPE ${escape}, ${pattern} LIKE a ESCAPE ${escape} FROM t`,
    ),
  )
  const rows = texts.map((text) => `(CAST(${text} AS TEXT))`).join(', ')
  return sameAnswers(
    t,
    ['CREATE TABLE t(a TEXT)', `INSERT INTO t VALUES ${rows}`],
    [...questions, ...columns],
  )
})
