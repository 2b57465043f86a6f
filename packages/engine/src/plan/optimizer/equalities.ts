/**
 * What follows from equalities: `a = b AND b = 5` makes `a = 5`, so do other comparisons with constants and IN, `a = b AND b = c` makes
 * `a = c`, and from BETWEEN: `2 BETWEEN x AND a` makes `2 <= a`. The new conditions are marked as implied: they may serve as keys and are not tested.
 *
 * Only plain columns of one affinity compared under one collation take part, and only where the comparison
 * converts neither side, for then equality is transitive.
 */
import type { BoundColumn, BoundExpression, ComparisonRule } from '../expression.ts'
import { isConstant } from '../literal.ts'
import { isCopyable, outerSources } from './sources.ts'
import { conjunct, leavesColumn } from './terms.ts'
import type { Conjunct } from './terms.ts'

/** Beyond so many columns that are all equal, pairs are left alone: they grow with the square. */
const maxClassSize = 8
const maxImplied = 64

interface EqualColumns {
  readonly columns: BoundColumn[]
  readonly rule: ComparisonRule
}

export function impliedEqualities(conjuncts: readonly Conjunct[]): readonly Conjunct[] {
  const classes: EqualColumns[] = []
  const constants: { column: BoundColumn; key: BoundExpression; rule: ComparisonRule }[] = []
  const known = new Set<string>()
  for (const { expression, volatile, costly } of conjuncts) {
    if (expression.kind !== 'compare' || expression.operator !== '=' || volatile || costly) continue
    const { left, right, rule, isArgument } = expression
    // What a table makes of an argument is its own affair.
    if (isArgument === true) continue
    if (left.kind === 'column' && right.kind === 'column') {
      known.add(pairName(left, right))
      if (isPlainEquality(left, right, rule)) addPair(classes, left, right, rule)
    } else if (left.kind === 'column' && isConstant(right)) {
      known.add(columnName(left))
      constants.push({ column: left, key: right, rule })
    } else if (right.kind === 'column' && isConstant(left)) {
      known.add(columnName(right))
      const turned = {
        ...rule,
        leftAffinity: rule.rightAffinity,
        rightAffinity: rule.leftAffinity,
      }
      constants.push({ column: right, key: left, rule: turned })
    }
  }
  if (classes.length === 0) return []
  const implied: Conjunct[] = impliedRestrictions(conjuncts, classes)
  const add = (left: BoundColumn, right: BoundExpression, rule: ComparisonRule): void => {
    if (implied.length >= maxImplied) return
    implied.push(conjunct({ kind: 'compare', operator: '=', left, right, rule }, true))
  }
  for (const { columns, rule } of classes) {
    for (const { column, key, rule: constantRule } of constants) {
      if (!columns.some((c) => sameColumn(c, column))) continue
      if (constantRule.collation !== rule.collation) continue
      if (!leavesColumn(column.affinity, constantRule.leftAffinity)) continue
      for (const other of columns) {
        if (!known.has(columnName(other))) add(other, key, constantRule)
      }
    }
    if (columns.length > maxClassSize) continue
    for (let i = 0; i < columns.length; i++) {
      for (let j = i + 1; j < columns.length; j++) {
        const left = columns[i]!
        const right = columns[j]!
        if (left.source !== right.source && !known.has(pairName(left, right))) {
          add(left, right, rule)
        }
      }
    }
  }
  return implied
}

/** Bounds and sets that hold for the other columns of a class, too. */
function impliedRestrictions(
  conjuncts: readonly Conjunct[],
  classes: readonly EqualColumns[],
): Conjunct[] {
  const implied: Conjunct[] = []
  for (const { expression, volatile } of conjuncts) {
    if (volatile) continue
    const restricted = restrictionOf(expression)
    if (restricted === null) continue
    const { column, collation, affinity, over } = restricted
    if (!leavesColumn(column.affinity, affinity)) continue
    for (const { columns, rule } of classes) {
      if (rule.collation !== collation || !columns.some((c) => sameColumn(c, column))) continue
      for (const other of columns) {
        if (sameColumn(other, column) || implied.length >= maxImplied) continue
        implied.push(conjunct(over(other), true))
      }
    }
  }
  return implied
}

