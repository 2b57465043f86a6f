/**
 * ON CONFLICT of an INSERT: which constraint each clause is about, and the UPDATE that it makes. (UPSERT §2;
 * `sqlite3UpsertAnalyzeTarget`)
 */
import { sqlError } from '../../base/error.ts'
import { foldName, newestFirst, type Index, type Table } from '../../schema/index.ts'
import { parseStatement, type Expression, type Insert, type Upsert } from '../../sql/index.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import { visitExpression } from '../walk/visit.ts'
import { sameExpression } from '../same-expression.ts'
import type { BoundInsert, BoundUpsert, IndexTarget, WriteTarget } from '../statement.ts'
import {
  placesByName,
  Scope,
  shapeOf,
  tableSource,
  type ScopeSource,
  type SourceColumn,
} from '../scope.ts'
import { assigned, bindAssignments, changeOf } from './assignments.ts'
import { ordinal, type Binder } from './binder.ts'
import { bindCondition } from './expression.ts'
import { tableTriggers } from './firing.ts'
import { noteMismatches, updateKeys, type KeyMistakes } from './key-checks.ts'

/** @param hasRowid the INSERT gives rowids */
export function bindUpserts(
  b: Binder,
  { table: written, upserts }: Insert,
  target: WriteTarget,
  hasRowid: boolean,
  mistakes: KeyMistakes,
): Pick<BoundInsert, 'upserts' | 'excluded'> {
  if (upserts.length === 0) return { upserts: [], excluded: null }
  const { table, oldRow } = target
  const row = tableSource(oldRow, table, written.alias ?? table.name)
  const terms = upserts.flatMap((clause) => clause.target?.columns ?? [])
  for (const { nulls } of terms) {
    if (nulls !== null) throw sqlError(`unsupported use of NULLS ${nulls}`)
  }
  const places = upserts.map((clause, i) => {
    if (clause.target === null) return null
    const which = upserts.length === 1 ? '' : `${ordinal(i + 1)} `
    return placeOf(b, clause.target, target, row, which)
  })
  const excluded = b.newSource()
  const scope = new Scope(new Scope(b.outer))
  scope.parent!.sources.push(excludedSource(b, excluded, table))
  scope.sources.push(row)
  const constraints = constraintsOf(target, hasRowid)
  // A clause that never answers anything is looked at no further: what it names need not exist.
  const bound = upserts.flatMap((clause, i): BoundUpsert[] => {
    const index = places[i]!
    const earlier = places.slice(0, i)
    const open = constraints.filter((constraint) => !earlier.includes(constraint))
    const answers = index === null ? open.length > 0 : open.includes(index)
    if (!answers) return []
    return [{ index, update: bindUpdate(b, clause, target, scope, mistakes) }]
  })
  return { upserts: bound, excluded }
}

/** What a row may meet. A rowid that is chosen for it is free. */
function constraintsOf(target: WriteTarget, hasRowid: boolean): readonly BoundUpsert['index'][] {
  const unique = candidates(target).map(({ index }) => index)
  return target.primary === null && hasRowid ? ['rowid', ...unique] : unique
}

function bindUpdate(
  b: Binder,
  { update }: Upsert,
  target: WriteTarget,
  scope: Scope,
  mistakes: KeyMistakes,
): BoundUpsert['update'] {
  if (update === null) return null
  const { assignments, where } = update
  const { table } = target
  const set = bindAssignments(b, assigned(table), assignments, scope)
  noteMismatches(b, target, set, mistakes)
  return {
    ...set,
    where: where === null ? null : bindCondition(b, where, scope, false),
    triggers: tableTriggers(b, table, changeOf(assignments), 'ABORT'),
    keys: updateKeys(b, target, set, mistakes),
  }
}

/**
 * The row that could not be inserted. Its columns have neither affinity nor collation, and are only named as `excluded.…`: the
 * table's own hide them where no table is named.
 */
