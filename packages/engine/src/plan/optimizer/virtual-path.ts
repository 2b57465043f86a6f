/**
 * The ways to reach the rows of a virtual table: it is shown the conditions on its columns, and answers what it makes of them. It is asked twice
 * where somebody wants an order that it could deliver: with it and without it. (`whereLoopAddVirtual`)
 */
import type {
  AccessAnswer,
  AccessQuestion,
  Constraint,
  ConstraintOperator,
  VirtualTable,
} from '../../schema/index.ts'
import type { Affinity } from '../../record/index.ts'
import type { BoundColumn, BoundExpression, ComparisonRule, SourceId } from '../expression.ts'
import type { InKeys, ScanNode, VirtualArgument } from '../node.ts'
import { noOrder, type OrderColumn } from '../row-order.ts'
import type { AccessPath } from './access-path.ts'
import type { PlacedConjunct } from './join-block.ts'
import { isCopyable, outerSources, sourcesOf, traitsOf } from './sources.ts'
import type { Conjunct } from './terms.ts'

/** A condition as the table sees it, and what it is worth where the table asks for its value. */
interface Offer {
  readonly conjunct: Conjunct
  readonly constraint: Constraint
  readonly arg: VirtualArgument
}

export interface VirtualContext {
  readonly scan: ScanNode
  readonly virtual: VirtualTable
  /** Conditions that name the table. */
  readonly conditions: readonly PlacedConjunct[]
  /** Whether all that a condition needs is running. */
  readonly isUsable: (condition: PlacedConjunct) => boolean
  readonly needed: ReadonlySet<number> | null
  /** All of it is about columns of the table; else empty. */
  readonly wanted: readonly OrderColumn[]
}

/** None, if the table cannot answer with what is usable. */
export function virtualPaths(context: VirtualContext): readonly AccessPath[] {
  const offers = offersOf(context)
  const orderBy = orderOf(context)
  const paths: AccessPath[] = []
  for (const wanted of orderBy.length === 0 ? [[]] : [[], orderBy]) {
    const path = askedPath(context, offers, wanted)
    if (path !== null) paths.push(path)
  }
  return paths
}

/**
 * First the table is asked as if everything were running: what it then does not use is not missed. If it wants something that is not there, it is asked
 * once more with what is.
 */
function askedPath(
  context: VirtualContext,
  offers: readonly Offer[],
  orderBy: AccessQuestion['orderBy'],
): AccessPath | null {
  const { virtual, needed: columnsUsed } = context
  const constraints = offers.map(({ constraint }) => constraint)
  const hopeful = constraints.map((constraint) => ({ ...constraint, usable: true }))
  const first = virtual.bestIndex({ constraints: hopeful, orderBy, columnsUsed })
  const isReady = first !== null && first.args.every((i) => constraints[i]!.usable)
  const answer = isReady ? first : virtual.bestIndex({ constraints, orderBy, columnsUsed })
  return answer === null ? null : pathOf(context, offers, answer, orderBy.length > 0)
}

/**
 * Written conditions, then arguments, then conditions that have the column on their right: SQLite's order, which matters, for a later one may take the
 * place of an earlier.
 */
function offersOf(context: VirtualContext): readonly Offer[] {
  const direct: Offer[] = []
  const args: Offer[] = []
  const turned: Offer[] = []
  for (const condition of context.conditions) {
    const { expression } = condition.conjunct
    const isArgument = expression.kind === 'compare' && expression.isArgument === true
    addOffer(isArgument ? args : direct, turned, context, condition)
  }
  return [...direct, ...args, ...turned]
}

function orderOf({ wanted }: VirtualContext): AccessQuestion['orderBy'] {
  const isPlain = wanted.every(
    ({ collation, descending, nulls }) =>
      collation === 'BINARY' && nulls === (descending ? 'last' : 'first'),
  )
  return isPlain ? wanted.map(({ column, descending }) => ({ column, descending })) : []
}

function pathOf(
  { wanted }: VirtualContext,
  offers: readonly Offer[],
  answer: AccessAnswer,
  isAskedForOrder: boolean,
): AccessPath {
  const args = answer.args.map((i) => offers[i]!.arg)
  // The runs for the keys of an IN follow each other by key.
  const isOneRun = args.every(({ kind }) => kind === 'value')
  const isOrdered = isAskedForOrder && isOneRun && answer.isOrdered === true
  return {
    access: {
      kind: 'virtual',
      plan: answer.plan,
      text: answer.text ?? '',
      isHex: answer.isHex === true,
      args,
    },
    setup: 0,
    cost: answer.cost,
    rows: answer.rows,
    consumed: new Set(answer.consumed.map((i) => offers[i]!.conjunct)),
    order: isOrdered ? { columns: wanted, isTotal: false, settled: [] } : noOrder,
  }
}

