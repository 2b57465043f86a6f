/**
 * From the syntax of CREATE TABLE to a `Table`: types to affinities, constraints to indexes. The loader and
 * CREATE TABLE itself both come here, so a table means the same when it is made and when it is read.
 * (CREATE TABLE; Database File Format §2.6.2 Internal Schema Objects; STRICT Tables; WITHOUT ROWID Tables)
 *
 * Only what the definition says by itself is checked here. Names inside CHECK, DEFAULT and index expressions are
 * resolved by the binder, which knows how.
 */
import { sqlError } from '../base/error.ts'
import { limits } from '../base/limits.ts'
import { affinityOfType, type Affinity } from '../record/index.ts'
import { visitParts } from '../sql/index.ts'
import type { ConflictAction, CreateTable, Expression } from '../sql/index.ts'
import { readBuiltIn, type CollationReader } from './collation-name.ts'
import { AutomaticIndexes, keyColumns, type KeyPart } from './automatic-index.ts'
import { foreignKeysOf } from './foreign-key.ts'
import { foldName } from './name.ts'
import type { Check, Table } from './table.ts'

interface MutableColumn {
  name: string
  type: string
  affinity: Affinity
  collation: string
  notNull: ConflictAction | null
  defaultExpression: Expression | null
  defaultText: string | null
  defaultStart: number
  primaryKeyPlace: number
  generated: { readonly expression: Expression; readonly stored: boolean } | null
}

interface PrimaryKey {
  readonly parts: readonly KeyPart[]
  readonly onConflict: ConflictAction | null
  readonly autoincrement: boolean
  /** `a INTEGER PRIMARY KEY DESC` is, by an old mistake that SQLite keeps, no alias of the rowid. */
  readonly descendingColumn: boolean
}

/**
 * The table that a CREATE TABLE describes. Its indexes are those that constraints make by themselves, with
 * root 0, except a WITHOUT ROWID table's own tree.
 * @param sql the text that the definition was parsed from
 */
export function tableFromDefinition(
  definition: CreateTable,
  sql: string,
  root: number,
  readCollation: CollationReader = readBuiltIn,
  database: string = 'main',
): Table {
  const { name, withoutRowid, strict } = definition
  if (definition.columns.length > limits.current.column)
    throw sqlError(`too many columns on ${name}`)
  const columns: MutableColumn[] = []
  const places = new Map<string, number>()
  const checks: Check[] = []
  const indexes = new AutomaticIndexes(name, columns)
  let primaryKey: PrimaryKey | null = null
  let rowidAlias = -1
  let rowidConflict: ConflictAction = 'ABORT'
  let generatedCount = 0

  const addPrimaryKey = (key: PrimaryKey): void => {
    if (primaryKey !== null) throw sqlError(`table "${name}" has more than one primary key`)
    primaryKey = key
    key.parts.forEach((part, i) => {
      const column = columns[part.column]!
      if (column.generated !== null) {
        throw sqlError('generated columns cannot be part of the PRIMARY KEY')
      }
      if (column.primaryKeyPlace === 0) column.primaryKeyPlace = i + 1
    })
    const only = key.parts.length === 1 ? columns[key.parts[0]!.column]! : null
    const isInteger = only !== null && foldName(only.type) === 'integer' && !key.descendingColumn
    if (isInteger) {
      rowidAlias = key.parts[0]!.column
      rowidConflict = key.onConflict ?? 'ABORT'
    } else if (key.autoincrement) {
      throw sqlError('AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY')
    } else {
      indexes.add(key.parts, 'pk', key.onConflict)
    }
  }

  for (const written of definition.columns) {
    const folded = foldName(written.name)
    if (places.has(folded)) throw sqlError(`duplicate column name: ${written.name}`)
    const place = columns.length
    places.set(folded, place)
    const column: MutableColumn = {
      name: written.name,
      type: written.type,
      affinity: affinityOfType(written.type),
      collation: 'BINARY',
      notNull: null,
      defaultExpression: null,
      defaultText: null,
      defaultStart: 0,
      primaryKeyPlace: 0,
      generated: null,
    }
    columns.push(column)
    for (const constraint of written.constraints) {
      switch (constraint.kind) {
        case 'primary-key': {
          const parts = [{ column: place, collation: null, descending: constraint.descending }]
          addPrimaryKey({
            parts,
            onConflict: constraint.onConflict,
            autoincrement: constraint.autoincrement,
            descendingColumn: constraint.descending,
          })
          break
        }
        case 'not-null':
          column.notNull = constraint.onConflict ?? 'ABORT'
          break
        case 'unique': {
          const parts = [{ column: place, collation: null, descending: false }]
          indexes.add(parts, 'u', constraint.onConflict)
          break
        }
        case 'check':
          checks.push(checkOf(constraint, sql))
          break
        case 'default':
          setDefault(column, constraint, sql)
          break
        case 'collate':
          column.collation = readCollation(constraint.collation)
          break
        case 'generated':
          if (column.primaryKeyPlace > 0) {
            throw sqlError('generated columns cannot be part of the PRIMARY KEY')
          }
          if (column.generated !== null || column.defaultExpression !== null) {
            throw sqlError(`error in generated column "${column.name}"`)
          }
          column.generated = { expression: constraint.expression, stored: constraint.stored }
          generatedCount++
          break
        case 'references':
        case 'null':
          break
        default:
          constraint satisfies never
      }
    }
  }

  for (const constraint of definition.constraints) {
    switch (constraint.kind) {
      case 'primary-key':
        addPrimaryKey({
          parts: keyColumns(constraint.columns, places, readCollation),
          onConflict: constraint.onConflict,
          autoincrement: constraint.autoincrement,
          descendingColumn: false,
        })
        break
      case 'unique':
        indexes.add(
          keyColumns(constraint.columns, places, readCollation),
          'u',
          constraint.onConflict,
        )
        break
      case 'check':
        checks.push(checkOf(constraint, sql))
        break
      case 'foreign-key':
        break
      default:
        constraint satisfies never
    }
  }

  const key = primaryKey as PrimaryKey | null
  if (columns.length > 0 && generatedCount === columns.length) {
    throw sqlError('must have at least one non-generated column')
  }
  if (strict) applyStrictTypes(name, columns, withoutRowid ? -1 : rowidAlias)
  if (withoutRowid) {
    if (key === null) throw sqlError(`PRIMARY KEY missing on table ${name}`)
    if (key.autoincrement) throw sqlError('AUTOINCREMENT not allowed on WITHOUT ROWID tables')
    // The alias of a rowid that is not there: an ordinary key under the column's own collation, whose index is made last.
    if (rowidAlias >= 0) {
      const parts = key.parts.map((part) => ({ ...part, collation: null }))
      indexes.add(parts, 'pk', key.onConflict)
    }
    for (const column of columns) {
      if (column.primaryKeyPlace > 0) column.notNull ??= 'ABORT'
    }
  }
  return {
    kind: 'table',
    name,
    database,
    root,
    columns,
    rowidAlias: withoutRowid ? -1 : rowidAlias,
    rowidConflict,
    autoincrement: key !== null && key.autoincrement,
    withoutRowid,
    strict,
    primaryKey: key === null ? [] : key.parts.map((part) => part.column),
    checks,
    foreignKeys: foreignKeysOf(definition, places),
    indexes: withoutRowid ? indexes.finish(root, -1) : indexes.finish(null, rowidAlias),
    rowEstimate: null,
    sql,
  }
}

