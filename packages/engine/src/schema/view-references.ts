/**
 * A view may only name objects of its own database, for it stays in the file when the file is attached elsewhere, under
 * another name. (`sqlite3FixSelect`; a temporary view may name all.)
 */
import type { Select } from '../sql/index.ts'
import { sameName } from './name.ts'

/** The first database besides `own` that a view's query names, as it is written; null: none. */
export function foreignDatabase(select: Select, own: string): string | null {
  return search(select, own)
}

function search(syntax: unknown, own: string): string | null {
  if (typeof syntax !== 'object' || syntax === null || syntax instanceof Uint8Array) return null
  if (isTableName(syntax) && syntax.schema !== null && !sameName(syntax.schema, own)) {
    return syntax.schema
  }
  for (const part of Object.values(syntax)) {
    const found = search(part, own)
    if (found !== null) return found
  }
  return null
}

function isTableName(syntax: object): syntax is { readonly schema: string | null } {
  return 'kind' in syntax && syntax.kind === 'table' && 'schema' in syntax
}
