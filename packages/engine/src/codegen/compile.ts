/**
 * A bound statement to JavaScript: the source of one function of its program. A query is emitted anew for each way of handing its
 * rows over that is asked for (`Shape`), so that each function sees only one shape of row.
 */
import { mayPostponeActions, mendsItself } from '../plan/index.ts'
import type { BoundQuery, BoundStatement } from '../plan/index.ts'
import type { TextEncoding } from '../record/index.ts'
import type { Catalog } from '../runtime/index.ts'
import { conditionOf, valueOf } from './expression/expression.ts'
import type { ProgramKind } from './emit/emitter.ts'
import { emitDelete } from './change/delete.ts'
import { emitInsert, emitSequence } from './change/insert.ts'
import { Programs } from './change/programs.ts'
import { emitUpdate } from './change/update.ts'
import { emitViewChange } from './change/view-change.ts'
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
export const runShape: Shape = { form: 'all', mode: 'raw', integers: 'rounded' }

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
  if ('programs' in statement) generation.mendsItself = mendsItself(statement)
  generation.keepsAnswers = statement.kind === 'query' && !generation.callsUsers
  if ('programs' in statement && statement.programs.length > 0) {
    const programs = new Programs(generation, statement.programs)
    generation.triggers = programs
    if (statement.kind === 'insert') emitSequence(generation, statement, catalog)
    const { callsUsers } = generation
    if (statement.kind === 'delete' && mayPostponeActions(statement, callsUsers)) {
      generation.postponed = []
    }
    programs.emit((step) => emitPart(generation, step, catalog, shape))
  }
  emitPart(generation, statement, catalog, shape)
  generation.shareSpill()
  return generation
}

/** The statement itself, or a step in the program of a trigger. */
function emitPart(
  generation: Generation,
  statement: BoundStatement,
  catalog: Catalog,
  shape: Shape,
): void {
  switch (statement.kind) {
    case 'query':
      if (generation.isInProgram) emitStepQuery(generation, statement)
      else emitQuery(generation, statement, shape)
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
    case 'view-change':
      emitViewChange(generation, statement, shape)
      break
    default:
      emitDdl(generation, statement)
  }
}

/** Nobody sees its rows, but they are all evaluated: for RAISE, and for what functions do. */
function emitStepQuery(generation: Generation, { plan, source, columns }: BoundQuery): void {
  generation.emitter.once(() =>
    generation.produce(plan, () => {
      generation.prepare(
        source,
        columns.map((_, i) => i),
      )
      columns.forEach((_, i) => generation.column(source, i))
    }),
  )
}

function emitQuery(generation: Generation, query: BoundQuery, shape: Shape): void {
  const delivery = new Delivery(generation, query, shape)
  delivery.deliver((row) => generation.emitter.once(() => generation.produce(query.plan, row)))
  delivery.end()
}
