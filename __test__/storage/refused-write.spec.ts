/**
 * A write that is refused before it is published, for whatever reason but a failed sync: nothing of it stays, and when the reason is gone
 * the same connection writes again.
 */
import test from 'ava'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import type { SqliteCode } from '../../packages/engine/src/base/codes.ts'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import type { Coordination } from '../../packages/engine/src/coordination/index.ts'
import { MemoryFile, Pager } from '../../packages/engine/src/storage/index.ts'
import { fill, valuesOf } from '../support/filled-pages.ts'

const pageCount = 30

const codes: readonly SqliteCode[] = [
  'SQLITE_IOERR',
  'SQLITE_IOERR_READ',
  'SQLITE_PROTOCOL',
  'SQLITE_FULL',
]

for (const call of ['checkUndisturbed', 'sharesSync', 'keepsLogLength'] as const) {
  for (const code of codes) {
    test(`refused write: ${code} of ${call} keeps nobody from writing later`, (t) => {
      const region = new Region()
      let left = Infinity
      const coordination = new Proxy<Coordination>(region.connect(), {
        get(target, name) {
          const value: unknown = Reflect.get(target, name, target)
          if (typeof value !== 'function') return value
          return (...args: unknown[]): unknown => {
            if (name === call && --left === 0) throw new SqliteError('refused', code)
            return (value as (...args: unknown[]) => unknown).apply(target, args)
          }
        },
      })
      const pager = Pager.open({
        path: '/simulated/none',
        databaseFile: new MemoryFile(),
        walFile: new MemoryFile(),
        coordination,
        readonly: false,
        busyTimeoutMs: 0,
        pageSize: 512,
        cacheSize: 10,
      })
      pager.beginWrite()
      fill(pager, 1, pageCount)
      pager.commit()
      let [value, refusals] = [1, 0]
      // Its first call, its second …, until it has none left.
      for (let at = 1; at < 40; at++) {
        pager.checkpoint('restart')
        left = at
        try {
          pager.beginWrite()
          fill(pager, value + 1, pageCount)
          pager.commit()
          value++
        } catch (error) {
          t.is((error as SqliteError).code, code)
          refusals++
          pager.rollback()
        }
        left = Infinity
        t.deepEqual(valuesOf(pager, pageCount), [value], `call ${at}`)
      }
      t.true(refusals > 0)
      t.true(value > 1)
      pager.close()
    })
  }
}
