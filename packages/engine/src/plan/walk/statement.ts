/** What a statement is made of: plans, expressions that stand in none, and what a row must pass to be written. */
import type {
  BoundDelete,
  BoundStatement,
  BoundUpsert,
  IndexTarget,
  Returning,
  TriggerProgram,
  WriteTarget,
} from '../statement.ts'
import { mapKeys, visitKeys } from './keys.ts'
import { mapArray, mapNullable, type ExpressionMap, type NodeMap } from './map.ts'
import { visitEach, type ExpressionVisit, type NodeVisit } from './visit.ts'

/**
 * The statement with all its plans and expressions mapped. The plans of one statement share nothing but sources, so each
 * of them is handed to `plan` whole. `returned` maps what is returned of rows that have been changed. The programs of triggers are left
 * alone: their steps are statements of their own.
 */
export function mapStatement(
  statement: BoundStatement,
  plan: NodeMap,
  expression: ExpressionMap,
  returned: ExpressionMap = expression,
): BoundStatement {
  switch (statement.kind) {
    case 'query': {
      const mapped = plan(statement.plan)
      return mapped === statement.plan ? statement : { ...statement, plan: mapped }
    }
    case 'insert': {
      const target = mapTarget(statement.target, plan, expression)
      const keys = mapKeys(statement.keys, plan)
      const input = plan(statement.input)
      const values = mapArray(statement.values, expression)
      const rowid = mapNullable(statement.rowid, expression)
      const upserts = mapArray(statement.upserts, (upsert) => mapUpsert(upsert, plan, expression))
      const returning = mapReturning(statement.returning, returned)
      if (
        target === statement.target &&
        input === statement.input &&
        values === statement.values &&
        rowid === statement.rowid &&
        upserts === statement.upserts &&
        returning === statement.returning &&
        keys === statement.keys
      ) {
        return statement
      }
      return { ...statement, target, input, values, rowid, upserts, returning, keys }
    }
    case 'update': {
      const target = mapTarget(statement.target, plan, expression)
      const keys = mapKeys(statement.keys, plan)
      const input = plan(statement.input)
      const values = mapArray(statement.values, (value) => mapNullable(value, expression))
      const rowid = mapNullable(statement.rowid, expression)
      const returning = mapReturning(statement.returning, returned)
      if (
        target === statement.target &&
        input === statement.input &&
        values === statement.values &&
        rowid === statement.rowid &&
        returning === statement.returning &&
        keys === statement.keys
      ) {
        return statement
      }
      return { ...statement, target, input, values, rowid, returning, keys }
    }
    case 'delete':
      return mapDelete(statement, plan, expression, returned)
    case 'create-table': {
      if (statement.query === null) return statement
      const mapped = plan(statement.query.plan)
      if (mapped === statement.query.plan) return statement
      return { ...statement, query: { ...statement.query, plan: mapped } }
    }
    case 'create-index': {
      const target = mapIndexTarget(statement.target, expression)
      const input = plan(statement.input)
      if (target === statement.target && input === statement.input) return statement
      return { ...statement, target, input }
    }
    case 'reindex': {
      const indexes = mapArray(statement.indexes, (fill) => {
        const target = mapIndexTarget(fill.target, expression)
        const input = plan(fill.input)
        return target === fill.target && input === fill.input ? fill : { ...fill, target, input }
      })
      return indexes === statement.indexes ? statement : { ...statement, indexes }
    }
    case 'view-change': {
      const input = plan(statement.input)
      const old = mapNullable(statement.old, (list) => mapArray(list, expression))
      const now = mapNullable(statement.new, (list) => mapArray(list, expression))
      const returning = mapReturning(statement.returning, returned)
      if (
        input === statement.input &&
        old === statement.old &&
        now === statement.new &&
        returning === statement.returning
      ) {
        return statement
      }
      return { ...statement, input, old, new: now, returning }
    }
    case 'create-view':
    case 'create-trigger':
    case 'create-virtual-table':
      return statement
    case 'drop': {
      const emptied = mapNullable(statement.emptied, (one) =>
        mapDelete(one, plan, expression, returned),
      )
      return emptied === statement.emptied ? statement : { ...statement, emptied }
    }
    default:
      return statement satisfies never
  }
}

function mapDelete(
  statement: BoundDelete,
  plan: NodeMap,
  expression: ExpressionMap,
  returned: ExpressionMap,
): BoundDelete {
  const target = mapTarget(statement.target, plan, expression)
  const keys = mapKeys(statement.keys, plan)
  const input = mapNullable(statement.input, plan)
  const returning = mapReturning(statement.returning, returned)
  if (
    target === statement.target &&
    input === statement.input &&
    returning === statement.returning &&
    keys === statement.keys
  ) {
    return statement
  }
  return { ...statement, target, input, returning, keys }
}

function mapUpsert(upsert: BoundUpsert, plan: NodeMap, expression: ExpressionMap): BoundUpsert {
  const { update } = upsert
  if (update === null) return upsert
  const values = mapArray(update.values, (value) => mapNullable(value, expression))
  const rowid = mapNullable(update.rowid, expression)
  const where = mapNullable(update.where, expression)
  const keys = mapKeys(update.keys, plan)
  const isSame = values === update.values && rowid === update.rowid && where === update.where
  if (isSame && keys === update.keys) return upsert
  return { ...upsert, update: { ...update, values, rowid, where, keys } }
}

function mapReturning(returning: Returning | null, map: ExpressionMap): Returning | null {
  if (returning === null) return null
  const expressions = mapArray(returning.expressions, map)
  return expressions === returning.expressions ? returning : { ...returning, expressions }
}

