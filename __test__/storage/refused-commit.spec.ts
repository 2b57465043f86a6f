/**
 * A commit that is refused before anything of it is written, because somebody who takes no part in the coordination has the database: when he
 * has gone, the same connection writes again.
 */
import test from 'ava'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { Pager } from '../../packages/engine/src/storage/index.ts'
import { SimulatedDisk } from '../support/faulty-file.ts'

for (const spills of [false, true]) {
  const what = spills ? 'a transaction that outgrows its cache' : 'a commit'
  test(`refused commit: ${what} is refused, and the next one is not`, (t) => {
    const disk = new SimulatedDisk()
    const coordination = new Region(true).connect()
    let isSeized = false
    const check = (): void => {
      if (isSeized) throw new SqliteError('locking protocol', 'SQLITE_PROTOCOL')
    }
    coordination.checkUndisturbed = check
    coordination.holdOff = check
    const pager = Pager.open({
      path: '/none/a.db',
      databaseFile: disk.open('db'),
      walFile: disk.open('wal'),
      coordination,
      readonly: false,
      pageSize: 512,
      cacheSize: 10,
    })
    const change = (value: number, pages: number): void => {
      pager.beginWrite()
      for (let i = 0; i < pages; i++) {
        pager.beginOperation()
        const page = pager.create(2 + i)
        page.data.fill(value, 100)
        pager.endOperation()
      }
      pager.commit()
    }
    change(1, 30)
    isSeized = true
    for (let i = 0; i < 3; i++) {
      const refused = t.throws<SqliteError>(() => change(2, spills ? 30 : 1))
      t.is(refused.code, 'SQLITE_PROTOCOL')
      pager.rollback()
    }
    isSeized = false
    change(3, 2)
    pager.beginRead()
    t.deepEqual(
      [2, 3, 4].map((pgno) => pager.get(pgno).data[200]),
      [3, 3, 1],
    )
    pager.endRead()
    pager.close()
  })
}
