/**
 * Arguments of table-valued functions that name what an outer or a CROSS JOIN keeps behind them: the function is not told of them, and they are conditions
 * on what it delivers then.
 */
import test from 'ava'
import { sameAnswers } from '../support/same-answers.ts'

const setup = [
  'CREATE TABLE t(a, j)',
  `INSERT INTO t VALUES (1, '[1,2]'), (3, '{"x":1}'), (5, NULL)`,
  'CREATE TABLE u(a)',
  'INSERT INTO u VALUES (1), (5)',
]

test('arguments that name what stands behind an outer join', async (t) => {
  const joins = [
    'json_each(t.j) JOIN t',
    'json_each(t.j) LEFT JOIN t',
    'json_each(t.j) CROSS JOIN t',
    'json_each(t.j) RIGHT JOIN t',
    'json_each(t.j) FULL JOIN t',
    'json_each(t.j) AS e LEFT JOIN t ON t.a = e.value',
    'json_each(t.j) AS e RIGHT JOIN t ON t.a = e.value',
    'json_each(t.j) LEFT JOIN u JOIN t',
    'json_each(t.j) JOIN u LEFT JOIN t',
    'u JOIN json_each(t.j) LEFT JOIN t',
    'u LEFT JOIN json_each(t.j) LEFT JOIN t',
    'u, json_each(t.j) FULL JOIN t',
    'json_each(u.a) LEFT JOIN t LEFT JOIN u',
    'json_tree(t.j) LEFT JOIN t',
    'pragma_table_info(t.a) LEFT JOIN t',
    't LEFT JOIN json_each(t.j)',
    't RIGHT JOIN json_each(t.j)',
    't FULL JOIN json_each(t.j)',
  ]
  await sameAnswers(t, setup, [
    ...joins.map((join) => `SELECT count(*), sum(t.a) FROM ${join}`.replace('sum(t.a)', '1')),
    ...joins.map((join) => `SELECT * FROM ${join}`),
    'SELECT count(*) FROM json_each(t.j) LEFT JOIN t WHERE t.a > 0',
  ])
})
