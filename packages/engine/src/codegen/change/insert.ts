/**
 * INSERT and REPLACE. Each row that the input delivers is stored at once, in the same loop, unless the input reads
 * the table that is written: then its rows are collected first. (`INSERT INTO t SELECT … FROM t`)
 */
import { changesOneRow, mayFailAfterChange } from '../../plan/index.ts'
import type { BoundInsert } from '../../plan/index.ts'
import { Sequence, toRowid } from '../../runtime/index.ts'
import type { Shape } from '../query/delivery.ts'
import { returnedRows } from './returning.ts'
import type { Generation } from '../source/generation.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { anyInteger, anyValue, isOnly, mayBe, nullKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { schemaNamed, type Catalog } from '../../runtime/index.ts'
import { checkConditions, checksOf, checkTypes } from './row/checks.ts'
import { insertEntries } from './row/entries.ts'
import { copiedValue, mayAdd, unreadColumns } from './row/copied.ts'
import { completeRow, newForTriggers, typedLast } from './row/generated.ts'
import { bindNewRow, newIdentity, stored } from './row/image.ts'
import type { RowCode } from './row/image.ts'
import { KeyEmitter } from './row/keys.ts'
import { insertRow } from './row/store.ts'
import { writtenValue } from './row/written.ts'
import { checkUnique } from './row/unique.ts'
import { WriteEmitter } from './row/write-emitter.ts'
import { Upserts } from './upsert.ts'

/** Emits the body of the program. */
export function emitInsert(
  generation: Generation,
  statement: BoundInsert,
  catalog: Catalog,
  shape: Shape,
): void {
  const { emitter } = generation
  const isOne = changesOneRow(statement, generation.callsUsers)
  const returned = returnedRows(generation, statement.returning, isOne, shape)
  const write = new WriteEmitter(generation, statement, returned)
  const sequence = emitSequence(generation, statement, catalog)
  write.statement(mayFailAfterChange(statement, generation.callsUsers), () => {
    const keys = KeyEmitter.of(write, statement, statement.keys)
    const store = (values: readonly Code[], rowid: Code | null): void =>
      storeRow(write, statement, values, rowid, sequence, keys)
    write.adds = !isOne && mayAdd(generation, statement)
    if (statement.materialize) collectAndStore(generation, statement, store)
    else {
      emitter.once(() =>
        generation.produce(statement.input, () => {
          if (generation.callsUsers) evaluateInput(generation, statement)
          const unread = unreadColumns(generation, statement)
          const { columns } = statement.target.table
          const values = statement.values.map(
            (value, i) =>
              (unread.has(i)
                ? (copiedValue(generation, columns[i]!, value) ??
                  writtenValue(generation, columns[i]!, value))
                : null) ?? generation.value(value),
          )
          const rowid = statement.rowid === null ? null : generation.value(statement.rowid)
          store(values, rowid)
        }),
      )
    }
    if (write.adds) emitter.line(`${write.rows}.finish()`)
    if (sequence !== null && generation.triggers === null) emitter.line(`${sequence}.end()`)
  })
}

/** What is given is evaluated as it is written, whichever columns it is for, but for the one row of VALUES, which is evaluated as it is stored. */
function evaluateInput(
  generation: Generation,
  { values, rowid, input, inputSource }: BoundInsert,
): void {
  if (input.kind === 'values' && input.rows.length === 1) return
  const given = (rowid === null ? values : [...values, rowid]).flatMap((value) =>
    value.kind === 'column' && value.source === inputSource ? [value] : [],
  )
  for (const value of given.toSorted((a, b) => a.column - b.column)) generation.value(value)
}

