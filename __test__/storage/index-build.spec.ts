/** Index trees built from entries in order: sound, complete and full, whatever the sizes of pages and entries. */
import test from 'ava'
import { decodeRecord, encodeRecord, SearchKey } from '../../packages/engine/src/record/index.ts'
import {
  checkDatabase,
  createTree,
  IndexBuild,
  IndexCursor,
  IndexTree,
} from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import { StrictPages } from '../support/strict-pages.ts'

function textsOf(pages: StrictPages, root: number): unknown[] {
  const texts: unknown[] = []
  const cursor = new IndexCursor(pages, root)
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    cursor.loadPayload()
    texts.push(decodeRecord(cursor.data, cursor.payloadOffset, cursor.payloadSize, 'utf8')[0])
  }
  cursor.close()
  return texts
}

/** Builds a tree of texts of these sizes, looks at all of it, and changes it. */
function checkBuilt(
  t: import('ava').ExecutionContext,
  pageSize: number,
  reserved: number,
  sizes: readonly number[],
): number {
  const random = createRandom(pageSize + sizes.length, 7)
  const pages = new StrictPages(pageSize, reserved, () => random.next())
  const root = createTree(pages, 'index')
  const build = new IndexBuild(pages, root)
  const texts = sizes.map((size, i) => String(i).padStart(6, '0') + 'x'.repeat(size))
  texts.forEach((text, i) => {
    const record = encodeRecord([text, i], 'utf8')
    const shifted = new Uint8Array(record.length + 3)
    shifted.set(record, 3)
    build.add(shifted, 3, record.length)
  })
  build.finish()
  const roots = [
    { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
    { root, kind: 'index' as const, name: 'i' },
  ]
  const size = pages.pageCount
  t.deepEqual(checkDatabase(pages, roots, 10), [])
  t.deepEqual(textsOf(pages, root), texts)
  const tree = new IndexTree(pages, root)
  t.is(tree.count(), texts.length)
  // What has been built can be changed like any other.
  const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  const left = texts.filter((text, i) => {
    if (i % 3 !== 0) return true
    key.set([text, i], 2)
    return !tree.delete(key)
  })
  const late = encodeRecord(['000000a', 1], 'utf8')
  key.set(['000000a', 1], 2)
  tree.insert(late, late.length, key)
  left.push('000000a')
  t.deepEqual(textsOf(pages, root), left.sort())
  t.deepEqual(checkDatabase(pages, roots, 10), [])
  return size
}

for (const [pageSize, reserved] of [
  [512, 0],
  [512, 32],
  [1024, 0],
  [4096, 0],
  [65536, 0],
] as const) {
  test(`index build: pages of ${pageSize} bytes, ${reserved} reserved`, (t) => {
    const random = createRandom(3, pageSize)
    for (const count of [0, 1, 2, 3, 10, 400, 3000]) {
      const most = random.pick([4, 60, pageSize >> 2, pageSize])
      const sizes = Array.from({ length: count }, () =>
        random.below(20) === 0 ? random.below(3 * pageSize) : random.below(most),
      )
      checkBuilt(t, pageSize, reserved, sizes.slice(0, pageSize > 4096 ? 500 : count))
    }
  })
}

test('index build: every number of entries around the last full page', (t) => {
  for (let count = 0; count < 900; count += count < 120 ? 1 : 7) {
    checkBuilt(
      t,
      512,
      0,
      Array.from({ length: count }, () => 30),
    )
  }
})

test('index build: pages are full', (t) => {
  const sizes = Array.from({ length: 20_000 }, () => 10)
  // Of each entry 24 bytes: two of them for its place.
  const least = Math.ceil((20_000 * 24) / 4088)
  t.true(checkBuilt(t, 4096, 0, sizes) <= least + 5)
})
