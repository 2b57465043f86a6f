/**
 * The walkers: a mapping that changes nothing answers the same object, one that changes a leaf changes nothing else, and who only
 * looks sees what is mapped, in the same order.
 */
import test from 'ava'
import { optimize } from '../../packages/engine/src/plan/index.ts'
import type {
  BoundExpression,
  BoundStatement,
  PlanNode,
} from '../../packages/engine/src/plan/index.ts'
import { mapNode, mapOperands } from '../../packages/engine/src/plan/walk/map.ts'
import { planRewriter } from '../../packages/engine/src/plan/walk/rewrite.ts'
import { mapStatement, visitStatement } from '../../packages/engine/src/plan/walk/statement.ts'
import { visitNode, visitOperands, visitorOf } from '../../packages/engine/src/plan/walk/visit.ts'
import { BareEngine } from '../codegen/bare-engine.ts'

const schema = `
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT CHECK (length(b) < 9), c NOT NULL DEFAULT 5);
CREATE INDEX tb ON t(b, lower(c)) WHERE c > 1; CREATE UNIQUE INDEX tc ON t(c);
`
const statements = [
  'SELECT -a, ~a, a + b, a || b, NOT a, a IS NULL, a IS TRUE, CAST(a AS TEXT), ?1 FROM t WHERE a > 1 AND b OR c < 2',
  'SELECT a BETWEEN 1 AND b, a IN (1, b), a IN (SELECT c FROM t), EXISTS (SELECT 1 FROM t), (SELECT a FROM t) FROM t',
  'SELECT CASE a + 1 WHEN 1 THEN b ELSE c END, CASE WHEN a THEN b END, abs(a) FROM t',
  'SELECT b, count(DISTINCT c), group_concat(a, b ORDER BY c) FILTER (WHERE a > 1), c FROM t GROUP BY lower(b) HAVING sum(a) > 1',
  'SELECT DISTINCT x.b FROM t x JOIN t y ON x.a = y.a LEFT JOIN t z ON z.c = y.c ORDER BY x.c + 1 DESC LIMIT 5 OFFSET 2',
  'SELECT a FROM t UNION SELECT c FROM t EXCEPT SELECT 1 ORDER BY 1',
  'SELECT * FROM (SELECT b, max(a) m FROM t GROUP BY b) p JOIN (VALUES (1, 2), (3, ?)) q ON p.m = q.column1',
  'SELECT a FROM t WHERE b IN (?, ?) AND c > 1 AND a = ?',
  'SELECT a FROM t WHERE a IN (SELECT c FROM t WHERE b = 1)',
  'SELECT a FROM t WHERE (a, b) = (SELECT c, b FROM t)',
  'SELECT x.a FROM t x, t y WHERE x.b || 1 = y.b || 2 AND y.c > 3',
  'INSERT INTO t SELECT a + 1, b, c FROM t WHERE c > 5',
  'INSERT OR REPLACE INTO t(b) VALUES (?), (2)',
  'UPDATE t SET b = b || 1, a = a + 1 WHERE c IN (SELECT a FROM t)',
  'DELETE FROM t WHERE a < 5',
  'CREATE TABLE u AS SELECT a, b + 1 FROM t',
  'CREATE INDEX ti ON t(b || c) WHERE a > 1',
  'REINDEX t',
  'DROP TABLE t',
]

function eachStatement(look: (statement: BoundStatement, sql: string) => void): void {
  const engine = new BareEngine()
  engine.exec(schema)
  for (const sql of statements) {
    const bound = engine.bind(sql) as BoundStatement
    look(bound, sql)
    look(optimize(bound, engine.connection.context.catalog), sql)
  }
  engine.close()
}

/** Everything that is mapped, in order: kinds of nodes and expressions. */
function mappedKinds(statement: BoundStatement): string[] {
  const kinds: string[] = []
  const expression = (e: BoundExpression): BoundExpression => {
    kinds.push(e.kind)
    return mapOperands(e, expression, (query) => {
      node(query.plan)
      return query
    })
  }
  const node = (n: PlanNode): PlanNode => {
    kinds.push(n.kind)
    return mapNode(n, node, expression, (query) => {
      node(query.plan)
      return query
    })
  }
  mapStatement(statement, node, expression)
  return kinds
}

function visitedKinds(statement: BoundStatement): string[] {
  const kinds: string[] = []
  const expression = (e: BoundExpression): void => {
    kinds.push(e.kind)
    visitOperands(e, expression, (query) => node(query.plan))
  }
  const node = (n: PlanNode): void => {
    kinds.push(n.kind)
    visitNode(n, node, expression, (query) => node(query.plan))
  }
  visitStatement(statement, node, expression)
  return kinds
}

test('walkers: who only looks sees what is mapped', (t) => {
  eachStatement((statement, sql) => {
    const kinds = mappedKinds(statement)
    t.deepEqual(visitedKinds(statement), kinds, sql)
    let count = 0
    const visitor = visitorOf({ node: () => count++, expression: () => count++ })
    visitStatement(statement, visitor.node, visitor.expression)
    t.is(count, kinds.length, sql)
  })
})

test('walkers: a mapping that changes nothing answers the same object', (t) => {
  eachStatement((statement, sql) => {
    const { node, expression } = planRewriter({})
    t.is(mapStatement(statement, node, expression), statement, sql)
  })
})

test('walkers: a mapping that changes a leaf changes nothing else', (t) => {
  eachStatement((statement, sql) => {
    const turn = (from: string, to: string) =>
      planRewriter({
        expression: (e) => (e.kind === 'column' && e.name === from ? { ...e, name: to } : e),
      })
    const there = turn('b', 'b2')
    const back = turn('b2', 'b')
    const changed = mapStatement(statement, there.node, there.expression)
    const again = mapStatement(changed, back.node, back.expression)
    t.deepEqual(again, statement, sql)
    if (visitedKinds(statement).includes('column') && / b\b/.test(sql))
      t.not(changed, statement, sql)
  })
})