/** The variable with the `Sequence` of the table; null: it has no AUTOINCREMENT. */
export function emitSequence(
  generation: Generation,
  statement: BoundInsert,
  catalog: Catalog,
): string | null {
  const { emitter } = generation
  const { database, name: tableName, autoincrement } = statement.target.table
  if (!autoincrement) return null
  const table = schemaNamed(catalog, database)?.tables.get('sqlite_sequence')
  if (table === undefined) return null
  const creation = (): string => {
    const use = emitter.use('Sequence', Sequence)
    return `new ${use}(${generation.database(database)}, ${table.root}, ${emitter.slot(tableName)})`
  }
  // Programs of triggers may insert into the same table.
  if (generation.triggers !== null) {
    return generation.triggers.sequence(statement.target.table, creation)
  }
  const name = emitter.fresh('sequence')
  emitter.link(`const ${name} = ${creation()}`)
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
      if (generation.callsUsers) evaluateInput(generation, statement)
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
  given: readonly Code[],
  givenRowid: Code | null,
  sequence: string | null,
  keys: KeyEmitter | null,
): void {
  const { generation, target } = write
  const { emitter } = generation
  const { table, primary } = target
  const upserts = new Upserts(write, statement)
  const values = upserts.kept(given)
  const converted = values.map((code, i) =>
    i === table.rowidAlias || code.copied !== undefined
      ? code
      : stored(generation, table.columns[i]!, code),
  )
  const { triggers } = statement
  // It is given once to the triggers, and once more to the row.
  const ownRowid =
    givenRowid === null || triggers.before.length === 0
      ? givenRowid
      : emitter.name(generation.toValue(givenRowid))
  if (triggers.before.length > 0) fireBefore(write, triggers.before, converted, ownRowid)
  let rowid: Code | null = null
  let mayBeTaken: string | null = 'true'
  if (primary === null) {
    const choose =
      sequence === null ? `${write.rows}.chooseRowid()` : `${sequence}.choose(${write.rows})`
    const chosen = emitRowid(generation, ownRowid, choose, () => {
      // What they may have inserted themselves counts.
      if (sequence !== null && generation.callsUsers) emitter.line(`${sequence}.start()`)
      write.watch()
    })
    rowid = chosen.rowid
    mayBeTaken = chosen.mayBeTaken
    if (sequence !== null) emitter.line(`${sequence}.note(${rowid.text})`)
  } else write.watch()
  const all = (): boolean => true
  const withRowid = converted.map((code, i) => (i === table.rowidAlias ? rowid! : code))
  // Those of a STRICT table from which others are computed are checked before.
  const hasGenerated = target.generated.length > 0
  if (hasGenerated) checkTypes(write, withRowid, (i) => table.columns[i]!.generated === null)
  if (upserts.isUpdating) write.takenDefaults = new Map()
  const columns = completeRow(write, withRowid, rowid, statement.orAction, all)
  const types = (): void => checkTypes(write, columns, typedLast(target))
  const checks = checksOf(target, null)
  if (checks.length > 0) types()
  const row: RowCode = { columns, rowid }
  bindNewRow(generation, target, row)
  checkConditions(write, checks, statement.orAction)
  const identity = newIdentity(generation, target, row)
  const unstored = checkUnique(
    write,
    { row, identity, self: null, mayBeTaken },
    {
      orAction: statement.orAction,
      upserts: statement.upserts,
      hasKeys: keys !== null,
      checkTypes: checks.length > 0 ? () => {} : types,
      update: (clause, other, isConverted) =>
        upserts.update(clause, other, {
          columns:
            isConverted || hasGenerated || checks.length > 0
              ? columns
              : withDefaults(write, values, columns),
          rowid,
        }),
    },
  )
  keys?.checkNew(row)
  write.beginChange()
  if (unstored.row) insertRow(write, identity)
  insertEntries(write, unstored.entries)
  if (sequence !== null && generation.callsUsers) emitter.line(`${sequence}.end()`)
  if (rowid !== null) emitter.line(`ctx.lastInsertRowid = ${rowid.text}`)
  write.endChange(triggers, null, row)
}

/** The values as they are given, with the defaults that NOT NULL has put in the place of NULL as those are written. */
function withDefaults(
  { takenDefaults }: WriteEmitter,
  values: readonly Code[],
  columns: readonly Code[],
): readonly Code[] {
  if (takenDefaults === null || takenDefaults.size === 0) return values
  return values.map((value, i) => {
    const taken = takenDefaults.get(columns[i]!.text)
    if (taken === undefined) return value
    return { text: `(${value.text} ?? ${taken})`, kinds: anyValue, simple: false }
  })
}

/** BEFORE triggers see a rowid that has yet to be chosen as -1. (`sqlite3Insert`) */
function fireBefore(
  write: WriteEmitter,
  places: readonly number[],
  columns: readonly Code[],
  given: Code | null,
): void {
  const { generation, target } = write
  const { emitter } = generation
  const unknown: Code = { text: '-1', kinds: anyInteger, simple: true }
  let rowid: Code | null = null
  if (target.primary === null) {
    const value = given === null ? unknown : rowidOr(generation, given, '-1')
    rowid = emitter.name(value, 'rowid')
  }
  checkTypes(write, columns, (i) => target.table.columns[i]!.generated === null)
  write.fire(places, null, newForTriggers(write, { columns, rowid }))
}

/** The rowid: chosen where none is given. `mayBeTaken`: under which condition it might be another row's; null: never. */
function emitRowid(
  generation: Generation,
  given: Code | null,
  choose: string,
  before: () => void,
): { readonly rowid: Code; readonly mayBeTaken: string | null } {
  const { emitter } = generation
  const named = (text: string): Code =>
    emitter.name({ text, kinds: anyInteger, simple: false }, 'rowid')
  if (given === null || isOnly(given, nullKind)) {
    before()
    return { rowid: named(choose), mayBeTaken: null }
  }
  const value = emitter.name(generation.toValue(given))
  before()
  const { text } = rowidOr(generation, value, choose)
  const mayBeTaken = mayBe(value, nullKind) ? `${value.text} !== null` : 'true'
  return { rowid: named(text), mayBeTaken }
}

/** The value as a rowid; `other` where it is NULL. */
function rowidOr({ emitter }: Generation, value: Code, other: string): Code {
  const convert = emitter.use('toRowid', toRowid)
  const converted = isOnly(value, anyInteger) ? value.text : `${convert}(${value.text})`
  const text = mayBe(value, nullKind)
    ? `${value.text} === null ? ${other} : ${converted}`
    : converted
  return { text, kinds: anyInteger, simple: false }
}
