/**
 * Which conversions and which collation a comparison uses. (Datatypes In SQLite §3.2 Affinity Of Expressions,
 * §4.2 Type Conversions Prior To Comparison, §7.1 Assigning Collating Sequences from SQL)
 *
 * Affinity: a column has its own, CAST the type's, a subquery its result column's; everything else has none. When one
 * side is numeric and the other is not, the other is converted to a number; when one side is TEXT and the other
 * has none, the other is converted to text.
 *
 * Collation: an explicit COLLATE on the left, then one on the right, then the left column's, then the right's.
 */
import { isNumericAffinity, type Affinity } from '../../record/index.ts'
import type { Expression } from '../../sql/index.ts'
import type { BoundExpression, ComparisonRule } from '../expression.ts'
import type { Binder, Side } from './binder.ts'

export function affinityOf(b: Binder, bound: BoundExpression): Affinity | null {
  switch (bound.kind) {
    case 'column':
      return b.columnAffinity(bound)
    case 'cast':
      return b.isWithoutAffinity(bound) ? null : bound.affinity
    case 'scalar-query':
      if (b.isWithoutAffinity(bound)) return null
      return b.subqueryColumn(bound.query, bound.column)?.asValue.affinity ?? null
    case 'function':
      return b.isJoinedColumn(bound) ? affinityOf(b, bound.args[0]!) : null
    default:
      return null
  }
}

/** The COLLATE that an expression contains and passes upward. (`sqlite3ExprCollSeq`, EP_Collate) */
export function explicitCollation(b: Binder, e: Expression): string | null {
  switch (e.kind) {
    case 'collate':
      return nameOf(b, e.collation)
    case 'column': {
      const meant = b.meaningOf(e)
      return meant === null ? null : explicitCollation(b, meant)
    }
    case 'unary':
    case 'is-null':
    case 'cast':
      return explicitCollation(b, e.operand)
    case 'binary':
      return explicitCollation(b, e.left) ?? explicitCollation(b, e.right)
    case 'between':
      return firstCollation(b, [e.operand, e.low, e.high])
    case 'like':
      return firstCollation(b, [e.pattern, e.operand, ...(e.escape === null ? [] : [e.escape])])
    case 'in':
      return firstCollation(b, [e.operand, ...(e.source.kind === 'list' ? e.source.items : [])])
    case 'case':
      return firstCollation(b, [
        ...(e.operand === null ? [] : [e.operand]),
        ...e.branches.flatMap((branch) => [branch.when, branch.then]),
        ...(e.otherwise === null ? [] : [e.otherwise]),
      ])
    case 'function':
      return firstCollation(b, e.args)
    case 'row':
      return firstCollation(b, e.items)
    default:
      return null
  }
}

function firstCollation(b: Binder, expressions: readonly Expression[]): string | null {
  for (const expression of expressions) {
    const collation = explicitCollation(b, expression)
    if (collation !== null) return collation
  }
  return null
}

/** The collation of the column that an expression is, through CAST and unary plus. */
function columnCollation(b: Binder, bound: BoundExpression): string | null {
  let inner = bound
  while (inner.kind === 'cast' || b.isJoinedColumn(inner)) {
    inner = inner.kind === 'cast' ? inner.operand : inner.args[0]!
  }
  if (inner.kind !== 'column' || inner.column < 0 || b.groupings.has(inner.source)) return null
  return inner.collation
}

/** As everything that is bound carries it. Whether it is known is asked where something is compared by it. */
function nameOf(b: Binder, collation: string): string {
  return b.catalog.environment.collation(collation)?.name ?? collation
}

export function sideOf(b: Binder, ast: Expression | null, bound: BoundExpression): Side {
  const explicit = b.hasCollate && ast !== null ? explicitCollation(b, ast) : null
  return {
    affinity: affinityOf(b, bound),
    collation: explicit ?? columnCollation(b, bound),
    isExplicit: explicit !== null,
    isMixed: isMixed(b, bound),
  }
}

function isMixed(b: Binder, bound: BoundExpression): boolean {
  if (bound.kind !== 'scalar-query') return false
  return b.subqueryColumn(bound.query, bound.column)?.asValue.isMixed ?? false
}

/** The collation by which values of an expression are sorted or grouped; null: nothing says. */
export function collationOf(
  b: Binder,
  ast: Expression | null,
  bound: BoundExpression,
): string | null {
  const explicit = b.hasCollate && ast !== null ? explicitCollation(b, ast) : null
  return explicit ?? columnCollation(b, bound)
}

/** The collation of a comparison of two sides. */
export function sharedCollation(left: Side, right: Side): string {
  if (left.isExplicit) return left.collation!
  if (right.isExplicit) return right.collation!
  return left.collation ?? right.collation ?? 'BINARY'
}

const rules = new Map<string, ComparisonRule>()

/** Rules are few and compared often: one object for each. Whether the collation is known is asked by the binder (`known`). */
export function ruleOf(
  leftAffinity: Affinity | null,
  rightAffinity: Affinity | null,
  collation: string,
): ComparisonRule {
  const key = `${leftAffinity} ${rightAffinity} ${collation}`
  let rule = rules.get(key)
  if (rule === undefined) {
    rule = { leftAffinity, rightAffinity, collation }
    rules.set(key, rule)
  }
  return rule
}

/** (`sqlite3CompareAffinity`, `sqlite3BinaryCompareCollSeq`) */
export function comparisonRule(left: Side, right: Side): ComparisonRule {
  const a = left.affinity
  const z = right.affinity
  const collation = sharedCollation(left, right)
  const rule = (affinity: 'numeric' | 'text', ofLeft: boolean, ofRight: boolean): ComparisonRule =>
    ruleOf(
      ofLeft && left.isMixed !== true ? null : affinity,
      ofRight && right.isMixed !== true ? null : affinity,
      collation,
    )
  // Who has the affinity needs no conversion.
  if (isNumericAffinity(a) || isNumericAffinity(z))
    return rule('numeric', isNumericAffinity(a), isNumericAffinity(z))
  if (a === 'text' && z === null) return rule('text', true, false)
  if (z === 'text' && a === null) return rule('text', false, true)
  return ruleOf(null, null, collation)
}

/** IN with a list: the items get the affinity of the left side, which itself stays. (`sqlite3CodeRhsOfIN`) */
export function listRule(left: Side): ComparisonRule {
  const { affinity } = left
  const conversion = isNumericAffinity(affinity) ? 'numeric' : affinity === 'text' ? 'text' : null
  return ruleOf(null, conversion, left.collation ?? 'BINARY')
}

/** The collation of the first argument that has one. */
export function collationOfArguments(
  b: Binder,
  args: readonly Expression[],
  bound: readonly BoundExpression[],
): string {
  for (let i = 0; i < args.length; i++) {
    const collation = collationOf(b, args[i]!, bound[i]!)
    if (collation !== null) return b.collation(collation)
  }
  return 'BINARY'
}
