/** Pages of which each holds one value all over: what of a transaction is there shows at a look. */
import type { Pager } from '../../packages/engine/src/storage/index.ts'

/** The first pages have headers of their own. */
const from = 200

/** Page 2 to the last are of this value now, in the transaction that is open. */
export function fill(pager: Pager, value: number, pageCount: number): void {
  for (let pgno = 2; pgno <= pageCount; pgno++) {
    pager.beginOperation()
    const page = pgno > pager.pageCount ? pager.create(pgno) : pager.get(pgno)
    pager.write(page)
    page.data.fill(value, from)
    pager.endOperation()
  }
}

/** The values that a new transaction finds on them. */
export function valuesOf(pager: Pager, pageCount: number): number[] {
  pager.beginRead()
  const found = new Set<number>()
  for (let pgno = 2; pgno <= pageCount; pgno++) found.add(pager.get(pgno).data[from]!)
  pager.endRead()
  return [...found]
}
