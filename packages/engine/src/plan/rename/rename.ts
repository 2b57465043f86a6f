/** The texts of the schema under other names. */
import { sameName, type Table } from '../../schema/index.ts'
import { renamed, withSingleQuotes } from '../../sql/index.ts'
import type { ForeignKeyReference, Span, Statement } from '../../sql/index.ts'
import type { Catalog } from '../../runtime/index.ts'
import { readStoredNames } from './read-names.ts'
import { isCalledAlike, StoredNames, type StoredObject } from './stored-names.ts'

/** A column that is to be called otherwise. */
export interface ColumnRenaming {
  readonly table: Table
  readonly column: number
  readonly to: string
  /** The new name was given in quotes, and is written so. */
  readonly isQuoted: boolean
}

/** The text of an object where a column is called otherwise. */
export function withRenamedColumn(
  object: StoredObject,
  catalog: Catalog,
  doubleQuotedStrings: boolean,
  renaming: ColumnRenaming,
): string {
  const { table, column, to, isQuoted } = renaming
  const names = readStoredNames(object, catalog, doubleQuotedStrings)
  const spans: Span[] = []
  const isMeant = (place: number): boolean =>
    place === column || (place === -1 && column === table.rowidAlias)
  for (const place of names.columns) {
    if (isCalledAlike(place.table, table) && isMeant(place.column)) spans.push(place.span)
  }
  const old = table.columns[column]!.name
  for (const { names: listed, spans: places, table: of } of names.lists) {
    if (isCalledAlike(of, table)) pushNamed(spans, listed, places, old)
  }
  const { statement } = names
  if (statement.kind === 'create-table' && sameName(object.database, table.database)) {
    const isOwn = sameName(statement.name, table.name)
    if (isOwn) {
      const { start } = statement.columns[column]!
      spans.push({ start, end: endOfName(object.sql, start) })
    }
    for (const { columns, reference } of foreignKeys(statement)) {
      if (isOwn) pushNamed(spans, columns, names.placesOf(columns), old)
      if (sameName(reference.table, table.name)) {
        pushNamed(spans, reference.columns, names.placesOf(reference.columns), old)
      }
    }
  }
  return renamed(object.sql, spans, to, isQuoted)
}

function pushNamed(
  spans: Span[],
  names: readonly string[],
  places: readonly Span[],
  name: string,
): void {
  names.forEach((listed, i) => {
    const place = places[i]
    if (place !== undefined && sameName(listed, name)) spans.push(place)
  })
}

interface WrittenKey {
  /** Its own columns; empty where a column has it. */
  readonly columns: readonly string[]
  readonly reference: ForeignKeyReference
}

function foreignKeys(create: Statement & { readonly kind: 'create-table' }): WrittenKey[] {
  const keys: WrittenKey[] = []
  for (const { constraints } of create.columns) {
    for (const constraint of constraints) {
      if (constraint.kind === 'references')
        keys.push({ columns: [], reference: constraint.reference })
    }
  }
  for (const constraint of create.constraints) {
    if (constraint.kind === 'foreign-key') keys.push(constraint)
  }
  return keys
}

/** Where the name ends that begins there. */
function endOfName(sql: string, start: number): number {
  const close = { '"': '"', "'": "'", '`': '`', '[': ']' }[sql[start]!]
  if (close === undefined) return start + /^[\w$\u0080-\uffff]*/.exec(sql.slice(start))![0].length
  let end = start + 1
  while (end < sql.length && (sql[end] !== close || (close !== ']' && sql[end + 1] === close))) {
    end += sql[end] === close ? 2 : 1
  }
  return end + 1
}

/** Which names a renamed table takes along. */
export interface TableRenaming {
  readonly table: Table
  readonly to: string
  /** PRAGMA legacy_alter_table: not what views, triggers and CHECKs say. */
  readonly isLegacy: boolean
  /** The references of foreign keys. */
  readonly withReferences: boolean
}

/** The text of an object where a table is called otherwise. */
export function withRenamedTable(
  object: StoredObject,
  catalog: Catalog,
  doubleQuotedStrings: boolean,
  { table, to, isLegacy, withReferences }: TableRenaming,
): string {
  const isSame = (name: string): boolean => sameName(name, table.name)
  const names = isLegacy
    ? new StoredNames(object.sql)
    : readStoredNames(object, catalog, doubleQuotedStrings)
  const spans: Span[] = []
  const pushPlace = (piece: object): void => {
    const place = names.placeOf(piece)
    if (place !== null) spans.push(place)
  }
  const { statement } = names
  for (const place of [...names.tables, ...names.qualifiers]) {
    if (isCalledAlike(place.table, table)) spans.push(place.span)
  }
  switch (statement.kind) {
    case 'create-table':
      if (withReferences) {
        for (const { reference } of foreignKeys(statement)) {
          if (isSame(reference.table)) pushPlace(reference)
        }
      }
      if (isSame(statement.name)) pushPlace(statement)
      break
    case 'create-virtual-table':
      if (isSame(statement.name)) pushPlace(statement)
      break
    case 'create-index':
    case 'create-trigger':
      if (isLegacy && isSame(statement.table)) pushPlace(statement)
      break
    default:
  }
  return renamed(object.sql, spans, to, true)
}

/** The text of an object with single quotes around each text that stood in double ones. */
export function withFixedQuotes(
  object: StoredObject,
  catalog: Catalog,
  doubleQuotedStrings: boolean,
): string {
  const { texts } = readStoredNames(object, catalog, doubleQuotedStrings)
  return texts.length === 0 ? object.sql : withSingleQuotes(object.sql, texts)
}
