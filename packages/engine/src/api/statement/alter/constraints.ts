/**
 * ALTER TABLE … ADD and DROP CONSTRAINT, ALTER COLUMN … SET and DROP NOT NULL: the definition is edited, and rows that are there must
 * hold to what is added. (`sqlite3AlterAddConstraint`, `sqlite3AlterDropConstraint`, `sqlite3AlterSetNotNull`)
 */
import { SqliteError, sqlError } from '../../../base/error.ts'
import { checkNewCheck } from '../../../plan/index.ts'
import type { Slice, Work } from '../../../runtime/index.ts'
import { sameName } from '../../../schema/index.ts'
import type { Table } from '../../../schema/index.ts'
import {
  hasConstraint,
  quoteName,
  withColumnConstraint,
  withoutConstraint,
  withoutNotNull,
  withTableConstraint,
} from '../../../sql/index.ts'
import type { AlterTable } from '../../../sql/index.ts'
import type { Session } from '../../connection/session.ts'
import { checkAlterable, columnPlace, ordinaryTable, type Found, type Planned } from './found.ts'
import type { Alteration } from './alteration.ts'

type Action<Kind> = AlterTable['action'] & { readonly kind: Kind }

function tableOf(found: Found): Table {
  const table = ordinaryTable(found, 'cannot edit constraints of')
  checkAlterable(found)
  return table
}

/** Refuses where a row of the table is one that the condition says. */
function* checkNoRow(
  alteration: Alteration,
  { name }: Table,
  condition: string,
  slice: Slice,
): Work<void> {
  const from = `${quoteName(alteration.database.name)}.${quoteName(name)}`
  const query = `SELECT 1 FROM ${from} WHERE ${condition} LIMIT 1`
  if ((yield* alteration.firstValue(query, slice)) !== null) {
    throw new SqliteError('constraint failed', 'SQLITE_CONSTRAINT')
  }
}

export function addConstraint(
  { context }: Session,
  found: Found,
  { constraint, textStart, textEnd }: Action<'add-constraint'>,
  sql: string,
): Planned {
  const table = tableOf(found)
  const { name } = constraint
  if (constraint.kind !== 'check') throw sqlError('SQL logic error')
  checkNewCheck(context.catalog, table, constraint.expression, sql, true)
  const text = trimmed(sql.slice(textStart, textEnd))
  const condition = sql.slice(constraint.textStart, constraint.textEnd)
  return {
    database: found.schema.database,
    change: function* (alteration, slice): Work<void> {
      alteration.editTable(table, (definition) => {
        if (name !== null && hasConstraint(definition, (other) => sameName(other, name))) {
          throw sqlError(`constraint ${name} already exists`)
        }
        return withTableConstraint(definition, text)
      })
      yield* checkNoRow(alteration, table, `(${condition}\n) IS NOT TRUE`, slice)
      alteration.reload(table.name, ' after add constraint')
    },
  }
}

/** Without the spaces and the comments of one line at its end. */
function trimmed(text: string): string {
  let end = 0
  const part =
    /\s+|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[^]/y
  for (let at = 0; at < text.length; at = part.lastIndex) {
    part.lastIndex = at
    const [token] = part.exec(text)!
    if (!/^(?:\s|--)/.test(token)) end = part.lastIndex
  }
  return text.slice(0, end)
}

export function dropConstraint(found: Found, name: string): Planned {
  const table = tableOf(found)
  return {
    database: found.schema.database,
    change: (alteration) => {
      alteration.editTable(table, (sql) =>
        withoutConstraint(sql, name, (other) => sameName(other, name)),
      )
      alteration.reload(table.name, ' after drop constraint')
    },
  }
}

export function setNotNull(
  found: Found,
  { column: name, textStart, textEnd }: Action<'set-not-null'>,
  sql: string,
): Planned {
  const table = tableOf(found)
  const column = columnPlace(table, name, name)
  const text = trimmed(sql.slice(textStart, textEnd))
  return {
    database: found.schema.database,
    change: function* (alteration, slice): Work<void> {
      yield* checkNoRow(
        alteration,
        table,
        `${quoteName(table.columns[column]!.name)} IS NULL`,
        slice,
      )
      alteration.editTable(table, (definition) =>
        withColumnConstraint(withoutNotNull(definition, column), column, text),
      )
      alteration.reload(table.name, ' after add constraint')
    },
  }
}

export function dropNotNull(found: Found, name: string): Planned {
  const table = tableOf(found)
  const column = columnPlace(table, name, name)
  return {
    database: found.schema.database,
    change: (alteration) => {
      alteration.editTable(table, (sql) => withoutNotNull(sql, column))
      alteration.reload(table.name, ' after drop constraint')
    },
  }
}
