/**
 * Pages that the structure check has complained about, read as SQLite reads them. Elsewhere a page that breaks a rule is refused as a whole
 * (`verifyPage`); SQLite goes on until it meets a cell that it cannot read, and `PRAGMA integrity_check` shows it.
 */
import type { Page, PageHolder, Pages } from '../pager/page.ts'
import { cellCountOf, contentStartOf, headerOffset, pointersOffset } from './page-layout.ts'

/** What may be read behind the end of a page before it shows that a cell is too long: a page number and two varints. */
const margin = 22

/**
 * Runs `body`, in steps, which reads and does not write. Meanwhile these pages pass for verified, and are held in the cache: copies whose cell pointers
 * all lead into the page, behind which there are zeros.
 */
export function* readingDamaged<Step, Result>(
  pages: Pages,
  pgnos: readonly number[],
  body: () => Generator<Step, Result, void>,
): Generator<Step, Result, void> {
  const held = new Map<Page, Uint8Array>()
  const holder: PageHolder = { holds: (page) => held.has(page) }
  pages.register(holder)
  try {
    for (const pgno of pgnos) {
      const page = pages.get(pgno)
      const copy = held.has(page) ? null : readableCopy(page)
      if (copy === null) continue
      held.set(page, page.data)
      page.data = copy
      page.verified = true
    }
    return yield* body()
  } finally {
    for (const [page, data] of held) {
      page.data = data
      page.verified = false
    }
    pages.unregister(holder)
  }
}

/** null: a cell pointer that would have to be another is a part of a cell, too. */
function readableCopy(page: Page): Uint8Array | null {
  const { data, pgno } = page
  const copy = Buffer.alloc(data.length + margin)
  copy.set(data)
  const pointers = pointersOffset(page)
  const contentStart = contentStartOf(data, headerOffset(pgno))
  for (let i = cellCountOf(page) - 1; i >= 0; i--) {
    const at = pointers + 2 * i
    const pointer = (data[at]! << 8) | data[at + 1]!
    if (pointer < data.length) continue
    if (at + 2 > contentStart) return null
    copy[at] = (pointer & (data.length - 1)) >> 8
  }
  return copy
}
