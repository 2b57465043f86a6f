/** The steps of a round of queries: a schema with few rows, and questions of every kind, between which the rows and the schema change a little. */
import type { Random } from '../../random.ts'
import { changeStatement } from './change.ts'
import { insteadTrigger, journal, viewChange } from './instead.ts'
import { mistake } from './mistake.ts'
import { scalarQuestion } from './scalar.ts'
import { grammar, question } from './select.ts'
import { indexOf, randomDatabase, type QueryTable } from './tables.ts'
import { Writer } from './writer.ts'

const savepoints = [
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT s1',
  'SAVEPOINT s2',
  'RELEASE s1',
  'ROLLBACK TO s1',
  'ROLLBACK TO s2',
  'RELEASE s2',
]

/** What the schema says of itself. */
function pragma(w: Writer, table: QueryTable): string {
  const plain = table.name.split('.').at(-1)!
  if (w.oneIn(3)) {
    const ofFile = [
      'user_version',
      'integrity_check',
      'encoding',
      'page_size',
      'freelist_count',
      'application_id',
      'recursive_triggers',
    ]
    return `PRAGMA ${w.random.pick(ofFile)} /* rows */`
  }
  const database = w.oneIn(4) ? `${w.random.pick(['main', 'temp', 'aux'])}.` : ''
  return `PRAGMA ${database}${w.either(
    () => `table_info(${plain})`,
    () => `table_xinfo(${w.random.pick([plain, 'v0', 'v1', 'nothing', 'sqlite_schema'])})`,
    () => `index_list(${plain})`,
    () => `index_info(${plain}_i1)`,
    () => `index_xinfo(${plain}_i${1 + w.random.below(3)})`,
    () => `foreign_key_list(${plain})`,
    () => `table_list(${plain})`,
    () => `quick_check(${plain})`,
  )} /* rows */`
}

/** No PRAGMA optimize: SQLite's looks at what the queries before have used. (COMPATIBILITY) */
function schemaStep(w: Writer, table: QueryTable): string {
  const plain = table.name.split('.').at(-1)!
  return w.either(
    () => indexOf(w, table, 1 + w.random.below(3)),
    () => `DROP INDEX IF EXISTS ${plain}_i${1 + w.random.below(3)}`,
    () => 'ANALYZE',
    () => `ANALYZE ${plain}`,
    () => 'REINDEX',
    () => `PRAGMA user_version = ${w.random.below(9)}`,
  )
}

/** BLOBs as texts in UTF-16 are read by SQLite in ways of its own. (COMPATIBILITY) */
function isSafe(sql: string, isWide: boolean): boolean {
  return !isWide || !/x'|blob|hex|jsonb/i.test(sql)
}

/** @param isWide the encoding is one of UTF-16 */
export function querySteps(random: Random, isWide: boolean): string[] {
  const { setup, tables, sources } = randomDatabase(random)
  const views = sources.filter(({ isTable }) => !isTable)
  const steps = [...setup, journal]
  const count = 40 + random.below(80)
  for (let i = 0; i < count; i++) {
    const w = new Writer(random, grammar, sources)
    const table = random.pick(tables)
    const kind = random.below(40)
    if (kind < 22) steps.push(question(w))
    else if (kind < 28) {
      const asked = scalarQuestion(w)
      if (isSafe(asked, isWide)) steps.push(asked)
    } else if (kind < 32) steps.push(changeStatement(random, sources, table))
    else if (kind === 32) steps.push(schemaStep(w, table))
    else if (kind === 33) steps.push(pragma(w, table))
    else if (kind === 34) steps.push(random.pick(savepoints))
    else if (kind === 35 && views.length > 0) {
      const view = random.pick(views)
      if (random.below(3) === 0) steps.push(insteadTrigger(random, view))
      else steps.push(viewChange(random, sources, view))
    } else if (kind === 36)
      steps.push(`EXPLAIN QUERY PLAN ${question(w)}`.replace(/\w+ \*\/$/, 'fails */'))
    else {
      const right = random.below(4) === 0 ? changeStatement(random, sources, table) : question(w)
      steps.push(mistake(w, right, steps.slice(0, 40)))
    }
  }
  return steps
}
