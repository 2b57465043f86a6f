/**
 * Queries: the tree that the binder builds, what its columns are called, what names mean. Answers are compared where
 * plans run; here the plan itself is looked at.
 */
import test from 'ava'
import { makeSchema } from '../schema/make-schema.ts'
import { bindQuery, findNode, resultsOf, shapeOf } from './bind.ts'

const schema = makeSchema([
  'CREATE TABLE t(A TEXT COLLATE NOCASE, b INT, c)',
  'CREATE TABLE u(a, b, d)',
  'CREATE TABLE p(id INTEGER PRIMARY KEY, x TEXT)',
  'CREATE VIEW v AS SELECT a, b + 1, (b), c AS "c d" FROM t',
  'CREATE VIEW named(p, q) AS SELECT a, sum(b) FROM t GROUP BY a',
])

const names = (sql: string): readonly string[] =>
  bindQuery(schema, sql).columns.map((column) => column.name)

test('query: nodes stand in the order of evaluation', (t) => {
  const shape = (sql: string): string => shapeOf(bindQuery(schema, sql).plan)
  t.is(shape('SELECT 1'), 'project single-row')
  t.is(shape('SELECT a FROM t WHERE b = 1'), 'project filter scan t')
  t.is(
    shape('SELECT DISTINCT a FROM t AS x ORDER BY b LIMIT 1'),
    'limit sort distinct project scan x',
  )
  t.is(
    shape('SELECT a, count(*) FROM t WHERE b GROUP BY a HAVING count(*) > 1'),
    'project filter aggregate filter scan t',
  )
  t.is(shape('SELECT * FROM t, u JOIN p'), 'project join(join(scan t, scan u), scan p)')
  t.is(shape('SELECT * FROM t, (u JOIN p)'), 'project join(scan t, join(scan u, scan p))')
  t.is(shape('SELECT * FROM (SELECT a FROM t)'), 'project derived project scan t')
  t.is(
    shape('SELECT a FROM t UNION SELECT a FROM u EXCEPT SELECT x FROM p ORDER BY 1'),
    'sort compound(compound(project scan t, project scan u), project scan p)',
  )
  t.is(shape('VALUES (1), (2)'), 'values')
})

test('query: columns are called by alias, by the table’s column, or by their text', (t) => {
  t.deepEqual(names('SELECT a, T.A, (a), "a", b AS x, b y FROM t'), ['A', 'A', 'A', 'A', 'x', 'y'])
  t.deepEqual(names('SELECT +a, a  ||  b, count ( * ), a COLLATE binary FROM t'), [
    '+a',
    'a  ||  b',
    'count ( * )',
    'a COLLATE binary',
  ])
  t.deepEqual(names('SELECT rowid, oid, p._rowid_ FROM p'), ['id', 'id', 'id'])
  t.deepEqual(names('SELECT rowid, oid FROM t'), ['rowid', 'rowid'])
  t.deepEqual(names('VALUES (1, 2)'), ['column1', 'column2'])
  t.deepEqual(names('SELECT 1 AS x UNION SELECT 2 AS y'), ['x'])
  t.deepEqual(names('SELECT * FROM v'), ['A', 'b + 1', 'b', 'c d'])
  t.deepEqual(names('SELECT * FROM named'), ['p', 'q'])
})

test('query: columns of a subquery are told apart', (t) => {
  t.deepEqual(names('SELECT * FROM (SELECT 1 AS a, 2 AS a, 3 AS A)'), ['a', 'a:1', 'A:2'])
  t.deepEqual(names('SELECT * FROM (SELECT a, b COLLATE nocase, likely(c) FROM t)'), [
    'A',
    'b',
    'c',
  ])
})

test('query: USING and NATURAL hide the right column, and only there', (t) => {
  t.deepEqual(names('SELECT * FROM t JOIN u USING (a)'), ['A', 'b', 'c', 'b', 'd'])
  t.deepEqual(names('SELECT * FROM t NATURAL JOIN u'), ['A', 'b', 'c', 'd'])
  t.deepEqual(names('SELECT u.* FROM t NATURAL JOIN u'), ['a', 'b', 'd'])
  const [column] = resultsOf(schema, 'SELECT a FROM t JOIN u USING (a)')
  t.is(column?.kind === 'column' ? column.collation : '', 'NOCASE')
})

test('query: origins lead through subqueries and views to the table', (t) => {
  const [first, second] = bindQuery(schema, 'SELECT z, 1 FROM (SELECT a AS z FROM v)').columns
  t.deepEqual(first, { name: 'z', column: 'A', table: 't', database: 'main', type: 'TEXT' })
  t.is(second!.table, null)
  const [rowid] = bindQuery(schema, 'SELECT rowid FROM t').columns
  t.deepEqual(rowid, {
    name: 'rowid',
    column: 'rowid',
    table: 't',
    database: 'main',
    type: 'INTEGER',
  })
})

test('query: a rowid alias is the rowid', (t) => {
  const columns = resultsOf(schema, 'SELECT id, rowid, x FROM p')
  t.deepEqual(
    columns.map((column) => (column.kind === 'column' ? column.column : null)),
    [-1, -1, 1],
  )
})

