/** Rows of tables, from any place, in any order, by filters: compared with what one query of all rows says. */
import test from 'ava'
import type {
  Anchor,
  CountAnswer,
  Filter,
  FilterOperator,
  Order,
  RowsAnswer,
} from '../../packages/studio/src/protocol.ts'
import { openStudio, type OpenStudio } from './open-studio.ts'

const count = 1000

let studio: OpenStudio
test.before(async () => {
  studio = await openStudio(`
    CREATE TABLE t(id INTEGER PRIMARY KEY, n, s TEXT COLLATE NOCASE, "o'dd" REAL);
    WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < ${count})
      INSERT INTO t SELECT x * 3,
        CASE x % 7 WHEN 0 THEN NULL WHEN 1 THEN x % 5 WHEN 2 THEN 'text' || (x % 3) WHEN 3 THEN x'00ff' ELSE x % 11 END,
        CASE WHEN x % 13 = 0 THEN NULL WHEN x % 2 THEN 'Name ' || (x % 9) ELSE 'name ' || (x % 9) END,
        (x % 17) / 4.0 FROM i;
    CREATE INDEX t_s ON t(s);
    CREATE TABLE k(a TEXT, b INT, c, PRIMARY KEY (a, b DESC)) WITHOUT ROWID;
    INSERT INTO k SELECT s, id, n FROM t WHERE s IS NOT NULL;
    CREATE VIEW v AS SELECT id, s FROM t WHERE id <= 300;
  `)
})
test.after.always(() => studio.close())

const orders: readonly (Order | null)[] = [
  null,
  { column: 'n', isDescending: false },
  { column: 'n', isDescending: true },
  { column: 's', isDescending: false },
  { column: 's', isDescending: true },
  { column: 'id', isDescending: true },
  { column: "o'dd", isDescending: false },
]

function termsOf(order: Order | null, keys: string): string {
  if (order === null) return keys
  return `"${order.column}"${order.isDescending ? ' DESC' : ''}, ${keys}`
}

for (const order of orders) {
  const name =
    order === null
      ? 'their own order'
      : `order of ${order.column}${order.isDescending ? ' DESC' : ''}`
  test(`studio rows: all rows come in ${name}, forwards, backwards and by leaps`, async (t) => {
    const ids = studio.database
      .prepare(`SELECT id FROM t ORDER BY ${termsOf(order, 'id')}`)
      .pluck()
      .all()
    const idsOf = ({ rows }: RowsAnswer): unknown[] => rows.map(({ values }) => values[0])
    const limit = 90
    const forwards: unknown[] = []
    const lasts: (Anchor | null)[] = []
    for (let anchor: Anchor | null = null; ;) {
      const answer: RowsAnswer = await studio.rows({ table: 't', order, anchor, limit })
      forwards.push(...idsOf(answer))
      anchor = answer.last
      lasts.push(anchor)
      if (answer.rows.length < limit) break
    }
    t.deepEqual(forwards, ids)
    const backwards: unknown[] = []
    for (let anchor: Anchor | null = null; ;) {
      const answer: RowsAnswer = await studio.rows({
        table: 't',
        order,
        anchor,
        limit,
        direction: 'before',
      })
      backwards.unshift(...idsOf(answer))
      anchor = answer.first
      if (answer.rows.length < limit) break
    }
    t.deepEqual(backwards, ids)
    const leap = await studio.rows({ table: 't', order, anchor: lasts[2]!, skip: 4 * limit, limit })
    t.deepEqual(idsOf(leap), ids.slice(7 * limit, 8 * limit))
    const back = await studio.rows({
      table: 't',
      order,
      anchor: leap.first,
      direction: 'before',
      skip: limit,
      limit,
    })
    t.deepEqual(idsOf(back), ids.slice(5 * limit, 6 * limit))
  })
}

for (const order of [
  null,
  { column: 'c', isDescending: true },
  { column: 'a', isDescending: true },
]) {
  test(`studio rows: without a rowid, by ${order?.column ?? 'key'}`, async (t) => {
    const all = studio.database
      .prepare(`SELECT a, b FROM k ORDER BY ${termsOf(order, 'a, b')}`)
      .raw()
      .all()
    const found: unknown[] = []
    for (let anchor: Anchor | null = null; ;) {
      const answer: RowsAnswer = await studio.rows({ table: 'k', order, anchor, limit: 130 })
      found.push(...answer.rows.map(({ values }) => values.slice(0, 2)))
      anchor = answer.last
      if (answer.rows.length < 130) break
    }
    t.deepEqual(found, all)
  })
}

