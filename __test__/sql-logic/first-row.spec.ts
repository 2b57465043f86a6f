/**
 * LIMIT in queries of which only the first row counts: EXISTS, scalar subqueries, row values.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const limitSetup = [
  'CREATE TABLE z(a,b)',
  'INSERT INTO z VALUES(1,2),(3,4)',
  'CREATE TABLE z2(c,d)',
  'INSERT INTO z2 VALUES(1,2),(3,5)',
]

const limitQueries = [
  'SELECT EXISTS(SELECT 1 LIMIT 1.5)',
  'SELECT EXISTS(SELECT 1 LIMIT NULL)',
  "SELECT EXISTS(SELECT 1 LIMIT 'abc')",
  "SELECT EXISTS(SELECT 1 LIMIT '0')",
  'SELECT EXISTS(SELECT 1 LIMIT 0.0)',
  'SELECT EXISTS(SELECT 1 LIMIT -1)',
  "SELECT EXISTS(SELECT 1 LIMIT x'30')",
  'SELECT EXISTS(SELECT 1 LIMIT 1 OFFSET 0.5)',
  'SELECT EXISTS(SELECT 1 LIMIT 1 OFFSET 1)',
  'SELECT EXISTS(SELECT 1 UNION ALL SELECT 2 LIMIT 1.5 OFFSET 1)',
  'SELECT (SELECT 1 LIMIT 1.5)',
  'SELECT (SELECT 1 LIMIT 0)',
  "SELECT (SELECT 1 LIMIT 'x')",
  'SELECT (1,2)=(SELECT 1,2 LIMIT 1.5)',
  'SELECT 1 IN (SELECT 1 LIMIT 1.5)',
  "SELECT 1 IN (SELECT 1 LIMIT 'x')",
  "SELECT 1 LIMIT 'x'",
  "SELECT (SELECT 1 LIMIT CAST('0' AS TEXT))",
  'SELECT (SELECT 1 LIMIT 99999999999999999999)',
  'SELECT * FROM z WHERE EXISTS(SELECT 1 FROM z y WHERE y.a=z.a LIMIT 1.5)',
  'SELECT * FROM z WHERE EXISTS(SELECT 1 FROM z y WHERE y.a=z.a LIMIT 0)',
]

test('subquery: any LIMIT that can be compared with zero is none or one', async (t) => {
  await sameAnswers(t, limitSetup, limitQueries)
})