/** An expression, and where the text of it stands that SQLite shows. */
interface Written {
  readonly expression: Expression
  readonly textStart: number
  readonly textEnd: number
}

function checkOf(constraint: Written & { readonly name: string | null }, sql: string): Check {
  const { name, expression, textStart, textEnd } = constraint
  return { name, expression, text: checkText(sql.slice(textStart, textEnd)) }
}

/** A text that begins with a quoted name is, by an old mistake that SQLite keeps, that name alone. */
function checkText(text: string): string {
  const close = quotes.get(text.charAt(0))
  if (close === undefined) return text
  let name = ''
  for (let i = 1; i < text.length; i++) {
    if (text[i] !== close) name += text[i]
    else if (text[i + 1] === close) name += text[++i]
    else break
  }
  return name
}

const quotes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['[', ']'],
])

function setDefault(column: MutableColumn, written: Written, sql: string): void {
  const { expression, textStart, textEnd } = written
  if (column.generated !== null) throw sqlError('cannot use DEFAULT on a generated column')
  if (!isConstantDefault(expression)) {
    throw sqlError(`default value of column [${column.name}] is not constant`)
  }
  column.defaultExpression = expression
  column.defaultText = sql.slice(textStart, textEnd)
  column.defaultStart = textStart
}

/** No columns, parameters or subqueries. (`sqlite3ExprIsConstantOrFunction`) */
function isConstantDefault(e: Expression): boolean {
  switch (e.kind) {
    case 'parameter':
    case 'column':
    case 'raise':
      return false
    case 'in':
      if (e.source.kind === 'table') return false
      break
    case 'function':
      if (e.over !== null || e.filter !== null) return false
      break
    default:
  }
  let result = true
  visitParts(
    e,
    (part) => {
      result &&= isConstantDefault(part)
    },
    () => {
      result = false
    },
  )
  return result
}

const strictTypes: ReadonlyMap<string, Affinity> = new Map<string, Affinity>([
  ['any', 'blob'],
  ['blob', 'blob'],
  ['int', 'integer'],
  ['integer', 'integer'],
  ['real', 'real'],
  ['text', 'text'],
])

/** (STRICT Tables §2: the six types; a primary key of a STRICT table is NOT NULL unless it is the rowid.) */
function applyStrictTypes(
  table: string,
  columns: readonly MutableColumn[],
  rowidAlias: number,
): void {
  columns.forEach((column, i) => {
    if (column.type === '') throw sqlError(`missing datatype for ${table}.${column.name}`)
    const affinity = strictTypes.get(foldName(column.type))
    if (affinity === undefined) {
      throw sqlError(`unknown datatype for ${table}.${column.name}: "${column.type}"`)
    }
    column.affinity = affinity
    if (column.primaryKeyPlace > 0 && i !== rowidAlias) column.notNull ??= 'ABORT'
  })
}
