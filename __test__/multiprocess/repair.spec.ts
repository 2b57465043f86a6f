/**
 * A publication that was cut off half-way, met by processes that only read: the log alone says what is committed, and a reader may have
 * opened the database before there was one.
 */
import test from 'ava'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { poke } from '../coordination/native-session.ts'
import { pause } from '../support/remote.ts'
import { endSessions, Session, shared } from '../support/session.ts'
import { readSidecar } from '../support/sidecar.ts'
import { temporaryFolder } from '../support/temporary.ts'

test.afterEach.always(endSessions)

/** A reader who was there before the log, and a writer who has committed three times since. */
async function openBoth(): Promise<{ path: string; reader: Session; writer: Session }> {
  const path = join(temporaryFolder(), 'a.db')
  const [reader, writer] = [new Session(), new Session()]
  await writer.open(path)
  await writer.exec('CREATE TABLE t(a)')
  await writer.close()
  rmSync(`${path}-wal`)
  await reader.open(path, { ...shared, readonly: true })
  await writer.open(path)
  for (let i = 1; i <= 3; i++) await writer.run('INSERT INTO t VALUES (?)', i)
  // The writer cuts the log to its length a moment after its last commit, and would repair what it finds.
  await pause(300)
  return { path, reader, writer }
}

/** As it is left by a writer that died in the middle. */
function cutOff(path: string): bigint {
  const odd = readSidecar(path).sequence + 1n
  poke(path, [48, odd])
  return odd
}

const rows = 'SELECT a FROM t'
const three = [[1], [2], [3]]

test.serial('repair: a reader who came before the log takes no commit away', async (t) => {
  const { path, reader, writer } = await openBoth()
  const { maxFrame } = readSidecar(path)
  cutOff(path)
  t.deepEqual(await reader.all(rows), three)
  t.is(readSidecar(path).maxFrame, maxFrame)
  t.deepEqual(await writer.all(rows), three)
  await writer.run('INSERT INTO t VALUES (4)')
  t.deepEqual(await reader.all(rows), [...three, [4]])
})

test.serial('repair: a reader without a log leaves it to others', async (t) => {
  const { path, reader, writer } = await openBoth()
  renameSync(`${path}-wal`, `${path}-elsewhere`)
  const odd = cutOff(path)
  const answer = await reader.ask({ all: rows })
  t.is(answer.code, 'SQLITE_PROTOCOL', answer.message)
  t.is(readSidecar(path).sequence, odd)
  renameSync(`${path}-elsewhere`, `${path}-wal`)
  t.deepEqual(await writer.all(rows), three)
  t.deepEqual(await reader.all(rows), three)
})
