/**
 * CREATE and DROP as programs. The work on the file is in `runtime/change/schema-change.ts`; what is compiled here is the
 * loop that feeds it: the rows of CREATE TABLE … AS SELECT, the entries of a new index.
 *
 * A schema change is one statement: it happens whole or not at all, and ends with a new schema cookie.
 */
import type {
  BoundCreateIndex,
  BoundCreateTable,
  BoundCreateTrigger,
  BoundCreateView,
  BoundCreateVirtualTable,
  BoundDrop,
  BoundExpression,
  BoundQuery,
  BoundReindex,
  BoundStatement,
  IndexFill,
} from '../../plan/index.ts'
import {
  complete,
  createTable,
  createTrigger,
  createView,
  createVirtualTable,
  dropObject,
  dropTriggers,
  IndexBuilder,
  missingField,
  storedRaw,
  TableFill,
  unsliced,
} from '../../runtime/index.ts'
import { storedReal } from '../../record/index.ts'
import type { Affinity, Value } from '../../record/index.ts'
import type { EntryColumn } from '../../runtime/index.ts'
import { storedColumns } from '../../schema/index.ts'
import { emitDelete } from '../change/delete.ts'
import { copiedValue, emitRecord } from '../change/row/copied.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation } from '../source/generation.ts'
import { tableCursor } from '../scan/table-cursor.ts'
import { missingValue } from '../source/missing-value.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { anyValue, mayBe, rawKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { converted } from '../source/convert.ts'

export type BoundDdl = Extract<
  BoundStatement,
  {
    readonly kind:
      | 'create-table'
      | 'create-index'
      | 'reindex'
      | 'create-view'
      | 'create-trigger'
      | 'create-virtual-table'
      | 'drop'
  }
>

/** Emits the body of the program. */
export function emitDdl(generation: Generation, statement: BoundDdl): void {
  switch (statement.kind) {
    case 'create-table':
      return emitCreateTable(generation, statement)
    case 'create-index':
      return emitCreateIndex(generation, statement)
    case 'reindex':
      return emitReindex(generation, statement)
    case 'create-view':
      return emitCreateView(generation, statement)
    case 'create-trigger':
      return emitCreateTrigger(generation, statement)
    case 'create-virtual-table':
      return emitCreateVirtualTable(generation, statement)
    case 'drop':
      return emitDrop(generation, statement)
    default:
      statement satisfies never
  }
}

/** `body` under a savepoint, then the new schema of `database`, which is a variable. */
function emitChange(generation: Generation, database: string, body: () => void): void {
  const { emitter } = generation
  emitter.line('ctx.beginStatement()')
  emitter.nested('try', () => {
    body()
    emitter.line(`${database}.schemaChanged()`)
  })
  emitter.nested('catch (error)', () => {
    emitter.line('ctx.rollbackStatement()')
    emitter.line('throw error')
  })
  emitter.line('ctx.endStatement()')
}

function emitCreateTable(generation: Generation, statement: BoundCreateTable): void {
  if (statement.exists) return
  const { emitter } = generation
  const table = emitter.slot(statement)
  const { query, affinities } = statement
  const database = generation.database(statement.database)
  emitChange(generation, database, () => {
    const fill = query === null ? null : emitFilling(generation, database, query, affinities)
    const root = fill === null ? '' : `, ${fill}.root`
    emitter.line(`${emitter.use('createTable', createTable)}(${database}, ${table}${root})`)
  })
}

/** Stores the rows of the query in a tree that is made before, and that the query cannot see; answers the variable. */
function emitFilling(
  generation: Generation,
  database: string,
  query: BoundQuery,
  affinities: readonly Affinity[],
): string {
  const { emitter } = generation
  const fill = emitter.fresh('fill')
  const use = emitter.use('TableFill', TableFill)
  emitter.link(`const ${fill} = new ${use}(${database}, ${affinities.length})`)
  const store = (value: (column: number) => Code): void => {
    const places = affinities.map((affinity, i) => {
      const code = value(i)
      return code.copied === undefined ? converted(generation, { affinity }, code) : code
    })
    emitRecord(generation, fill, places)
    emitter.line(`${fill}.add()`)
  }
  const start = `${fill}.start()`
  // Functions of the user's may change the database before the last row is there.
  const rows = generation.callsUsers ? emitRowsOf(generation, query) : null
  emitter.line(start)
  if (rows !== null) {
    eachRowOf(generation, `${rows}.first()`, (row) =>
      store((i) => ({ text: `${row}[${i}]`, kinds: anyValue, simple: false })),
    )
    emitter.line(`${fill}.finish()`)
    return fill
  }
  emitter.once(() =>
    generation.produce(query.plan, () => {
      const columns = query.columns.map((_, i) => resultColumn(query, i))
      generation.prepare(
        query.source,
        columns.map((_, i) => i),
      )
      const values = columns.map(
        (column, i) =>
          copiedValue(generation, { affinity: affinities[i]! }, column) ?? generation.value(column),
      )
      store((i) => values[i]!)
    }),
  )
  emitter.line(`${fill}.finish()`)
  return fill
}

