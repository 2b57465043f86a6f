/**
 * The public databases of the corpus: each opens, and every table, WITHOUT ROWID ones and index contents
 * included, reads exactly as SQLite reads it.
 */
import test from 'ava'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { quoteName } from '../../packages/engine/src/sql/index.ts'
import { corpusPath } from '../support/corpus/place.ts'
import { sqliteTables } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const folder = corpusPath('data')
const names = folder === null ? [] : readdirSync(folder).filter((name) => !name.startsWith('.'))

if (folder === null) {
  test('corpus data: the corpus is missing, nothing was run', (t) => {
    t.log('set CORPUS_DIR to the corpora')
    t.pass()
  })
}

for (const name of names) {
  test(`corpus data: every table of ${name} reads as SQLite reads it`, (t) => {
    t.timeout(180_000)
    const path = join(temporaryFolder(), name)
    copyFileSync(join(folder!, name), path)
    const expected = sqliteTables(path)
    if (expected === null) {
      t.log('no node:sqlite here to compare with')
      t.pass()
      return
    }
    const db = new Database(path)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    let rows = 0
    for (const [table, wanted] of Object.entries(expected)) {
      const found = db
        .prepare(`SELECT * FROM ${quoteName(table)}`)
        .raw()
        .safeIntegers()
        .all() as unknown[][]
      rows += found.length
      t.deepEqual(found.map((row) => row.map(describe)).toSorted(), wanted.toSorted(), table)
    }
    t.true(rows > 0)
    db.close()
  })
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return `i${value}`
  if (typeof value === 'number') return `r${value}`
  if (typeof value === 'string') return `t${Buffer.from(value).toString('hex')}`
  return `b${Buffer.from(value as Uint8Array).toString('hex')}`
}
