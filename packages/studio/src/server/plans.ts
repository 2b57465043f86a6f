/** How statements would be run: EXPLAIN QUERY PLAN, and the JavaScript that EXPLAIN shows line by line. Nothing of them is run. */
import type { Database } from '../../../engine/src/index.ts'
import type { PlanAnswer, PlannedStatement } from '../protocol.ts'
import { failureOf } from './failures.ts'
import type { NamedRow } from './read.ts'
import { placeOfError, statementsOf } from './statements.ts'

/** Statements of one text. */
const mostStatements = 20

/** The plans of the statements of a text, up to the first that has none. */
export function explain(database: Database, text: string): PlanAnswer {
  const statements: PlannedStatement[] = []
  for (const { start, sql } of statementsOf(text).slice(0, mostStatements)) {
    try {
      statements.push(explainOne(database, sql))
    } catch (error) {
      const { failure } = failureOf(error)
      const { from, to } = placeOfError(sql, failure.message)
      return { statements, failure: { ...failure, sql, from: start + from, to: start + to } }
    }
  }
  return { statements, failure: null }
}

function explainOne(database: Database, sql: string): PlannedStatement {
  // What is explained already is shown as what it explains.
  const plain = sql.replace(/^EXPLAIN\s+(?:QUERY\s+PLAN\s+)?/i, '')
  const plan = database.explain(`QUERY PLAN ${plain}`) as NamedRow[]
  const code = database.explain(plain) as NamedRow[]
  return {
    sql: plain,
    nodes: plan.map(({ id, parent, detail }) => ({
      id: Number(id),
      parent: Number(parent),
      detail: String(detail),
    })),
    code: code.map(({ opcode, p1, p4 }) => ({
      text: String(p4),
      depth: Number(p1),
      kind: String(opcode),
    })),
  }
}