const noKey: BoundExpression = { kind: 'literal', value: null }
const mirrored = {
  '=': '=',
  '<>': '<>',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  IS: 'IS',
  'IS NOT': 'IS NOT',
} as const
const patternOperators: Readonly<Record<string, ConstraintOperator>> = {
  like: 'LIKE',
  glob: 'GLOB',
  regexp: 'REGEXP',
  match: 'MATCH',
}

/** Reads a condition as constraints on the table's columns. */
function addOffer(
  direct: Offer[],
  turned: Offer[],
  { scan, virtual, isUsable }: VirtualContext,
  condition: PlacedConjunct,
): void {
  const { conjunct } = condition
  const { expression, implied } = conjunct
  if (implied) return
  const usable = isUsable(condition)
  const add = (
    column: BoundColumn,
    operator: ConstraintOperator,
    arg: VirtualArgument,
    collation: string,
    to: Offer[] = direct,
  ): void => {
    const constraint = { column: column.column, operator, usable, collation }
    to.push({ conjunct, constraint, arg })
  }
  switch (expression.kind) {
    case 'compare': {
      const { left, right, operator, rule, isArgument } = expression
      const isValue = (key: BoundExpression): boolean =>
        !sourcesOf(key).has(scan.source) && (isArgument === true || !traitsOf(key).local)
      if (isColumnOf(scan.source, left) && isValue(right)) {
        add(left, operator, { kind: 'value', key: right }, rule.collation)
      }
      if (isArgument !== true && isColumnOf(scan.source, right) && isValue(left)) {
        add(right, mirrored[operator], { kind: 'value', key: left }, rule.collation, turned)
      }
      return
    }
    case 'is-null': {
      const { operand, negated } = expression
      if (!isColumnOf(scan.source, operand)) return
      const operator = negated ? 'IS NOT NULL' : 'IS NULL'
      add(operand, operator, { kind: 'value', key: noKey }, operand.collation)
      return
    }
    case 'in-list': {
      const { operand, items, negated, rule } = expression
      if (negated || !isColumnOf(scan.source, operand)) return
      if (!items.every((item) => isCopyable(item) && !sourcesOf(item).has(scan.source))) return
      const keys: InKeys = { kind: 'list', items }
      const affinity = keyAffinity(operand, virtual, rule)
      add(operand, '=', inArgument(keys, affinity), rule.collation)
      return
    }
    case 'in-query': {
      const { operands, query, negated, rules } = expression
      const operand = operands[0]!
      if (negated || operands.length !== 1 || !isColumnOf(scan.source, operand)) return
      // A correlated set would have to be made anew in every turn of the loops outside.
      if (outerSources(query).size > 0) return
      const rule = rules[0]!
      const affinity = keyAffinity(operand, virtual, rule)
      add(operand, '=', inArgument({ kind: 'query', query }, affinity), rule.collation)
      return
    }
    case 'function': {
      const { function: called, args } = expression
      const [pattern, column] = args
      const operator = patternOperators[called.name]
      if (operator === undefined || args.length !== 2) return
      if (!isColumnOf(scan.source, column!) || !isCopyable(pattern!)) return
      if (sourcesOf(pattern!).has(scan.source)) return
      add(column, operator, { kind: 'value', key: pattern! }, column.collation)
      return
    }
    default:
  }
}

/** Of keys, each of which is looked up once: beside a column of INTEGERs a text that is a number would be another key for the same row. */
function keyAffinity(
  { column }: BoundColumn,
  { columns }: VirtualTable,
  { rightAffinity }: ComparisonRule,
): Affinity | null {
  const isInteger = columns[column]?.values === 'integer'
  return isInteger && rightAffinity !== 'text' ? 'numeric' : rightAffinity
}

function inArgument(keys: InKeys, affinity: Affinity | null): VirtualArgument {
  return { kind: 'in', keys, affinity }
}

/** A unary plus keeps a column from being looked up. */
function isColumnOf(source: SourceId, expression: BoundExpression): expression is BoundColumn {
  return (
    expression.kind === 'column' && expression.source === source && expression.isUnindexed !== true
  )
}