function resultColumn({ source, columns }: BoundQuery, column: number): BoundExpression {
  const { name } = columns[column]!
  return { kind: 'column', source, column, name, affinity: 'blob', collation: 'BINARY' }
}

/** Collects the rows of the query; answers the variable. */
function emitRowsOf(generation: Generation, query: BoundQuery): string {
  const { emitter } = generation
  const rows = emitter.runState('rows')
  emitter.line(`${rows} = ${spilling(generation, newRowList(generation))}`)
  emitter.once(() =>
    generation.produce(query.plan, () => {
      const columns = query.columns.map(
        (_, i) => generation.toValue(generation.column(query.source, i)).text,
      )
      emitter.line(`${rows}.add([${columns.join(', ')}])`)
    }),
  )
  return rows
}

/** The call of a generator that gets the slice first, whatever the program is. */
function workText(generation: Generation, call: string, args: string): string {
  const { emitter } = generation
  if (emitter.isSliced) return emitter.work('', call, args)
  const all = emitter.use('complete', complete)
  return `${all}(${call}(${emitter.use('unsliced', unsliced)}, ${args}))`
}

function emitCreateIndex(generation: Generation, statement: BoundCreateIndex): void {
  if (statement.exists) return
  const { emitter } = generation
  const builder = newBuilder(generation, statement)
  emitChange(generation, generation.database(statement.table.database), () => {
    emitFill(generation, statement, builder)
    const sql = emitter.slot(statement.sql)
    emitter.line(emitter.work(`${builder}.finish`, `${builder}.finishing`, sql))
  })
}

function newBuilder(generation: Generation, { index, table, target }: IndexFill): string {
  const { emitter } = generation
  const builder = emitter.fresh('builder')
  const use = emitter.use('IndexBuilder', IndexBuilder)
  const args = [index, table, target.columnNames].map((arg) => emitter.slot(arg))
  const database = generation.database(table.database)
  const spill = generation.spill()
  emitter.atStart(`const ${builder} = new ${use}(${database}, ${spill}, ${args.join(', ')})`)
  return builder
}

/** What gives every row's entry to the builder: its own loop, where entries are columns of the rows, else an emitted one. */
function emitFill(generation: Generation, fill: IndexFill, builder: string): void {
  const { emitter } = generation
  const { target, input, table } = fill
  const columns = copiedColumns(generation, fill)
  if (columns !== null) {
    emitter.comment(`scan ${table.name}`)
    const cursor = tableCursor(generation, table)
    const args = `${cursor}, ${emitter.slot(columns)}`
    emitter.line(emitter.work(`${builder}.scan`, `${builder}.scanning`, args))
    return
  }
  emitter.once(() =>
    generation.produce(input, () => {
      if (target.newWhere !== null) generation.guard(target.newWhere)
      const entry = target.newKey.map((key) => {
        const code = generation.value(key)
        if (!mayBe(code, rawKind)) return code.text
        return `${emitter.use('storedRaw', storedRaw)}(${code.text})`
      })
      emitter.line(`${builder}.add([${entry.join(', ')}])`)
    }),
  )
}

