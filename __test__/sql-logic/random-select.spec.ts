/**
 * Random SELECTs over files that SQLite made, answered by both. `SEED=…` repeats a run; the seed of a failure is in its
 * message. (`ROUNDS` and `QUERIES` make it longer.)
 */
import test from 'ava'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { createRandom } from '../support/random.ts'
import { runWithSqlite } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { comparable, SelectWriter, type RandomSelect } from './random-select.ts'

const roundCount = Number(process.env['ROUNDS'] ?? 8)
const queryCount = Number(process.env['QUERIES'] ?? 50)

interface Round {
  readonly path: string
  readonly setup: readonly string[]
  readonly queries: readonly string[]
}

type Shown = null | readonly [string, string]

/** Makes each file, and answers its queries; an error is its sentence. */
const program = `
const rounds = JSON.parse(require('node:fs').readFileSync(process.argv[1], 'utf8'))
const show = (v) => v === null ? null : v instanceof Uint8Array ? ['b', Buffer.from(v).toString('hex')]
  : [typeof v === 'string' ? 't' : 'n', String(v)]
process.stdout.write(JSON.stringify(rounds.map(({ path, setup, queries }) => {
  const db = new DatabaseSync(path)
  for (const sql of setup) try { db.exec(sql) } catch (error) { if (!sql.startsWith('CREATE')) throw error }
  const answers = queries.map((sql) => {
    try {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      statement.setReadBigInts(true)
      return statement.all().map((row) => row.map(show))
    } catch (error) { return error.message }
  })
  db.close()
  return answers
})))`

function fromShown(shown: Shown): unknown {
  if (shown === null) return null
  const [kind, text] = shown
  if (kind === 't') return text
  return kind === 'b' ? Buffer.from(text, 'hex') : Number(text)
}

/** The keys of the rows in their order, then the rows, in an order of our own. */
function levelled(rows: readonly (readonly unknown[])[], keyCount: number): readonly string[] {
  const shown = rows.map((row) => row.map(comparable))
  const keys = keyCount === 0 ? [] : shown.map((row) => row.slice(0, keyCount).join(' | '))
  return [...keys, ...shown.map((row) => row.join(' | ')).sort()]
}

test(`select: ${roundCount * queryCount} random ones answer as SQLite does`, (t) => {
  t.timeout(300_000)
  const folder = temporaryFolder()
  const written: { readonly round: Round; readonly selects: readonly RandomSelect[] }[] = []
  const seed = createRandom().seed
  for (let i = 0; i < roundCount; i++) {
    const writer = new SelectWriter(createRandom(i))
    const setup = writer.schema()
    const selects = Array.from({ length: queryCount }, () => writer.query())
    const path = join(folder, `${i}.db`)
    written.push({ round: { path, setup, queries: selects.map(({ sql }) => sql) }, selects })
  }
  const input = join(folder, 'rounds.json')
  writeFileSync(input, JSON.stringify(written.map(({ round }) => round)))
  const answers = runWithSqlite(program, [input]) as (Shown[][] | string)[][] | null
  if (answers === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  let compared = 0
  for (const [i, { round, selects }] of written.entries()) {
    const database = new Database(round.path)
    for (const [j, { sql, keyCount }] of selects.entries()) {
      const expected = answers[i]![j]!
      // Which of several errors is met, and whether, depends on the order of evaluation.
      if (typeof expected === 'string') continue
      const message = `SEED=${seed}, round ${i}: ${[...round.setup, sql].join(';\n')}`
      const wanted = levelled(
        expected.map((row) => row.map(fromShown)),
        keyCount,
      )
      const rows = database.prepare(sql).raw().all() as unknown[][]
      t.deepEqual(levelled(rows, keyCount), wanted, message)
      compared++
    }
    database.close()
  }
  t.true(compared > (roundCount * queryCount) / 2, 'most of them are no mistakes')
})