function excludedSource(b: Binder, id: SourceId, table: Table): ScopeSource {
  const columns = shapeOf(table).columns.map((column): SourceColumn => bare(column.name))
  const places = placesByName(columns)
  if (!table.withoutRowid) {
    const rowid = columns.push(bare('rowid')) - 1
    for (const name of ['rowid', '_rowid_', 'oid']) {
      if (!places.has(name)) places.set(name, rowid)
    }
  }
  b.noteAffinities(id, columns)
  return {
    id,
    name: 'excluded',
    table: null,
    database: null,
    columns,
    places,
    using: null,
    isOptional: false,
  }
}

function bare(name: string): SourceColumn {
  return { name, affinity: null, collation: 'BINARY', origin: null }
}

/** The constraint that a conflict target names: all its columns, in any order, and no others. */
function placeOf(
  b: Binder,
  { columns, where }: NonNullable<Upsert['target']>,
  target: WriteTarget,
  row: ScopeSource,
  which: string,
): NonNullable<BoundUpsert['index']> {
  const scope = new Scope(b.outer)
  scope.sources.push(row)
  const terms = columns.map(({ expression }) => termOf(b, expression, scope))
  const condition = where === null ? null : b.expression(b, where, scope)
  const [first] = terms
  if (target.primary === null && terms.length === 1 && isRowid(first!)) return 'rowid'
  const found = candidates(target).find((index) => matches(b, index, terms, condition))
  if (found !== undefined) return found.index
  throw sqlError(`${which}ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint`)
}

/** A term of a conflict target. */
interface Term {
  readonly bound: BoundExpression
  readonly collations: readonly string[]
}

function termOf(b: Binder, expression: Expression, scope: Scope): Term {
  const { operand, collations } = withoutCollations(expression)
  return { bound: b.expression(b, operand, scope), collations }
}

/** What stands under COLLATE, and the names of the collations, the last one first. */
function withoutCollations(expression: Expression): {
  readonly operand: Expression
  readonly collations: readonly string[]
} {
  let operand = expression
  const collations: string[] = []
  for (; operand.kind === 'collate'; operand = operand.operand) {
    collations.push(foldName(operand.collation))
  }
  return { operand, collations }
}

function isRowid({ bound, collations }: Term): boolean {
  return collations.length === 0 && bound.kind === 'column' && bound.column === -1
}

/** In SQLite's order. */
function candidates({ table, indexes, primary }: WriteTarget): readonly IndexTarget[] {
  return newestFirst(table.indexes)
    .filter(({ unique }) => unique)
    .map((index) => (index === primary?.index ? primary : indexes.find((t) => t.index === index)!))
}

function matches(
  b: Binder,
  { index, oldKey, oldWhere }: IndexTarget,
  terms: readonly Term[],
  condition: BoundExpression | null,
): boolean {
  if (terms.length !== index.columns.length) return false
  if (oldWhere !== null && (condition === null || !isSame(b, condition, oldWhere))) return false
  return index.columns.every(({ column }, i) =>
    terms.some(
      ({ bound, collations }) =>
        // A column that is the rowid is another one to SQLite in an index than in an expression.
        column !== -1 &&
        isSame(b, bound, oldKey[i]!) &&
        (collations.length === 0 || collations.join() === collationsOf(index, i).join()),
    ),
  )
}

/** The collations of a column of an index: one, unless an expression was given several. */
function collationsOf({ sql, columns }: Index, place: number): readonly string[] {
  const { column, collation } = columns[place]!
  const own = [foldName(collation)]
  if (column >= 0 || sql === null) return own
  const { statement } = parseStatement(sql)
  if (statement?.kind !== 'create-index') return own
  const { collations } = withoutCollations(statement.columns[place]!.expression)
  return collations.length > 0 ? collations : own
}

/** As they are written: a unary plus counts too. */
function isSame(b: Binder, left: BoundExpression, right: BoundExpression): boolean {
  return sameExpression(left, right) && plusesOf(b, left) === plusesOf(b, right)
}

/** Which parts of an expression stand under a unary plus. */
function plusesOf(b: Binder, expression: BoundExpression): string {
  let pluses = ''
  visitExpression(expression, (part) => {
    pluses += b.isUnderPlus(part) ? '+' : '.'
  })
  return pluses
}
