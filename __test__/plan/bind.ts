/** Binding for tests: a text against a schema. */
import {
  bindStatement,
  type BoundExpression,
  type BoundQuery,
  type BoundStatement,
  type PlanNode,
} from '../../packages/engine/src/plan/index.ts'
import { catalogOf } from '../../packages/engine/src/runtime/index.ts'
import { type Schema } from '../../packages/engine/src/schema/index.ts'
import { parse } from '../schema/make-schema.ts'

export function bind(schema: Schema, sql: string): BoundStatement {
  return bindStatement(parse(sql), sql, catalogOf(schema))
}

export function bindQuery(schema: Schema, sql: string): BoundQuery {
  const bound = bind(schema, sql)
  if (bound.kind !== 'query') throw new TypeError(`not a query: ${sql}`)
  return bound
}

/** The kinds of the nodes from the root down, inputs of joins and compounds in parentheses. */
export function shapeOf(node: PlanNode): string {
  switch (node.kind) {
    case 'join':
    case 'outer-join':
    case 'compound':
      return `${node.kind}(${shapeOf(node.left)}, ${shapeOf(node.right)})`
    case 'recursive':
      return `${node.kind}(${shapeOf(node.setup)}, ${shapeOf(node.step)})`
    case 'scan':
      return `scan ${node.alias}`
    case 'values':
    case 'single-row':
      return node.kind
    default:
      return `${node.kind} ${shapeOf(node.input)}`
  }
}

/** The first node of a kind, searched from the root along first inputs. */
export function findNode<Kind extends PlanNode['kind']>(
  plan: PlanNode,
  kind: Kind,
): Extract<PlanNode, { kind: Kind }> {
  let node: PlanNode = plan
  while (node.kind !== kind) {
    if (node.kind === 'join' || node.kind === 'outer-join' || node.kind === 'compound')
      node = node.left
    else if ('input' in node) node = node.input
    else throw new TypeError(`no ${kind} in the plan`)
  }
  return node as Extract<PlanNode, { kind: Kind }>
}

/** The expressions of the result columns of a simple SELECT. */
export function resultsOf(schema: Schema, sql: string): readonly BoundExpression[] {
  return findNode(bindQuery(schema, sql).plan, 'project').columns
}