/** A condition that a column alone decides about, and the same over another column; null: it is none. */
function restrictionOf(expression: BoundExpression): {
  readonly column: BoundColumn
  readonly collation: string
  readonly affinity: ComparisonRule['leftAffinity']
  readonly over: (column: BoundColumn) => BoundExpression
} | null {
  switch (expression.kind) {
    case 'compare': {
      const { operator, left, right, rule, isArgument } = expression
      const isBound = operator === '<' || operator === '<=' || operator === '>' || operator === '>='
      if (!isBound || isArgument === true) return null
      if (left.kind === 'column' && isConstant(right)) {
        const over = (column: BoundColumn): BoundExpression => ({ ...expression, left: column })
        return { column: left, collation: rule.collation, affinity: rule.leftAffinity, over }
      }
      if (right.kind === 'column' && isConstant(left)) {
        const over = (column: BoundColumn): BoundExpression => ({ ...expression, right: column })
        return { column: right, collation: rule.collation, affinity: rule.rightAffinity, over }
      }
      return null
    }
    case 'in-list': {
      const { operand, items, rule, negated } = expression
      if (negated || operand.kind !== 'column' || !items.every(isConstant)) return null
      const over = (column: BoundColumn): BoundExpression => ({ ...expression, operand: column })
      return { column: operand, collation: rule.collation, affinity: rule.leftAffinity, over }
    }
    case 'in-query': {
      const { operands, query, rules, negated } = expression
      const column = operands[0]!
      if (negated || operands.length > 1 || column.kind !== 'column') return null
      if (outerSources(query).size > 0) return null
      const { collation, leftAffinity } = rules[0]!
      const over = (other: BoundColumn): BoundExpression => ({ ...expression, operands: [other] })
      return { column, collation, affinity: leftAffinity, over }
    }
    default:
      return null
  }
}

/** The comparisons that a BETWEEN is, where it has been left as one. */
export function impliedBounds(conjuncts: readonly Conjunct[]): readonly Conjunct[] {
  const implied: Conjunct[] = []
  for (const { expression } of conjuncts) {
    if (expression.kind !== 'between' || expression.negated) continue
    const { operand: left, low, high, lowRule, highRule } = expression
    if (!isCopyable(expression)) continue
    implied.push(
      conjunct({ kind: 'compare', operator: '>=', left, right: low, rule: lowRule }, true),
      conjunct({ kind: 'compare', operator: '<=', left, right: high, rule: highRule }, true),
    )
  }
  return implied
}

function isPlainEquality(left: BoundColumn, right: BoundColumn, rule: ComparisonRule): boolean {
  return (
    left.affinity === right.affinity &&
    left.collation === rule.collation &&
    right.collation === rule.collation
  )
}

function sameColumn(a: BoundColumn, b: BoundColumn): boolean {
  return a.source === b.source && a.column === b.column
}

function columnName(column: BoundColumn): string {
  return `${column.source}.${column.column}`
}

function pairName(a: BoundColumn, b: BoundColumn): string {
  const first = columnName(a)
  const second = columnName(b)
  return first < second ? `${first}=${second}` : `${second}=${first}`
}

function addPair(
  classes: EqualColumns[],
  left: BoundColumn,
  right: BoundColumn,
  rule: ComparisonRule,
): void {
  const at = (column: BoundColumn): number =>
    classes.findIndex((c) => c.columns.some((other) => sameColumn(other, column)))
  const first = at(left)
  const second = at(right)
  if (first === -1 && second === -1) {
    classes.push({ columns: [left, right], rule })
  } else if (first === -1) {
    classes[second]!.columns.push(left)
  } else if (second === -1) {
    classes[first]!.columns.push(right)
  } else if (first !== second && classes[first]!.rule.collation === rule.collation) {
    classes[first]!.columns.push(...classes[second]!.columns)
    classes.splice(second, 1)
  }
}
