/** Cursors of a program: made when it is linked, closed when a run ends. */
import { IndexCursor, TableCursor } from '../../runtime/index.ts'
import type { Table } from '../../schema/index.ts'
import { integerText } from '../emit/quote.ts'
import type { Generation } from '../source/generation.ts'

/** A cursor on the table's own tree; its name. */
export function tableCursor(generation: Generation, table: Table): string {
  return cursorOf(generation, table.database, table.root, table.withoutRowid)
}

/** A cursor on the tree with this root; its name. */
export function cursorOf(
  generation: Generation,
  database: string,
  root: number,
  isIndex: boolean,
): string {
  const { emitter } = generation
  const context = generation.database(database)
  const name = emitter.fresh('c')
  const made = isIndex
    ? emitter.use('IndexCursor', IndexCursor)
    : emitter.use('TableCursor', TableCursor)
  emitter.link(`const ${name} = new ${made}(${context}.pages, ${integerText(root)})`)
  emitter.atEnd(`${name}.close()`)
  return name
}