/** The fields of the entries, where they are what the rows of the table hold; null: something has to be evaluated. */
function copiedColumns(
  { encoding }: Generation,
  { index, table, target, input }: IndexFill,
): readonly EntryColumn[] | null {
  if (table.withoutRowid || target.newWhere !== null) return null
  if (input.kind !== 'scan' || input.access.kind !== 'full') return null
  const stored = storedColumns(table)
  const lacked = (column: number): Value => {
    const definition = table.columns[column]!
    const value = missingValue(definition, encoding)
    return definition.affinity === 'real' ? storedReal(value) : value
  }
  const columns: EntryColumn[] = []
  for (const { column } of index.columns) {
    const isRowid = column === -1 || column === table.rowidAlias
    const place = isRowid ? -1 : stored.indexOf(column)
    if (column < -1 || (place < 0 && !isRowid)) return null
    columns.push({ place, missing: missingField(isRowid ? null : lacked(column), encoding) })
  }
  return columns
}

/** The schema stays, so no cookie moves: only the trees are written anew. */
function emitReindex(generation: Generation, { indexes }: BoundReindex): void {
  if (indexes.length === 0) return
  const { emitter } = generation
  const builders = indexes.map((fill) => newBuilder(generation, fill))
  emitter.line('ctx.beginStatement()')
  emitter.nested('try', () => {
    indexes.forEach((fill, i) => {
      emitFill(generation, fill, builders[i]!)
      emitter.line(emitter.work(`${builders[i]}.refill`, `${builders[i]}.refilling`))
    })
  })
  emitter.nested('catch (error)', () => {
    emitter.line('ctx.rollbackStatement()')
    emitter.line('throw error')
  })
  emitter.line('ctx.endStatement()')
}

function emitCreateView(generation: Generation, statement: BoundCreateView): void {
  if (statement.exists) return
  const { emitter } = generation
  const name = emitter.literal(statement.name).text
  const sql = emitter.literal(statement.sql).text
  const database = generation.database(statement.database)
  emitChange(generation, database, () => {
    emitter.line(`${emitter.use('createView', createView)}(${database}, ${name}, ${sql})`)
  })
}

function emitCreateTrigger(generation: Generation, statement: BoundCreateTrigger): void {
  if (statement.exists) return
  const { emitter } = generation
  const { name, table, sql } = statement
  const texts = [name, table, sql].map((text) => emitter.literal(text).text)
  const database = generation.database(statement.database)
  emitChange(generation, database, () => {
    const create = emitter.use('createTrigger', createTrigger)
    emitter.line(`${create}(${database}, ${texts.join(', ')})`)
  })
}

function emitCreateVirtualTable(generation: Generation, statement: BoundCreateVirtualTable): void {
  if (statement.exists) return
  const { emitter } = generation
  const definition = emitter.slot(statement.definition)
  const database = generation.database(statement.database)
  const create = emitter.use('createVirtualTable', createVirtualTable)
  emitChange(generation, database, () => {
    emitter.line(`${create}(${database}, ctx.catalog.environment, ${definition})`)
  })
}

function emitDrop(generation: Generation, statement: BoundDrop): void {
  if (!statement.exists) return
  const { emitter } = generation
  const what = emitter.literal(statement.what).text
  const name = emitter.literal(statement.name).text
  const roots = emitter.slot(statement.roots)
  const database = generation.database(statement.database)
  const args = `${what}, ${name}, ${roots}`
  emitChange(generation, database, () => {
    emitEmptied(generation, statement)
    const drop = emitter.use('dropObject', dropObject)
    emitter.line(workText(generation, drop, `${database}, ${args}`))
    const { temporaryTriggers } = statement
    if (temporaryTriggers.length === 0) return
    const temporary = generation.database('temp')
    const dropOthers = emitter.use('dropTriggers', dropTriggers)
    emitter.line(`${dropOthers}(${temporary}, ${emitter.slot(temporaryTriggers)})`)
    emitter.line(`${temporary}.schemaChanged()`)
  })
}

const noShape: Shape = { form: 'all', mode: 'raw', integers: 'rounded' }

/** The rows of a table that is dropped, for foreign keys. */
function emitEmptied(generation: Generation, { emptied, emptiedIfViolated }: BoundDrop): void {
  if (emptied === null) return
  const { emitter } = generation
  emitter.line('ctx.changes = 0')
  const keys = generation.keyViolations()
  // Left from before PRAGMA defer_foreign_keys was turned off, they count as the statement's own. (`OP_FkIfZero`)
  generation.refusesPostponed = emptied.keys?.defers !== true
  const empty = (): void => emitDelete(generation, emptied, noShape)
  if (!emptiedIfViolated) empty()
  else emitter.nested(`if (${keys}.deferred !== 0 || ${keys}.postponed !== 0)`, empty)
}
