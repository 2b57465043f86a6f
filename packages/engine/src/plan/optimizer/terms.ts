/**
 * Conditions as the planner sees them. A `Conjunct` is one operand of an AND, with the sources that it
 * names. A `Term` is a conjunct read as "this column of that scan, compared with this key", when the
 * comparison means to a b-tree what it means to the expression:
 *
 * - the comparison must not convert the column's stored values. A TEXT column that is compared with a
 *   number column is compared as numbers, which is not the order of its index;
 *   (Datatypes In SQLite §4.2 Type Conversions Prior To Comparison)
 * - an index orders by its collation, so the comparison must use the same one (§7.1).
 *
 * The key's own conversion is left to whoever seeks: it gives the key the comparison affinity of the column.
 */
import { isNumericAffinity, type Affinity } from '../../record/index.ts'
import type {
  BoundColumn,
  BoundExpression,
  ComparisonRule,
  SourceId,
  Subquery,
} from '../expression.ts'
import { lookAt } from '../literal.ts'
import type { InKeys } from '../node.ts'
import { outerSources, sourcesOf, traitsOf } from './sources.ts'

export interface Conjunct {
  readonly expression: BoundExpression
  readonly sources: ReadonlySet<SourceId>
  /** Names a subquery: tested after the cheap ones. */
  readonly costly: boolean
  /** Calls random() or its like: belongs on top of everything, once for each row. */
  readonly volatile: boolean
  /** Follows from other conjuncts: may serve as a key, need not be tested. */
  readonly implied: boolean
}

export function conjunct(expression: BoundExpression, implied: boolean = false): Conjunct {
  const traits = traitsOf(expression)
  return {
    expression,
    sources: sourcesOf(expression),
    costly: traits.subquery,
    volatile: traits.volatile && !(expression.kind === 'compare' && expression.isArgument === true),
    implied,
  }
}

export type TermOperator = '=' | 'IS' | '<' | '<=' | '>' | '>=' | 'IN'

export interface Term {
  readonly conjunct: Conjunct
  readonly source: SourceId
  readonly column: number
  readonly operator: TermOperator
  /** For all but IN. */
  readonly key: BoundExpression
  /** For IN. */
  readonly keys: InKeys | null
  readonly keySources: ReadonlySet<SourceId>
  readonly collation: string
  readonly affinity: Affinity
  /** The range that the term describes holds more rows than the term: test the conjunct as well. */
  readonly inexact: boolean
  /** Right only where the column holds no BLOBs. */
  readonly textOnly: boolean
}

const noKey: BoundExpression = { kind: 'literal', value: null }
const noSources: ReadonlySet<SourceId> = new Set()

/** The comparison leaves the values of a column of this affinity as they are. */
export function leavesColumn(column: Affinity, conversion: Affinity | null): boolean {
  if (conversion === null || conversion === 'blob') return true
  if (column === 'text') return conversion === 'text'
  if (column === 'blob') return false
  return conversion !== 'text'
}

/**
 * Giving the key the affinity of the column makes of it what the comparison does: the comparison converts it in the
 * same way, or the key is such that neither changes it.
 */
function keyFits(column: Affinity, conversion: Affinity | null, key: BoundExpression): boolean {
  if (column === 'blob') return conversion === null || conversion === 'blob'
  if (column === 'text' ? conversion === 'text' : isNumericAffinity(conversion)) return true
  if (conversion !== null && conversion !== 'blob') return false
  switch (key.kind) {
    case 'column':
    case 'cast':
      return column === 'text' ? key.affinity === 'text' : isNumericAffinity(key.affinity)
    case 'literal': {
      const { value } = key
      if (value === null || value instanceof Uint8Array) return true
      return (column === 'text') === (typeof value === 'string')
    }
    case 'parameter':
      return key.mark !== undefined && (column === 'text') === (key.mark.type === 'text')
    default:
      return false
  }
}

/** The expression that a subquery delivers as its first column; null: not to be seen. */
function firstColumn(query: Subquery): BoundExpression | null {
  let { plan } = query
  while (plan.kind === 'limit' || plan.kind === 'sort' || plan.kind === 'distinct') {
    plan = plan.input
  }
  return plan.kind === 'project' && plan.source === query.source ? plan.columns[0]! : null
}

