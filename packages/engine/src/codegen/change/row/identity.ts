/**
 * Which row of a table is meant: the one with a rowid, or, in a WITHOUT ROWID table, the one with a primary key. Rows that are
 * updated, deleted or in the way of others are found by it, and index entries lead to it.
 */
import type { WriteTarget } from '../../../plan/index.ts'
import { anyInteger, anyValue, nullKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'

export type RowIdentity =
  | { readonly kind: 'rowid'; readonly rowid: Code }
  /** The columns of the primary key, in key order and of the value domain. */
  | { readonly kind: 'key'; readonly columns: readonly Code[] }

/** The row with the rowid in a variable. */
export function rowidIdentity(name: string): RowIdentity {
  return { kind: 'rowid', rowid: { text: name, kinds: anyInteger, simple: true } }
}

/** The row whose key is the elements of the array in a variable. */
export function keyIdentity({ primary }: WriteTarget, name: string): RowIdentity {
  const columns = primary!.index.columns.map((_, i): Code => ({
    text: `${name}[${i}]`,
    kinds: anyValue & ~nullKind,
    simple: true,
  }))
  return { kind: 'key', columns }
}

/** The code of an identity, one value after another. */
export function partsOf(identity: RowIdentity): readonly Code[] {
  return identity.kind === 'rowid' ? [identity.rowid] : identity.columns
}

/** An identity of the same kind with other code. */
export function withParts({ kind }: RowIdentity, parts: readonly Code[]): RowIdentity {
  return kind === 'rowid' ? { kind, rowid: parts[0]! } : { kind, columns: parts }
}
