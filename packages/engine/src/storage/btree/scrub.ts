/**
 * PRAGMA secure_delete: before a page of a tree is written to the file, the bytes that belong to no cell become zeros, so that nothing of what was deleted
 * stays there. (Free pages are overwritten when they are freed: `freelist.ts`.)
 */
import type { Page } from '../pager/page.ts'
import { cellCountOf, contentStartOf, headerOffset, pointersOffset } from './page-layout.ts'

/** Pages of trees are known by having been verified; others hold nothing but what is in use. */
export function scrub(pages: readonly Page[]): void {
  for (const page of pages) if (page.verified) scrubPage(page)
}

function scrubPage(page: Page): void {
  const { data, pgno } = page
  const header = headerOffset(pgno)
  data.fill(0, pointersOffset(page) + 2 * cellCountOf(page), contentStartOf(data, header))
  let block = (data[header + 1]! << 8) | data[header + 2]!
  while (block !== 0) {
    const next = (data[block]! << 8) | data[block + 1]!
    const size = (data[block + 2]! << 8) | data[block + 3]!
    data.fill(0, block + 4, block + size)
    // In order, or the page is damaged.
    if (next <= block) return
    block = next
  }
}
