/** Pages that scans bring into the cache: those of a first scan make room for each other, those of a second one stay. */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { PageCache } from '../../packages/engine/src/storage/pager/page-cache.ts'
import { Page } from '../../packages/engine/src/storage/pager/page.ts'
import { temporaryFolder } from '../support/temporary.ts'

const pageSize = 512
const first = 2
const last = 400

/** Brings in the pages that are not there, one after the other, as a scan does. */
function scan(cache: PageCache, look: (page: Page) => void = () => {}): void {
  for (let pgno = first; pgno <= last; pgno++) {
    let page = cache.find(pgno)
    if (page === undefined) cache.addScanned((page = new Page(pgno, cache.pool.take())))
    else page.referenced = true
    look(page)
  }
}

test('pages of a scan: the first one leaves few, the second one all', (t) => {
  const cache = new PageCache(pageSize)
  scan(cache)
  t.is(cache.size, 64)
  t.truthy(cache.find(last))
  t.is(cache.find(first), undefined)
  scan(cache)
  t.is(cache.size, last - first + 1)
  scan(cache)
  t.is(cache.size, last - first + 1)
})

test('pages of a scan: what is changed, held or asked for again stays', (t) => {
  const cache = new PageCache(pageSize)
  let held: Page | null = null
  const holder = { holds: (page: Page): boolean => page === held }
  cache.register(holder)
  scan(cache, (page) => {
    if (page.pgno === 10) page.dirty = true
    if (page.pgno === 20) held = page
    if (page.pgno === 31) cache.find(30)!.referenced = true
    // Whoever has taken it out has made it another's.
    if (page.pgno === 40) cache.discard(page)
  })
  const kept = [10, 20, 30, 40].map((pgno) => cache.find(pgno)?.pgno)
  t.deepEqual(kept, [10, 20, 30, undefined])
  t.is(cache.size, 64 + 3)
})

test('pages of a scan: rows are what they were, however often they are read, and beside changes', (t) => {
  const path = join(temporaryFolder(), 'r.db')
  const db = new Database(path)
  db.exec(
    `CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
     INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i, i % 7, printf('%.*c', 100, 'x') FROM n`,
  )
  db.close()
  const again = new Database(path)
  const sum = again.prepare('SELECT sum(a), count(*), sum(length(b)) FROM t')
  const expected = { 'sum(a)': 59998, 'count(*)': 20000, 'sum(length(b))': 2_000_000 }
  for (let i = 0; i < 3; i++) t.deepEqual(sum.get(), expected)
  // Another statement reads, and one changes what the scan is still to come to.
  let seen = 0
  const change = again.prepare('UPDATE t SET b = ? WHERE id = ?')
  again.exec('BEGIN')
  for (const { id } of again.prepare('SELECT id, b FROM t').iterate() as Iterable<{ id: number }>) {
    seen++
    if (id % 1000 !== 0) continue
    t.deepEqual(again.prepare('SELECT id FROM t WHERE id = ?').get(20_001 - id), {
      id: 20_001 - id,
    })
    again.unsafeMode(true)
    change.run('y'.repeat(50), 20_001 - id)
  }
  again.exec('COMMIT')
  t.is(seen, 20000)
  t.deepEqual(sum.get(), { ...expected, 'sum(length(b))': 2_000_000 - 20 * 50 })
  t.is(again.pragma('integrity_check', { simple: true }), 'ok')
  again.close()
})
