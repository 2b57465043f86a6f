/**
 * A commit that has written all its frames and then cannot be published: whether it counts is no longer for its connection to
 * decide. The connection writes no more, and goes on reading what is committed, not what it has written itself: those
 * frames are nobody's, and the next writer puts his own in their place.
 */
import test from 'ava'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import type { Coordination } from '../../packages/engine/src/coordination/index.ts'
import { MemoryFile, Pager } from '../../packages/engine/src/storage/index.ts'
import { fill, valuesOf } from '../support/filled-pages.ts'

const pageCount = 40

/** A coordination whose next publication fails, when it is told so. */
function refusing(coordination: Coordination): { coordination: Coordination; refuse: () => void } {
  let isRefused = false
  const proxy = new Proxy(coordination, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (name === 'publishCommit' && isRefused) {
          isRefused = false
          throw new SqliteError('locking protocol', 'SQLITE_PROTOCOL')
        }
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
  return { coordination: proxy, refuse: () => (isRefused = true) }
}

for (const cacheSize of [10, 1000]) {
  const what = cacheSize < pageCount ? 'one that has outgrown its cache' : 'one that has not'
  test(`failed publication: ${what} is not read by its own connection`, (t) => {
    const region = new Region()
    const [databaseFile, walFile] = [new MemoryFile(), new MemoryFile()]
    const open = (coordination: Coordination): Pager =>
      Pager.open({
        path: '/simulated/none',
        databaseFile,
        walFile,
        coordination,
        readonly: false,
        busyTimeoutMs: 0,
        pageSize: 512,
        cacheSize,
      })
    const { coordination, refuse } = refusing(region.connect())
    const [one, two] = [open(coordination), open(region.connect())]
    one.beginWrite()
    fill(one, 1, pageCount)
    one.commit()

    one.beginWrite()
    fill(one, 2, pageCount)
    refuse()
    t.throws(() => one.commit(), { code: 'SQLITE_PROTOCOL' })
    one.rollback()
    t.deepEqual(valuesOf(one, pageCount), [1])
    t.throws(() => one.beginWrite(), { message: /an earlier write failed/ })

    // Pages and frames are other ones now.
    two.beginWrite()
    fill(two, 3, pageCount)
    two.commit()
    t.deepEqual(valuesOf(two, pageCount), [3])
    t.deepEqual(valuesOf(one, pageCount), [3])
  })
}
