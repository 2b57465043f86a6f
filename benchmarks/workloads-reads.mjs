/** Queries of one connection that has its data in its cache. */
import { codeOf, docCount, generator, groupCount, millions, rowCount } from './datasets.mjs'
import { lookups, query, repeated } from './workload.mjs'

/** Ids of `count` items, as `of` shows them. */
const ids =
  (count, of = (id) => id) =>
  () => {
    const random = generator(11)
    return () => of(1 + random(count))
  }

const rangeLength = Math.min(100, rowCount)

const range = repeated(`range of 100 rows to objects`, 2, 'rows', (db) => {
  const statement = db.prepare('SELECT id, name, price FROM item WHERE id BETWEEN ? AND ?')
  const random = generator(17)
  return () => {
    let rows = 0
    for (let i = 0; i < 200; i++) {
      const low = random(rowCount - rangeLength + 1)
      rows += statement.all(low + 1, low + rangeLength).length
    }
    return rows
  }
})

const distinctTexts = repeated('prepare + run, distinct SQL texts', 1, 'ops', (db) => {
  let n = 0
  return () => {
    for (let i = 0; i < 500; i++) {
      n++
      db.prepare(`SELECT name, price FROM item WHERE id = ${1 + (n % rowCount)}`).get()
    }
    return 500
  }
})

const scan = (name, goal, sql, rows = rowCount) => query(name, goal, sql, rows)
const counted = Math.ceil(rowCount / 3)

export const reads = [
  lookups(
    'point lookup by rowid',
    3,
    'SELECT id, name, price FROM item WHERE id = ?',
    ids(rowCount),
  ),
  lookups(
    'lookup by secondary index',
    2,
    'SELECT id, name FROM item WHERE code = ?',
    ids(rowCount, (id) => codeOf(id, rowCount)),
  ),
  lookups(
    'lookup by secondary index, 2 million rows',
    1,
    'SELECT id, name FROM item WHERE code = ?',
    ids(millions, (id) => codeOf(id, millions)),
    { data: 'millions', count: 20_000 },
  ),
  range,
  scan('filter + sum', 1.3, 'SELECT sum(qty) FROM item WHERE price > 500'),
  scan(
    `group by, ${groupCount} groups`,
    5,
    'SELECT grp, count(*), sum(price) FROM item GROUP BY grp',
  ),
  scan(
    'join with a small table, grouped',
    5,
    'SELECT c.label, count(*), sum(i.price) FROM item i JOIN category c ON c.id = i.grp GROUP BY c.label',
  ),
  scan('order by … limit 10', 1.2, 'SELECT id, price FROM item ORDER BY price DESC LIMIT 10'),
  scan('full sort to rows', 2, 'SELECT id, name, price FROM item ORDER BY name'),
  scan('all rows to objects', 2, 'SELECT id, code, name, grp, price, qty FROM item'),
  scan('LIKE scan', 1.5, "SELECT count(*) FROM item WHERE name LIKE '%heron 99%'"),
  scan('json_extract scan', 1.5, "SELECT sum(json_extract(body, '$.n')) FROM doc", docCount),
  scan(
    'window row_number',
    3,
    'SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY price) AS r FROM item)',
  ),
  scan(
    'recursive CTE',
    5,
    `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${counted}) SELECT count(*) FROM c`,
    counted,
  ),
  scan('json_group_array', 1, 'SELECT length(json_group_array(name)) FROM item'),
  scan(
    'json_object, grouped',
    1,
    "SELECT grp, json_group_array(json_object('id', id, 'name', name)) FROM item GROUP BY grp",
  ),
  scan('json_set scan', 1, "SELECT sum(length(json_set(body, '$.n', id))) FROM doc", docCount),
  scan(
    'json_each join',
    1,
    "SELECT value, count(*) FROM doc, json_each(body, '$.tags') GROUP BY value",
    docCount,
  ),
  scan(
    'full join, aggregate',
    1,
    'SELECT count(*), sum(i.price), count(d.id) FROM item i FULL JOIN doc d ON d.id = i.code',
  ),
  scan(
    'dates by month',
    1,
    "SELECT strftime('%Y-%m', id * 10000, 'unixepoch') AS m, count(*) FROM item GROUP BY m",
  ),
  distinctTexts,
]