test('query: TRUE and FALSE are numbers unless a column is called so', (t) => {
  t.deepEqual(resultsOf(schema, 'SELECT true, FALSE'), [
    { kind: 'literal', value: 1 },
    { kind: 'literal', value: 0 },
  ])
  const own = makeSchema(['CREATE TABLE k("true")'])
  t.is(resultsOf(own, 'SELECT true FROM k')[0]!.kind, 'column')
})

test('query: an alias means its expression in WHERE, GROUP BY, HAVING and ORDER BY', (t) => {
  const sql = 'SELECT b + 1 AS z FROM t WHERE z > 0 GROUP BY z HAVING z < 9 ORDER BY z'
  const { plan } = bindQuery(schema, sql)
  t.is(shapeOf(plan), 'sort project aggregate filter filter scan t')
  const aggregate = findNode(plan, 'aggregate')
  t.is(aggregate.groupBy[0]!.expression.kind, 'arithmetic')
  t.deepEqual(aggregate.bare, [])
  const [key] = findNode(plan, 'sort').keys
  t.is(key!.expression.kind === 'column' ? key!.expression.column : -1, 0)
})

test('query: ORDER BY prefers an alias to a column, GROUP BY a column to an alias', (t) => {
  const ordered = findNode(bindQuery(schema, 'SELECT b AS a, c FROM t ORDER BY a').plan, 'sort')
  t.is((ordered.keys[0]!.expression as { column: number }).column, 0)
  const grouped = findNode(bindQuery(schema, 'SELECT b AS a FROM t GROUP BY a').plan, 'aggregate')
  t.is((grouped.groupBy[0]!.expression as { column: number }).column, 0)
})

test('query: an ORDER BY expression that is no result column is carried along, hidden', (t) => {
  const query = bindQuery(schema, 'SELECT a FROM t ORDER BY b DESC NULLS FIRST, a')
  t.is(findNode(query.plan, 'project').columns.length, 2)
  t.is(query.columns.length, 1)
  const { keys } = findNode(query.plan, 'sort')
  t.deepEqual(
    keys.map(({ descending, nulls, collation }) => [descending, nulls, collation]),
    [
      [true, 'first', 'BINARY'],
      [false, 'first', 'NOCASE'],
    ],
  )
})

test('query: an aggregate that is written twice is computed once', (t) => {
  const sql = 'SELECT sum(b), sum(b) + count(*), c FROM t GROUP BY a HAVING count(*) > 1'
  const aggregate = findNode(bindQuery(schema, sql).plan, 'aggregate')
  t.is(aggregate.aggregates.length, 2)
  t.is(aggregate.bare.length, 1)
  t.is(aggregate.bareFrom, -1)
})

test('query: the last min or max decides about bare columns', (t) => {
  const bareFrom = (sql: string): number =>
    findNode(bindQuery(schema, sql).plan, 'aggregate').bareFrom
  t.is(bareFrom('SELECT count(*), min(b), a FROM t'), 1)
  t.is(bareFrom('SELECT min(b), max(c), a FROM t'), 1)
  t.is(bareFrom('SELECT max(b), max(c) FILTER (WHERE b), a FROM t'), 0)
})

test('query: an aggregate over columns of the query around it belongs to that query', (t) => {
  const { plan } = bindQuery(schema, 'SELECT (SELECT max(t.b) FROM u) FROM t')
  t.is(shapeOf(plan), 'project aggregate scan t')
  const own = bindQuery(schema, 'SELECT (SELECT max(t.b + u.b) FROM u) FROM t')
  t.is(shapeOf(own.plan), 'project scan t')
})

test('query: a subquery knows what it names outside itself', (t) => {
  const outer = (sql: string): number => {
    const [bound] = resultsOf(schema, sql)
    return bound?.kind === 'scalar-query' ? bound.query.outerSources.length : -1
  }
  t.is(outer('SELECT (SELECT max(d) FROM u) FROM t'), 0)
  t.is(outer('SELECT (SELECT d FROM u WHERE u.a = t.a) FROM t'), 1)
  t.is(outer('SELECT (SELECT d FROM u WHERE u.a = t.a) FROM t GROUP BY a'), 1)
})

test('query: EXISTS makes neither order nor distinct rows', (t) => {
  const [bound] = resultsOf(
    schema,
    'SELECT EXISTS (SELECT DISTINCT a FROM t ORDER BY b LIMIT 1 OFFSET 2)',
  )
  t.is(bound?.kind === 'exists' ? shapeOf(bound.query.plan) : '', 'limit project scan t')
})

test('query: ORDER BY over UNION covers all columns, over UNION ALL its own', (t) => {
  const keys = (operator: string): number => {
    const sql = `SELECT a, b FROM t ${operator} SELECT a, b FROM u ORDER BY 2`
    return findNode(bindQuery(schema, sql).plan, 'sort').keys.length
  }
  t.is(keys('UNION'), 2)
  t.is(keys('UNION ALL'), 1)
})

test('query: the smallest INTEGER can be written', (t) => {
  const values = resultsOf(schema, 'SELECT -9223372036854775808, -9223372036854775809')
  t.deepEqual(values[0], { kind: 'literal', value: -9223372036854775808n })
  t.is(values[1]!.kind, 'negate')
})

test('query: a name in double quotes that means nothing is no string', (t) => {
  t.throws(() => resultsOf(schema, 'SELECT "nosuch" FROM t'), {
    message: 'no such column: "nosuch" - should this be a string literal in single-quotes?',
  })
})
