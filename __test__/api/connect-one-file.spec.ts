/** `connect()`: all connections of a pool have the file open that the first one has, wherever that is by now, and none that is in its place. */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  connect,
  Database,
  type AsyncDatabase,
  type SqliteError,
} from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** What connections answer that read, and that stream. */
async function answers(db: AsyncDatabase): Promise<unknown[]> {
  const reads = await Promise.all([db.all('SELECT * FROM t'), db.all('SELECT * FROM t')])
  const rows = []
  for await (const row of db.iterate('SELECT * FROM t')) rows.push(row)
  return [...reads, rows]
}

async function made(db: AsyncDatabase): Promise<AsyncDatabase> {
  await db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  return db
}

const theirs = [[{ a: 1 }], [{ a: 1 }], [{ a: 1 }]]

for (const experimental of [[], ['multiprocess_wal']]) {
  const mode = experimental.length === 0 ? 'one process' : 'several processes'

  test.serial(`one file: another working directory leads to no other (${mode})`, async (t) => {
    const folder = temporaryFolder()
    const before = process.cwd()
    mkdirSync(join(folder, 'other'))
    process.chdir(folder)
    try {
      const db = await made(await connect('a.db', { experimental }))
      process.chdir('other')
      t.deepEqual(await answers(db), theirs)
      await db.close()
      t.deepEqual(readdirSync('.'), [])
    } finally {
      process.chdir(before)
    }
  })

  test(`one file: it is followed when its folder is renamed (${mode})`, async (t) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'one'))
    const db = await made(await connect(join(folder, 'one', 'a.db'), { experimental }))
    renameSync(join(folder, 'one'), join(folder, 'two'))
    t.deepEqual(await answers(db), theirs)
    await db.close()
  })

  test(`one file: where it is deleted or replaced nothing else is read or made (${mode})`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = await made(await connect(path, { experimental }))
    for (const suffix of ['', '-wal', '-tshm']) rmSync(path + suffix, { force: true })
    await t.throwsAsync(answers(db), { code: 'SQLITE_CANTOPEN' })
    const other = new Database(`${path}2`)
    other.exec('CREATE TABLE t(a); INSERT INTO t VALUES (2)')
    other.close()
    renameSync(`${path}2`, path)
    const error = await t.throwsAsync<SqliteError>(answers(db))
    t.regex(String(error?.code), /^SQLITE_(?:CANTOPEN|BUSY)$/)
    await db.close()
  })
}
