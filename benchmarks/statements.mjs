/** Long statements, each by its number of terms: what is asked, and the sizes at which it is asked, each twice the last. */

const list = (n, item, joint = ', ') => Array.from({ length: n }, (_, i) => item(i)).join(joint)
const doubling = (last) => [last / 8, last / 4, last / 2, last]
const nested = (n, before, inner, after) => before.repeat(n) + inner + after.repeat(n)
const table = 'CREATE TABLE t(a, b, c);'

/**
 * `setup` is run before, and not measured; `steps` are prepared and run one after the other: SELECTs to all their rows.
 * `params` are for the last.
 */
export const questions = [
  {
    name: 'INSERT … VALUES, rows of 3 literals',
    sizes: doubling(16_000),
    setup: () => table,
    steps: (n) => [`INSERT INTO t VALUES ${list(n, (i) => `(${i}, 'text ${i}', ${i}.5)`)}`],
  },
  {
    name: 'INSERT … VALUES, rows of 3 parameters',
    sizes: doubling(10_000),
    setup: () => table,
    steps: (n) => [`INSERT INTO t VALUES ${list(n, () => '(?, ?, ?)')}`],
    params: (n) => Array.from({ length: 3 * n }, (_, i) => (i % 3 === 1 ? `text ${i}` : i)),
  },
  {
    name: 'VALUES as a table, rows of 4 literals',
    sizes: doubling(20_000),
    steps: (n) => [
      `SELECT count(column4), sum(column1) FROM (VALUES ${list(n, (i) => `(-${i}, 'it''s ${i}', x'${i % 2}f', ${i % 2 ? 'NULL' : '1e3'})`)})`,
    ],
  },
  {
    name: 'IN, literals',
    sizes: doubling(100_000),
    steps: (n) => [`SELECT 7 IN (${list(n, String)})`],
  },
  {
    name: 'UPDATE … SET, columns',
    sizes: doubling(2000),
    setup: (n) =>
      `CREATE TABLE w(${list(n, (i) => `c${i}`)}); INSERT INTO w VALUES (${list(n, String)})`,
    steps: (n) => [`UPDATE w SET ${list(n, (i) => `c${i} = c${i} + 1`)}`],
  },
  {
    name: 'CREATE TABLE, INSERT and SELECT, columns',
    sizes: doubling(2000),
    steps: (n) => [
      `CREATE TABLE w(${list(n, (i) => `column${i} INTEGER`)})`,
      `INSERT INTO w VALUES (${list(n, String)})`,
      `SELECT ${list(n, (i) => `column${i}`)} FROM w`,
    ],
  },
  {
    name: 'AND, terms',
    sizes: doubling(960),
    setup: () => `${table} INSERT INTO t VALUES (-1, -1, -1)`,
    steps: (n) => [`SELECT a FROM t WHERE ${list(n, (i) => `a <> ${i}`, ' AND ')}`],
  },
  {
    name: 'OR, terms',
    sizes: doubling(960),
    setup: () => `${table} INSERT INTO t VALUES (-1, -1, -1)`,
    steps: (n) => [`SELECT a FROM t WHERE ${list(n, (i) => `a > ${i} AND b = ${i}`, ' OR ')}`],
  },
  {
    name: 'UNION ALL, arms',
    sizes: doubling(480),
    setup: () => table,
    steps: (n) => [list(n, (i) => `SELECT ${i}, a FROM t`, ' UNION ALL ')],
  },
  {
    name: 'CASE inside each other',
    sizes: doubling(400),
    setup: () => `${table} INSERT INTO t VALUES (1, 2, 3)`,
    steps: (n) => [`SELECT ${nested(n, 'CASE WHEN a > 0 THEN ', 'b', ' ELSE c END')} FROM t`],
  },
  {
    name: 'functions inside each other',
    sizes: doubling(800),
    setup: () => `${table} INSERT INTO t VALUES (1, 2, 3)`,
    steps: (n) => [`SELECT ${nested(n, 'abs(', 'a', ')')} FROM t`],
  },
]
