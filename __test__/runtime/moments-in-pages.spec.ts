/** Moments with milliseconds are read where their text lies: as SQLite reads them, also where one is not quite of that form. */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

test('moments of 23 bytes in their page', async (t) => {
  await sameAnswers(
    t,
    [
      `CREATE TABLE d(x TEXT, y DATETIME)`,
      `INSERT INTO d VALUES ('1996-07-04 00:00:00.000', '1996-07-04 00:00:00.000'), ('1996-07-04T23:59:59.999', '2024-02-30 24:00:00.500'), ('1996-02-30 12:34:56.789', '1996-02-30 12:34:56.78x'), ('1996-02-30 12:34:56,789', '1996-07-04 12:34:56.7 9'), ('1996-07-04 12:34:5.6789', '0000-01-01 00:00:00.001')`,
    ],
    [
      `SELECT date(x), time(x), datetime(x), julianday(x), unixepoch(x), strftime('%Y %f %s %J %H:%M:%S', x), datetime(x, 'subsec'), datetime(x, '+1 day'), strftime('%Y', x) FROM d`,
      `SELECT date(y), time(y), datetime(y), julianday(y), unixepoch(y), strftime('%Y %f %s %J %H:%M:%S', y), time(y, 'subsec'), unixepoch(y, 'subsec') FROM d`,
      `SELECT julianday(x) - julianday(y), timediff(x, y) FROM d`,
    ],
  )
})
