/**
 * A view or a trigger may only name objects of its own database, for it stays in the file when the file is attached elsewhere, under
 * another name. (`sqlite3FixSelect`; a temporary one may name all.)
 */
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