const mirrored = { '=': '=', IS: 'IS', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** Every way to read a conjunct as a term about a column. */
export function termsOf(from: Conjunct): readonly Term[] {
  const { expression } = from
  switch (expression.kind) {
    case 'compare': {
      const { operator, left, right, rule } = expression
      if (operator === '<>' || operator === 'IS NOT') return []
      const terms: Term[] = []
      if (
        isIndexable(left) &&
        leavesColumn(left.affinity, rule.leftAffinity) &&
        keyFits(left.affinity, rule.rightAffinity, right)
      ) {
        addTerm(terms, from, left, operator, right, rule)
      }
      if (
        isIndexable(right) &&
        leavesColumn(right.affinity, rule.rightAffinity) &&
        keyFits(right.affinity, rule.leftAffinity, left)
      ) {
        addTerm(terms, from, right, mirrored[operator], left, rule)
      }
      return terms
    }
    case 'is-null': {
      const column = expression.operand
      if (expression.negated || !isIndexable(column)) return []
      return [term(from, column, 'IS', noKey, noSources, column.collation)]
    }
    case 'in-list': {
      const column = expression.operand
      if (expression.negated || !isIndexable(column)) return []
      if (!leavesColumn(column.affinity, expression.rule.leftAffinity)) return []
      const keySources = new Set<SourceId>()
      for (const item of expression.items) {
        if (!keyFits(column.affinity, expression.rule.rightAffinity, item)) return []
        for (const source of sourcesOf(item)) keySources.add(source)
      }
      if (keySources.has(column.source)) return []
      const { items, rule } = expression
      if (items.length === 1)
        return [term(from, column, '=', items[0]!, keySources, rule.collation)]
      return [inTerm(from, column, { kind: 'list', items }, keySources, rule.collation)]
    }
    case 'in-query': {
      const column = expression.operands[0]!
      if (expression.negated || expression.operands.length !== 1) return []
      if (!isIndexable(column)) return []
      const rule = expression.rules[0]!
      if (!leavesColumn(column.affinity, rule.leftAffinity)) return []
      const delivered = firstColumn(expression.query)
      if (delivered === null || !keyFits(column.affinity, rule.rightAffinity, delivered)) return []
      const keySources = outerSources(expression.query)
      if (keySources.has(column.source)) return []
      const keys: InKeys = { kind: 'query', query: expression.query }
      return [inTerm(from, column, keys, keySources, rule.collation)]
    }
    case 'function':
      return prefixTerms(from)
    default:
      return []
  }
}

/** A unary plus keeps a column from being looked up. (The SQLite Query Optimizer Overview §2.2) */
function isIndexable(expression: BoundExpression): expression is BoundColumn {
  return expression.kind === 'column' && expression.isUnindexed !== true
}

function term(
  from: Conjunct,
  column: BoundColumn,
  operator: TermOperator,
  key: BoundExpression,
  keySources: ReadonlySet<SourceId>,
  collation: string,
): Term {
  return {
    conjunct: from,
    source: column.source,
    column: column.column,
    operator,
    key,
    keys: null,
    keySources,
    collation,
    affinity: column.affinity,
    inexact: false,
    textOnly: false,
  }
}

function inTerm(
  from: Conjunct,
  column: BoundColumn,
  keys: InKeys,
  keySources: ReadonlySet<SourceId>,
  collation: string,
): Term {
  return { ...term(from, column, 'IN', noKey, keySources, collation), keys }
}

function addTerm(
  terms: Term[],
  from: Conjunct,
  column: BoundColumn,
  operator: Exclude<TermOperator, 'IN'>,
  key: BoundExpression,
  rule: ComparisonRule,
): void {
  const keySources = sourcesOf(key)
  if (keySources.has(column.source)) return
  terms.push(term(from, column, operator, key, keySources, rule.collation))
}

/**
 * `x GLOB 'abc*'` as `x >= 'abc' AND x < 'abd'`, and LIKE in the same way under NOCASE, on a TEXT column: numbers
 * in a column of another affinity would be matched as text but sort before every text. BLOBs are matched as
 * text too, and sort after it: the upper bound holds only where a STRICT table keeps them out.
 * (The SQLite Query Optimizer Overview §5 The LIKE Optimization)
 */
function prefixTerms(from: Conjunct): readonly Term[] {
  const { expression } = from
  if (expression.kind !== 'function' || expression.args.length !== 2) return []
  const { matches } = expression.function
  if (matches === null) return []
  const [pattern, column] = expression.args
  if (pattern === undefined || column === undefined) return []
  if (!isIndexable(column) || column.affinity !== 'text') return []
  const written = lookAt(pattern)
  if (typeof written !== 'string') return []
  const wild = matches === 'glob' ? /^[^*?[]*/ : /^[^%_]*/
  const prefix = wild.exec(written)![0]
  // LIKE folds ASCII only, and so does NOCASE; beyond ASCII the next code unit need not be the next text.
  if (!/^[ -}]+$/.test(prefix)) return []
  const foldsCase = matches === 'like'
  const last = foldedCode(prefix, foldsCase)
  const collation = foldsCase ? 'NOCASE' : 'BINARY'
  const low: BoundExpression = { kind: 'literal', value: prefix }
  const high: BoundExpression = {
    kind: 'literal',
    value: prefix.slice(0, -1) + String.fromCharCode(last + 1),
  }
  return [
    { ...term(from, column, '>=', low, noSources, collation), inexact: true },
    { ...term(from, column, '<', high, noSources, collation), inexact: true, textOnly: true },
  ]
}

/** The last character as its collation sees it: NOCASE folds to lower case, and so Z is followed by `{`. */
function foldedCode(prefix: string, foldsCase: boolean): number {
  const last = prefix.slice(-1)
  return (foldsCase ? last.toLowerCase() : last).charCodeAt(0)
}
