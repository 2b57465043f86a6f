/**
 * What follows from equalities: `a = b AND b = 5` makes `a = 5`, `a = b AND b = c` makes `a = c`, and from BETWEEN: `2 BETWEEN x AND a`
 * makes `2 <= a`. The new conditions are marked as implied: they may serve as keys and are not tested.
 *
 * Only plain columns of one affinity compared under one collation take part, and only where the comparison
 * converts neither side, for then equality is transitive.
 */
import type { BoundColumn, BoundExpression, ComparisonRule } from '../expression.ts'
import { isConstant } from '../literal.ts'
import { isCopyable } from './sources.ts'
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
  const implied: Conjunct[] = []
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
