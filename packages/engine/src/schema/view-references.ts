/**
 * A view or a trigger may only name objects of its own database, for it stays in the file when the file is attached elsewhere, under
 * another name. (`sqlite3FixSelect`; a temporary one may name all.)
 */
import { sqlError } from '../base/error.ts'
import { syntaxVisitor, type CreateTrigger, type Select } from '../sql/index.ts'
import { sameName } from './name.ts'

/** The first database besides `own` that a view's query names, as it is written; null: none. */
export function foreignDatabase(select: Select, own: string): string | null {
  return foreignIn(own, (visitor) => visitor.select(select))
}

/** The same of a trigger's body. (`sqlite3FixTriggerStep`) */
export function foreignDatabaseOfTrigger(trigger: CreateTrigger, own: string): string | null {
  return foreignIn(own, (visitor) => visitor.trigger(trigger))
}

const qualifiedChange =
  'qualified table names are not allowed on INSERT, UPDATE, and DELETE statements within triggers'

/** Refuses a trigger that changes a table whose database it names: only a temporary one may. */
export function checkChangedTables({ body }: CreateTrigger): void {
  for (const step of body) {
    const isChange = step.kind === 'insert' || step.kind === 'update' || step.kind === 'delete'
    if (isChange && step.table.schema !== null) throw sqlError(qualifiedChange)
  }
}

function foreignIn(
  own: string,
  visit: (visitor: ReturnType<typeof syntaxVisitor>) => void,
): string | null {
  let foreign: string | null = null
  const look = (schema: string | null): void => {
    if (schema !== null && !sameName(schema, own)) foreign ??= schema
  }
  const visitor = syntaxVisitor({
    table: (table) => {
      if (table.kind === 'table') look(table.schema)
    },
    inTable: ({ schema }) => look(schema),
  })
  visit(visitor)
  return foreign
}
