/**
 * INSERT and REPLACE. Each row that the input delivers is stored at once, in the same loop, unless the input reads
 * the table that is written: then its rows are collected first. (`INSERT INTO t SELECT … FROM t`)
 */
import { changesOneRow, mayFailAfterChange } from '../../plan/index.ts'
import type { BoundInsert } from '../../plan/index.ts'
import { Sequence, toRowid } from '../../runtime/index.ts'
import type { ConflictAction } from './write-row.ts'
import { WriteEmitter } from './write-row.ts'
import type { RowCode } from './write-row.ts'
import { returnedRows } from './returning.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation } from '../source/generation.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { anyInteger, anyValue, isOnly, mayBe, nullKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { schemaNamed, type Catalog } from '../../runtime/index.ts'

/** Emits the body of the program. */
export function emitInsert(
  generation: Generation,
  statement: BoundInsert,
  catalog: Catalog,
  shape: Shape,
): void {
  const { emitter } = generation
  const { target } = statement
  const isOne = changesOneRow(statement, generation.callsUsers)
  const returned = returnedRows(generation, statement.returning, isOne, shape)
  const write = new WriteEmitter(generation, target, statement.orAction, true, returned)
  const sequence = target.table.autoincrement ? emitSequence(generation, statement, catalog) : null
  write.statement(mayFailAfterChange(statement, generation.callsUsers), () => {
    const store = (values: readonly Code[], rowid: Code | null): void =>
      storeRow(write, statement, values, rowid, sequence)
    if (statement.materialize) collectAndStore(generation, statement, store)
    else {
      emitter.once(() =>
        generation.produce(statement.input, () => {
          const values = statement.values.map((value) => generation.value(value))
          const rowid = statement.rowid === null ? null : generation.value(statement.rowid)
          store(values, rowid)
        }),
      )
    }
    if (sequence !== null) emitter.line(`${sequence}.end()`)
  })
}

function emitSequence(
  generation: Generation,
  statement: BoundInsert,
  catalog: Catalog,
): string | null {
  const { emitter } = generation
  const { database, name: tableName } = statement.target.table
  const table = schemaNamed(catalog, database)?.tables.get('sqlite_sequence')
  if (table === undefined) return null
  const name = emitter.fresh('sequence')
  const use = emitter.use('Sequence', Sequence)
  emitter.link(
    `const ${name} = new ${use}(${generation.database(database)}, ${table.root}, ${emitter.slot(tableName)})`,
  )
  emitter.atStart(`${name}.start()`)
  return name
}

/** Runs the input to its end before the first row is stored. */
function collectAndStore(
  generation: Generation,
  statement: BoundInsert,
  store: (values: readonly Code[], rowid: Code | null) => void,
): void {
  const { emitter } = generation
  const pending = emitter.runState('pending')
  emitter.line(`${pending} = ${spilling(generation, newRowList(generation))}`)
  emitter.once(() =>
    generation.produce(statement.input, () => {
      const parts = [...statement.values, ...(statement.rowid === null ? [] : [statement.rowid])]
      const texts = parts.map((part) => generation.plainValue(part).text)
      emitter.line(`${pending}.add([${texts.join(', ')}])`)
    }),
  )
  eachRowOf(generation, `${pending}.first()`, (row) => {
    const read = (i: number): Code => ({ text: `${row}[${i}]`, kinds: anyValue, simple: false })
    const count = statement.values.length
    store(
      statement.values.map((_, i) => emitter.name(read(i))),
      statement.rowid === null ? null : read(count),
    )
  })
}

function storeRow(
  write: WriteEmitter,
  statement: BoundInsert,
  values: readonly Code[],
  givenRowid: Code | null,
  sequence: string | null,
): void {
  const { generation } = write
  const { emitter } = generation
  const { table } = statement.target
  const choose =
    sequence === null ? `${write.rows}.chooseRowid()` : `${sequence}.choose(${write.rows})`

  let columns: readonly Code[] = values.map((code, i) =>
    i === table.rowidAlias ? code : write.stored(table.columns[i]!, code),
  )
  const { rowid, checkRowid } = emitRowid(generation, givenRowid, choose, () => {
    // What they may have inserted themselves counts.
    if (sequence !== null && generation.callsUsers) emitter.line(`${sequence}.start()`)
    write.watch()
  })
  if (sequence !== null) emitter.line(`${sequence}.note(${rowid.text})`)
  const all = (): boolean => true
  columns = write.checkNotNull(columns, all)
  const checkTypes = (): void => write.checkTypes(columns, all)
  const checks = write.checksOf(null)
  if (checks.length > 0) checkTypes()
  const row: RowCode = { columns, rowid }
  write.bindNewRow(row)
  write.checkConditions(checks)
  const entries = write.checkEntries(row, null, checkRowid, () => {
    if (checks.length === 0) checkTypes()
  })
  write.beginChange()
  emitter.line(`${write.rows}.insert(${rowid.text})`)
  write.insertEntries(entries)
  if (sequence !== null && generation.callsUsers) emitter.line(`${sequence}.end()`)
  emitter.line(`ctx.lastInsertRowid = ${rowid.text}`)
  write.returned?.add()
  emitter.line(`${write.changes}++`)
}

/** The rowid: chosen where none is given. `checkRowid`: under which condition it might be taken; null: never. */
function emitRowid(
  generation: Generation,
  given: Code | null,
  choose: string,
  before: () => void,
): { readonly rowid: Code; readonly checkRowid: string | null } {
  const { emitter } = generation
  const named = (text: string): Code =>
    emitter.name({ text, kinds: anyInteger, simple: false }, 'rowid')
  if (given === null || isOnly(given, nullKind)) {
    before()
    return { rowid: named(choose), checkRowid: null }
  }
  const value = emitter.name(generation.toValue(given))
  before()
  const convert = emitter.use('toRowid', toRowid)
  const converted = isOnly(value, anyInteger) ? value.text : `${convert}(${value.text})`
  if (!mayBe(value, nullKind)) return { rowid: named(converted), checkRowid: 'true' }
  return {
    rowid: named(`${value.text} === null ? ${choose} : ${converted}`),
    checkRowid: `${value.text} !== null`,
  }
}

export type { ConflictAction }
