/**
 * A database in rollback-journal format becomes one in WAL format with its first write. Where that fails, the next write does it: a log
 * beside a file that says it has none would be read by nobody but us.
 */
import test from 'ava'
import { Region } from '../../packages/engine/src/coordination/index.ts'
import { MemoryFile, Pager } from '../../packages/engine/src/storage/index.ts'
import { SimulatedDisk } from '../support/faulty-file.ts'

function rollbackDatabase(): Buffer {
  const file = new MemoryFile()
  const coordination = new Region().connect()
  const options = { path: '/simulated/none', databaseFile: file, walFile: new MemoryFile() }
  const pager = Pager.open({ ...options, coordination, readonly: false, busyTimeoutMs: 0 })
  pager.beginWrite()
  pager.header.userVersion = 1
  pager.commit()
  pager.close()
  const bytes = Buffer.from(file.content())
  bytes[18] = 1
  bytes[19] = 1
  return bytes
}

for (const [name, call] of [
  ['written', 1],
  ['synced', 2],
] as const) {
  for (const fault of ['io', 'full'] as const) {
    if (fault === 'full' && call === 2) continue
    test(`format change: a header that could not be ${name} (${fault}) is written by the next transaction`, (t) => {
      const disk = new SimulatedDisk()
      const databaseFile = disk.open('db')
      databaseFile.write([rollbackDatabase()], 0)
      databaseFile.sync()
      const pager = Pager.open({
        path: '/simulated/none',
        databaseFile,
        walFile: disk.open('wal'),
        coordination: new Region().connect(),
        readonly: false,
        busyTimeoutMs: 0,
      })
      disk.failAt(call, fault)
      t.throws(() => pager.beginWrite(), {
        code:
          fault === 'full'
            ? 'SQLITE_FULL'
            : call === 1
              ? 'SQLITE_IOERR_WRITE'
              : 'SQLITE_IOERR_FSYNC',
      })
      t.is(pager.state, 'none')
      for (const version of [2, 3]) {
        pager.beginWrite()
        pager.header.userVersion = version
        pager.commit()
        // In the file, as the power would leave it.
        const survivor = disk
          .crash(2 * version)
          .open('db')
          .content()
        t.deepEqual([survivor[18], survivor[19]], [2, 2])
      }
      pager.beginRead()
      t.is(pager.header.userVersion, 3)
      pager.endRead()
    })
  }
}
