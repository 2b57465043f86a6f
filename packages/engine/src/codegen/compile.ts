/**
 * A bound statement to JavaScript: the source of one function of its program. A query is emitted anew for each way of handing its
 * rows over that is asked for (`Shape`), so that each function sees only one shape of row.
 */
import type { BoundQuery, BoundStatement } from '../plan/index.ts'
import type { TextEncoding } from '../record/index.ts'
import type { Catalog } from '../runtime/index.ts'
import { conditionOf, valueOf } from './expression/expression.ts'
import type { ProgramKind } from './emit/emitter.ts'
import { emitDelete } from './change/delete.ts'
import { emitInsert } from './change/insert.ts'
import { emitUpdate } from './change/update.ts'
import { Delivery } from './query/delivery.ts'
import type { Form, Shape } from './query/delivery.ts'
import { produceRows } from './query/produce.ts'
import { emitDdl } from './schema/ddl.ts'
import { Generation } from './source/generation.ts'
import type { UsersPart } from './source/generation.ts'
import { columnsOfPlan, columnsOfStatement } from './source/visible.ts'
import type { ColumnsBySource } from './source/visible.ts'

/** The state for emitting one program that names these columns. */
export function newGeneration(
  used: ColumnsBySource,
  encoding: TextEncoding,
  kind: ProgramKind = 'function',
  users?: UsersPart,
): Generation {
  const rules = { value: valueOf, condition: conditionOf, produce: produceRows }
  return new Generation(encoding, rules, used, kind, users)
}

/** Of statements whose rows nobody wants, or that have none. */
export const runShape: Shape = { form: 'all', mode: 'raw', safeIntegers: false }

const programKinds: Readonly<Record<Form, ProgramKind>> = {
  all: 'function',
  get: 'function',
  rows: 'generator',
  sliced: 'sliced',
}

/** Emits the function of a statement that hands its rows over in one way. */
export function emitStatement(
  statement: BoundStatement,
  encoding: TextEncoding,
  catalog: Catalog,
  shape: Shape = runShape,
  users?: UsersPart,
): Generation {
  const used =
    statement.kind === 'query' ? columnsOfPlan(statement.plan) : columnsOfStatement(statement)
  const generation = newGeneration(used, encoding, programKinds[shape.form], users)
  switch (statement.kind) {
    case 'query':
      emitQuery(generation, statement, shape)
      break
    case 'insert':
      emitInsert(generation, statement, catalog, shape)
      break
    case 'update':
      emitUpdate(generation, statement, shape)
      break
    case 'delete':
      emitDelete(generation, statement, shape)
      break
    default:
      emitDdl(generation, statement)
  }
  return generation
}

function emitQuery(generation: Generation, query: BoundQuery, shape: Shape): void {
  const delivery = new Delivery(generation, query, shape)
  delivery.deliver((row) => generation.emitter.once(() => generation.produce(query.plan, row)))
  delivery.end()
}
