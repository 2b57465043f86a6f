/**
 * Real files through the Rust core, in one process: what is left on the disk after opening and closing in each
 * mode, read-only opens, links, and SQLite as the next user of the file.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isNativeAvailable } from '../../packages/engine/src/coordination/native.ts'
import type { Pager } from '../../packages/engine/src/storage/index.ts'
import { hasSqlite, sqlite, temporaryFolder } from '../crash/sqlite-shell.ts'
import { openFile } from './open-file.ts'

function onFiles(title: string, run: (t: ExecutionContext, folder: string) => void): void {
  test(`files: ${title}`, (t) => {
    if (isNativeAvailable()) return run(t, temporaryFolder(t))
    t.log('the addon is not built: not tested')
    t.pass()
  })
}

function setVersion(pager: Pager, version: number): void {
  pager.beginWrite()
  pager.header.userVersion = version
  pager.commit()
}

function version(pager: Pager): number {
  pager.beginRead()
  try {
    return pager.header.userVersion
  } finally {
    pager.endRead()
  }
}

onFiles('one process leaves an unwritten database empty and nothing beside it', (t, folder) => {
  const pager = openFile(join(folder, 'a.db'), false)
  t.is(version(pager), 0)
  pager.close()
  t.deepEqual(readdirSync(folder), ['a.db'])
  t.is(statSync(join(folder, 'a.db')).size, 0)
})

onFiles('one process leaves a written database and no log', (t, folder) => {
  const path = join(folder, 'a.db')
  const pager = openFile(path, false)
  setVersion(pager, 5)
  t.true(statSync(`${path}-wal`).size > 32)
  pager.close()
  t.deepEqual(readdirSync(folder), ['a.db'])
  if (hasSqlite) t.is(sqlite(path, 'PRAGMA user_version; PRAGMA integrity_check;'), '5\nok')
})

onFiles(
  'several processes: a new database has its first page and a log header at once',
  (t, folder) => {
    const path = join(folder, 'a.db')
    const pager = openFile(path, true)
    t.is(statSync(path).size, 4096)
    t.is(statSync(`${path}-wal`).size, 32)
    t.is(statSync(`${path}-tshm`).size, 86_016)
    setVersion(pager, 6)
    pager.close()
    t.is(statSync(`${path}-wal`).size, 0)
    t.true(existsSync(`${path}-tshm`))
    t.false(existsSync(`${path}-shm`))
    // The modes follow one another on one file.
    const single = openFile(path, false)
    t.is(version(single), 6)
    setVersion(single, 7)
    single.close()
    const again = openFile(path, true)
    t.is(version(again), 7)
    again.close()
    if (hasSqlite) t.is(sqlite(path, 'PRAGMA user_version; PRAGMA integrity_check;'), '7\nok')
  },
)

for (const multiprocess of [false, true]) {
  const mode = multiprocess ? 'several processes' : 'one process'
  onFiles(`${mode}: two connections see each other's commits and busy writers`, (t, folder) => {
    const path = join(folder, 'a.db')
    const [one, two] = [openFile(path, multiprocess, 0), openFile(path, multiprocess, 0)]
    setVersion(one, 1)
    t.is(version(two), 1)
    setVersion(two, 2)
    t.is(version(one), 2)
    one.beginWrite()
    t.throws(() => two.beginWrite(), { message: 'database is locked' })
    t.is(two.state, 'none')
    one.rollback()
    two.beginRead()
    t.is(two.header.userVersion, 2)
    setVersion(one, 3)
    const stale = t.throws(() => two.beginWrite())
    t.is((stale as { code?: string }).code, 'SQLITE_BUSY_SNAPSHOT')
    t.deepEqual(one.checkpoint('truncate'), { busy: true, logFrames: 3, checkpointedFrames: 2 })
    two.endRead()
    t.deepEqual(one.checkpoint('truncate'), { busy: false, logFrames: 0, checkpointedFrames: 0 })
    setVersion(two, 4)
    t.is(version(one), 4)
    one.close()
    two.close()
  })

  onFiles(`${mode}: read-only opens read the log and change nothing`, (t, folder) => {
    const path = join(folder, 'a.db')
    const first = openFile(path, multiprocess)
    setVersion(first, 8)
    const inside = openFile(path, multiprocess, 0, true)
    t.is(version(inside), 8)
    t.throws(() => inside.beginWrite(), { message: 'attempt to write a readonly database' })
    inside.close()
    const before = [readFileSync(path), readFileSync(`${path}-wal`)]
    // As if the process had died: the same files elsewhere.
    const copy = join(folder, 'copy.db')
    writeFileSync(copy, before[0]!)
    writeFileSync(`${copy}-wal`, before[1]!)
    first.close()
    const reader = openFile(copy, multiprocess, 0, true)
    t.is(version(reader), 8)
    reader.close()
    t.deepEqual([readFileSync(copy), readFileSync(`${copy}-wal`)], before)
    const writer = openFile(copy, multiprocess)
    t.is(version(writer), 8)
    writer.close()
  })
}

onFiles('a missing file is not created for a reader', (t, folder) => {
  const error = t.throws(() => openFile(join(folder, 'missing.db'), false, 0, true))
  t.is((error as { code?: string }).code, 'SQLITE_CANTOPEN')
  t.deepEqual(readdirSync(folder), [])
})

onFiles(
  'a file that is no database is refused and stays as it is, and can then be replaced',
  (t, folder) => {
    const path = join(folder, 'text.db')
    writeFileSync(path, 'not a database\n'.repeat(100))
    for (const multiprocess of [false, true]) {
      const error = t.throws(() => openFile(path, multiprocess, 0))
      t.is((error as { code?: string }).code, 'SQLITE_NOTADB')
    }
    t.is(readFileSync(path, 'latin1'), 'not a database\n'.repeat(100))
    writeFileSync(path, '')
    const pager = openFile(path, false, 0)
    setVersion(pager, 1)
    pager.close()
  },
)

onFiles('one process follows a link to the file and its log', (t, folder) => {
  const path = join(folder, 'real.db')
  writeFileSync(path, '')
  symlinkSync(path, join(folder, 'link.db'))
  const pager = openFile(join(folder, 'link.db'), false)
  setVersion(pager, 3)
  t.true(existsSync(`${path}-wal`))
  pager.close()
  t.deepEqual(readdirSync(folder).sort(), ['link.db', 'real.db'])
})

onFiles('SQLite and one process of ours keep each other out', (t, folder) => {
  if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
  const path = join(folder, 'a.db')
  const pager = openFile(path, false)
  setVersion(pager, 3)
  const answer = t.throws(() => sqlite(path, 'PRAGMA user_version;'))
  t.regex(answer.message, /database is locked/)
  pager.close()
  t.is(sqlite(path, 'PRAGMA user_version;'), '3')
})
