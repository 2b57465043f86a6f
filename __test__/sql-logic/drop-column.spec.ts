/**
 * ALTER TABLE … DROP COLUMN over rows of all sizes, those that spill among them: the other columns hold what they held, with and without rowids,
 * in every size of page, and a rollback brings the column back.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { createRandom, type Random } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Null, numbers, texts and BLOBs, some of them longer than a page. */
function value(random: Random, pageSize: number): string {
  const size = random.pick([0, 1, 9, 60, 130, 900, pageSize, 3 * pageSize])
  switch (random.below(6)) {
    case 0:
      return 'NULL'
    case 1:
      return `${random.below(3)}`
    case 2:
      return `${random.below(2 ** 31)} * ${random.below(2 ** 20)}`
    case 3:
      return `${random.below(1000)} / 7.0`
    case 4:
      return `zeroblob(${random.below(size + 1)})`
    default:
      return `printf('%.*c', ${random.below(size + 1)}, '${random.pick(['x', 'é'])}')`
  }
}

const columns = ['a', 'b', 'c', 'd', 'e']

for (const [pageSize, encoding, mode] of [
  [512, 'UTF-8', 1],
  [1024, 'UTF-16le', 0],
  [4096, 'UTF-8', 2],
  [65536, 'UTF-16be', 0],
] as const) {
  for (const without of ['', ' WITHOUT ROWID']) {
    test(`drop column: pages of ${pageSize}, ${encoding}, auto_vacuum ${mode}${without}`, async (t) => {
      const random = createRandom(pageSize + without.length)
      t.log(`SEED=${random.seed}`)
      const path = join(temporaryFolder(), 'a.db')
      const database = new Database(path, { pageSize })
      database.exec(`PRAGMA encoding = '${encoding}'; PRAGMA auto_vacuum = ${mode}; PRAGMA synchronous = OFF;
        CREATE TABLE t (k INTEGER PRIMARY KEY, a, v AS (k + 1), b, c, d)${without};
        CREATE INDEX kept ON t (k, v)`)
      const fill = (count: number, names: readonly string[]): void => {
        for (let i = 0; i < count; i++) {
          const values = names.map(() => value(random, Math.min(pageSize, 4096)))
          const key = random.below(2 ** random.pick([7, 14, 40]))
          database.exec(
            `INSERT OR IGNORE INTO t (k, ${names.join(', ')}) VALUES (${key}, ${values.join(', ')})`,
          )
        }
      }
      database.exec('BEGIN')
      fill(60, columns.slice(0, 4))
      // Records that end before it.
      database.exec(`ALTER TABLE t ADD COLUMN e DEFAULT 'later'`)
      fill(30, columns)
      database.exec('COMMIT; DELETE FROM t WHERE k % 5 = 0')
      const left = [...columns]
      const rows = (names: readonly string[]): unknown[] =>
        database
          .prepare(`SELECT k, v, ${names.join(', ')} FROM t NOT INDEXED ORDER BY k`)
          .raw()
          .all()
      const isSound = (): boolean =>
        t.is(database.pragma('integrity_check', { simple: true }), 'ok', left.join())
      while (left.length > 0) {
        const all = [...left]
        const before = rows(all)
        const [gone] = left.splice(random.below(left.length), 1)
        const names = [...left, 'NULL']
        const expected = rows(names)
        database.exec(`BEGIN; SAVEPOINT s; ALTER TABLE t DROP COLUMN ${gone}`)
        t.deepEqual(rows(names), expected)
        isSound()
        database.exec('ROLLBACK TO s')
        t.deepEqual(rows(all), before)
        isSound()
        database.exec(
          `ALTER TABLE t DROP COLUMN ${gone}; INSERT INTO t (k) VALUES (-1); DELETE FROM t WHERE k = -1; COMMIT`,
        )
        t.deepEqual(rows(names), expected)
        isSound()
      }
      database.close()
      const oracle = openOracle()
      if (oracle === null) return
      t.teardown(() => oracle.close())
      await oracle.reset(`PRAGMA encoding = '${encoding}'`)
      await oracle.exec(`ATTACH '${path}' AS f`)
      t.deepEqual(await oracle.query('PRAGMA f.integrity_check'), [['ok']])
    })
  }
}