function mapTarget(target: WriteTarget, plan: NodeMap, map: ExpressionMap): WriteTarget {
  const checks = mapArray(target.checks, (check) => {
    const condition = map(check.condition)
    return condition === check.condition ? check : { ...check, condition }
  })
  const defaults = mapArray(target.defaults, (value) => mapNullable(value, map))
  const generated = mapArray(target.generated, (column) => {
    const value = map(column.value)
    return value === column.value ? column : { ...column, value }
  })
  const primary = mapNullable(target.primary, (index) => mapIndexTarget(index, map))
  const indexes = mapArray(target.indexes, (index) => mapIndexTarget(index, map))
  const victimKeys = mapKeys(target.victimKeys, plan)
  if (
    checks === target.checks &&
    defaults === target.defaults &&
    generated === target.generated &&
    primary === target.primary &&
    indexes === target.indexes &&
    victimKeys === target.victimKeys
  ) {
    return target
  }
  return { ...target, checks, defaults, generated, primary, indexes, victimKeys }
}

function mapIndexTarget(target: IndexTarget, map: ExpressionMap): IndexTarget {
  const newKey = mapArray(target.newKey, map)
  const oldKey = mapArray(target.oldKey, map)
  const newWhere = mapNullable(target.newWhere, map)
  const oldWhere = mapNullable(target.oldWhere, map)
  if (
    newKey === target.newKey &&
    oldKey === target.oldKey &&
    newWhere === target.newWhere &&
    oldWhere === target.oldWhere
  ) {
    return target
  }
  return { ...target, newKey, oldKey, newWhere, oldWhere }
}

/** Calls `plan` for each of the statement's plans, and `expression` for each expression that stands in none. */
export function visitStatement(
  statement: BoundStatement,
  plan: NodeVisit,
  expression: ExpressionVisit,
): void {
  switch (statement.kind) {
    case 'query':
      plan(statement.plan)
      return
    case 'insert':
      visitTarget(statement.target, plan, expression)
      visitKeys(statement.keys, plan)
      plan(statement.input)
      visitEach(statement.values, expression)
      if (statement.rowid !== null) expression(statement.rowid)
      for (const upsert of statement.upserts) visitUpsert(upsert, plan, expression)
      visitReturning(statement.returning, expression)
      visitPrograms(statement.programs, plan, expression)
      return
    case 'update':
      visitTarget(statement.target, plan, expression)
      visitKeys(statement.keys, plan)
      plan(statement.input)
      visitPresent(statement.values, expression)
      if (statement.rowid !== null) expression(statement.rowid)
      visitReturning(statement.returning, expression)
      visitPrograms(statement.programs, plan, expression)
      return
    case 'delete':
      visitTarget(statement.target, plan, expression)
      visitKeys(statement.keys, plan)
      if (statement.input !== null) plan(statement.input)
      visitReturning(statement.returning, expression)
      visitPrograms(statement.programs, plan, expression)
      return
    case 'create-table':
      if (statement.query !== null) plan(statement.query.plan)
      return
    case 'create-index':
      visitIndexTarget(statement.target, expression)
      plan(statement.input)
      return
    case 'reindex':
      for (const { target, input } of statement.indexes) {
        visitIndexTarget(target, expression)
        plan(input)
      }
      return
    case 'view-change':
      plan(statement.input)
      if (statement.old !== null) visitEach(statement.old, expression)
      if (statement.new !== null) visitEach(statement.new, expression)
      visitReturning(statement.returning, expression)
      visitPrograms(statement.programs, plan, expression)
      return
    case 'create-view':
    case 'create-trigger':
    case 'create-virtual-table':
      return
    case 'drop':
      if (statement.emptied !== null) visitStatement(statement.emptied, plan, expression)
      visitPrograms(statement.programs, plan, expression)
      return
    default:
      statement satisfies never
  }
}

function visitPrograms(
  programs: readonly TriggerProgram[],
  plan: NodeVisit,
  expression: ExpressionVisit,
): void {
  for (const { when, steps } of programs) {
    if (when !== null) expression(when)
    for (const step of steps) visitStatement(step, plan, expression)
  }
}

function visitUpsert({ update }: BoundUpsert, plan: NodeVisit, visit: ExpressionVisit): void {
  if (update === null) return
  visitKeys(update.keys, plan)
  visitPresent(update.values, visit)
  if (update.rowid !== null) visit(update.rowid)
  if (update.where !== null) visit(update.where)
}

function visitReturning(returning: Returning | null, visit: ExpressionVisit): void {
  if (returning !== null) visitEach(returning.expressions, visit)
}

function visitPresent<T>(items: readonly (T | null)[], visit: (item: T) => void): void {
  for (const item of items) if (item !== null) visit(item)
}

function visitTarget(target: WriteTarget, plan: NodeVisit, visit: ExpressionVisit): void {
  const { checks, defaults, generated, primary, indexes, victimKeys } = target
  visitKeys(victimKeys, plan)
  for (const { condition } of checks) visit(condition)
  visitPresent(defaults, visit)
  for (const { value } of generated) visit(value)
  if (primary !== null) visitIndexTarget(primary, visit)
  for (const index of indexes) visitIndexTarget(index, visit)
}

function visitIndexTarget(target: IndexTarget, visit: ExpressionVisit): void {
  visitEach(target.newKey, visit)
  visitEach(target.oldKey, visit)
  if (target.newWhere !== null) visit(target.newWhere)
  if (target.oldWhere !== null) visit(target.oldWhere)
}
