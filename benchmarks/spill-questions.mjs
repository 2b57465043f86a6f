/** Questions whose answers take far more memory than 16 MiB, about `t(id INTEGER PRIMARY KEY, a, b, s)`. */
export const questions = [
  { name: 'ORDER BY a text', sql: 'SELECT a, s FROM t ORDER BY s' },
  { name: 'ORDER BY, LIMIT of most', sql: 'SELECT a, b FROM t ORDER BY b, id LIMIT 4000000' },
  { name: 'GROUP BY', sql: 'SELECT s, count(*), sum(a), min(b) FROM t GROUP BY s' },
  { name: 'GROUP BY two columns', sql: 'SELECT a, b % 2, count(*) FROM t GROUP BY a, b % 2' },
  { name: 'DISTINCT', sql: 'SELECT DISTINCT s FROM t' },
  { name: 'count(DISTINCT …)', sql: 'SELECT count(DISTINCT s), count(DISTINCT a) FROM t' },
  {
    name: 'UNION',
    sql: 'SELECT a, s FROM t WHERE id % 2 = 0 UNION SELECT a, s FROM t WHERE id % 3 = 0',
  },
  {
    name: 'EXCEPT',
    sql: 'SELECT a FROM t WHERE id % 2 = 0 EXCEPT SELECT b FROM t',
  },
  {
    name: 'IN',
    sql: 'SELECT count(*), sum(id) FROM t WHERE a IN (SELECT b FROM t WHERE id % 2 = 0)',
  },
  {
    name: 'CREATE INDEX',
    before: ['CREATE INDEX ts ON t(s)'],
    sql: "SELECT count(*), min(s), max(s) FROM t WHERE s > ''",
  },
  {
    name: 'hash join',
    sql: 'SELECT x.id, y.id FROM t AS x JOIN t AS y ON y.b = x.a',
    inAnyOrder: true,
  },
  {
    name: 'materialised subquery',
    sql: 'WITH q AS MATERIALIZED (SELECT a, s FROM t WHERE a <> 7) SELECT count(*), sum(a), max(s) FROM q UNION ALL SELECT count(*), sum(a), min(s) FROM q',
  },
]
