/**
 * Whatever a pass does, the answer stays: random queries are run as the binder made them, which is with full
 * scans in the order of writing, and again after each pass, and the rows are compared.
 */
import test from 'ava'
import {
  optimize,
  optimizePasses,
  planText,
  runPass,
} from '../../packages/engine/src/plan/index.ts'
import type { BoundQuery } from '../../packages/engine/src/plan/index.ts'
import { BareEngine, shown } from '../codegen/bare-engine.ts'
import { createRandom } from '../support/random.ts'
import { QueryWriter, randomTables } from './random-query.ts'

/** 1 and 1.0 are equal: which of them stands for both in DISTINCT or a group depends on who comes first. */
function numeral(value: unknown): string {
  return shown(value).replace(/^real (-?\d+)$/, 'integer $1')
}

function answer(engine: BareEngine, query: BoundQuery): string[] {
  const rows = engine.run(query) as unknown[][]
  return rows.map((row) => row.map(numeral).join(' | ')).sort()
}

test('optimizer: no pass changes the answer of a random query', (t) => {
  t.timeout(300_000)
  for (let round = 0; round < 60; round++) {
    const random = createRandom(round)
    const tables = randomTables(random)
    const engine = new BareEngine()
    for (const sql of tables.setup) engine.exec(sql)
    const writer = new QueryWriter(random, tables)
    for (let i = 0; i < 8; i++) {
      const sql = writer.query(1 + random.below(3))
      let query = engine.bind(sql)
      const expected = answer(engine, query)
      const { catalog } = engine.connection.context
      for (const pass of optimizePasses) {
        query = runPass(pass, query, catalog) as BoundQuery
        const message = `SEED=${random.seed}, after ${pass.name}: ${[...tables.setup, sql].join(';\n')}`
        t.deepEqual(answer(engine, query), expected, message)
      }
    }
    engine.close()
  }
})

test('optimizer: a sort that is dropped leaves the order', (t) => {
  t.timeout(300_000)
  for (let round = 0; round < 60; round++) {
    const random = createRandom(1000 + round)
    const tables = randomTables(random)
    const engine = new BareEngine()
    for (const sql of tables.setup) engine.exec(sql)
    for (const [table, columns] of tables.columns) {
      const key = (): string =>
        `${random.pick(columns)}${random.pick(['', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST'])}`
      const where = random.pick(['', ` WHERE ${random.pick(columns)} > 1`])
      // All columns in the order: rows that still tie are alike, but for 1 and 1.0.
      const keys = [key(), key(), ...columns].join(', ')
      const sql = `SELECT * FROM ${table}${where} ORDER BY ${keys}`
      const query = engine.bind(sql)
      let optimized: BoundQuery = query
      for (const pass of optimizePasses) {
        optimized = runPass(pass, optimized, engine.connection.context.catalog) as BoundQuery
      }
      const shownRows = (q: BoundQuery): string[] =>
        (engine.run(q) as unknown[][]).map((row) => row.map(numeral).join(' | '))
      t.deepEqual(
        shownRows(optimized),
        shownRows(query),
        `SEED=${random.seed}: ${[...tables.setup, sql].join(';\n')}`,
      )
    }
    engine.close()
  }
})

test('optimizer: a pass that is left out would have changed nothing', (t) => {
  for (let round = 0; round < 40; round++) {
    const random = createRandom(2000 + round)
    const tables = randomTables(random)
    const engine = new BareEngine()
    for (const sql of tables.setup) engine.exec(sql)
    const writer = new QueryWriter(random, tables)
    const { catalog } = engine.connection.context
    for (let i = 0; i < 20; i++) {
      const sql = writer.query(1 + random.below(3))
      const bound = engine.bind(sql)
      let whole = bound
      for (const pass of optimizePasses) whole = runPass(pass, whole, catalog) as BoundQuery
      const message = `SEED=${random.seed}: ${[...tables.setup, sql].join(';\n')}`
      t.is(planText(optimize(bound, catalog)), planText(whole), message)
    }
    engine.close()
  }
})