test('studio rows: a place is found by the tree, and not by counting', async (t) => {
  const answer = await studio.rows({ table: 't', limit: 10 })
  t.deepEqual(answer.last, { sort: null, key: [30] })
  const own = await studio.ask<{ statements: { nodes: { detail: string }[] }[] }>('plan', {
    session: 'session-of-plans',
    sql: 'SELECT * FROM "main"."t" AS t WHERE (t."rowid" > ?) ORDER BY t."rowid" LIMIT ? OFFSET ?',
  })
  t.regex(own.statements[0]!.nodes[0]!.detail, /SEARCH t USING INTEGER PRIMARY KEY \(rowid>\?\)/)
})

test('studio rows: a view has its rows, but no places', async (t) => {
  const { rows, last } = await studio.rows({ table: 'v', skip: 20, limit: 5 })
  t.deepEqual(
    rows.map(({ values }) => values[0]),
    [63, 66, 69, 72, 75],
  )
  t.is(last, null)
})

const filters: readonly (readonly [string, FilterOperator, string, string])[] = [
  ['id', '=', '30', 'id = 30'],
  ['id', '<', ' 31 ', 'id < 31'],
  ['id', '>=', '2990.5', 'id >= 2990.5'],
  ['n', '=', '3', 'n = 3'],
  ['n', '<>', '3', 'n <> 3'],
  ['n', 'is null', '', 'n IS NULL'],
  ['n', 'is not null', '', 'n IS NOT NULL'],
  ['n', 'contains', 'ext1', "n LIKE '%ext1%'"],
  ['s', 'begins with', 'NAME 8', "s LIKE 'name 8%'"],
  ['s', '=', 'NAME 8', "s = 'name 8'"],
  ['s', 'contains', '%', '0'],
  ['s', 'contains', '_', '0'],
  ['s', 'contains', "'; DROP TABLE t; --", '0'],
  ["o'dd", '<=', '.5', `"o'dd" <= 0.5`],
]

for (const [column, operator, value, condition] of filters) {
  test(`studio rows: ${column} ${operator} ${value}`, async (t) => {
    const one: Filter[] = [{ column, operator, value }]
    const ids = studio.database.prepare(`SELECT id FROM t WHERE ${condition}`).pluck().all()
    const { count: counted } = await studio.ask<CountAnswer>('count', { table: 't', filters: one })
    t.is(counted, ids.length)
    const { rows } = await studio.rows({ table: 't', filters: one, limit: 1000 })
    t.deepEqual(
      rows.map(({ values }) => values[0]),
      ids,
    )
  })
}

test('studio rows: filters hold together, and in any order', async (t) => {
  const both: Filter[] = [
    { column: 's', operator: 'begins with', value: 'name 1' },
    { column: 'id', operator: '>', value: '1500' },
  ]
  const sql = "SELECT id FROM t WHERE s LIKE 'name 1%' AND id > 1500 ORDER BY n, id"
  const ids = studio.database.prepare(sql).pluck().all()
  const order = { column: 'n', isDescending: false }
  const first = await studio.rows({ table: 't', filters: both, order, limit: 20 })
  const second = await studio.rows({
    table: 't',
    filters: both,
    order,
    limit: 1000,
    anchor: first.last,
  })
  t.deepEqual(
    [...first.rows, ...second.rows].map(({ values }) => values[0]),
    ids,
  )
})

test('studio rows: what is asked wrongly is refused', async (t) => {
  const common = {
    table: 't',
    order: null,
    filters: [],
    direction: 'after',
    anchor: null,
    skip: 0,
    limit: 10,
  }
  const wrong = [
    { table: 'none' },
    { order: { column: 'none', isDescending: false } },
    { filters: [{ column: 'none', operator: '=', value: '' }] },
    { filters: [{ column: 'n', operator: '= 1 OR', value: '' }] },
    { limit: 1e9 },
    { limit: -1 },
    { skip: 1.5 },
    { anchor: { sort: null, key: [] } },
    { table: 'v', direction: 'before' },
  ]
  for (const each of wrong) {
    const { status, kind } = await studio.refusal('rows', { ...common, ...each })
    t.true(status === 400 || status === 404, JSON.stringify(each))
    t.is(kind, 'error')
  }
})
