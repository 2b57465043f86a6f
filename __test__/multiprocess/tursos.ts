/** Databases that processes of Turso share, for tests of faults that only they have. */
import type { ExecutionContext } from 'ava'
import { join } from 'node:path'
import { openRemote, turso, type Remote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

export const newPath = (): string => join(temporaryFolder(), 'a.db')

/** Two processes of Turso on a file that Turso has made. */
export async function openTursos(
  t: ExecutionContext,
  path: string,
  schema: string,
): Promise<[Remote, Remote]> {
  const one = await openRemote(t, path, turso)
  await one.exec(schema)
  return [one, await openRemote(t, path, turso)]
}

/** Rows 1 to `count` with `round`. */
export const fill = (remote: Remote, count: number, round: number): Promise<void> =>
  remote.call(
    ({ db }, count, round) => {
      db.exec('BEGIN IMMEDIATE; DELETE FROM t')
      const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)')
      for (let id = 1; id <= count; id++) insert.run(id, round, 'x'.repeat(900))
      db.exec('COMMIT')
    },
    count,
    round,
  )

export const table = 'CREATE TABLE t(id INTEGER PRIMARY KEY, round, filler)'
