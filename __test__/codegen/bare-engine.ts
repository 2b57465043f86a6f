/** A connection whose plans a test may make, change and run by itself. */
import { Connection } from '../../packages/engine/src/api/connection/connection.ts'
import { parseOpenRequest } from '../../packages/engine/src/api/open/options.ts'
import { compileStatement } from '../../packages/engine/src/codegen/index.ts'
import type { Program } from '../../packages/engine/src/codegen/index.ts'
import type { RowMode } from '../../packages/engine/src/runtime/index.ts'
import { bindStatement } from '../../packages/engine/src/plan/index.ts'
import type { BoundQuery, PlanNode, ScanNode } from '../../packages/engine/src/plan/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { parseStatement } from '../../packages/engine/src/sql/index.ts'

export class BareEngine {
  readonly connection: Connection = new Connection(parseOpenRequest(':memory:', undefined))

  exec(sql: string): void {
    this.connection.exec(sql)
  }

  /** The binder's plan, which no optimizer has seen: full scans, hash groups. */
  bind(sql: string): BoundQuery {
    const { statement } = parseStatement(sql, 0)
    const { connection } = this
    connection.beginStatement(false)
    try {
      return bindStatement(statement!, sql, connection.context.catalog) as BoundQuery
    } finally {
      connection.endStatement(false)
    }
  }

  compile(query: BoundQuery): Program {
    return compileStatement(query, this.connection.context, { parameterCount: 9 })
  }

  /** All rows of a plan; INTEGERs as bigints, so that they differ from REALs. */
  run(query: BoundQuery, params: readonly Value[] = [], mode: RowMode = 'raw'): unknown[] {
    return this.inside(() =>
      this.compile(query).all(params, mode, mode === 'raw' ? 'bigint' : 'rounded'),
    )
  }

  /** Runs `body` inside a read transaction. */
  inside<T>(body: () => T): T {
    this.connection.beginStatement(false)
    try {
      return body()
    } finally {
      this.connection.endStatement(false)
    }
  }

  close(): void {
    this.connection.close()
  }
}

/** A value as the oracle's `show` writes it. */
export function shown(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return `integer ${value}`
  if (typeof value === 'number') return `real ${value === 0 ? 0 : value}`
  if (typeof value === 'string') return `text ${JSON.stringify(value)}`
  return `blob ${Buffer.from(value as Uint8Array).toString('hex')}`
}

/** The same query with every scan of `table` changed. */
export function withScans(
  query: BoundQuery,
  table: string,
  change: (scan: ScanNode) => ScanNode,
): BoundQuery {
  const walk = <T>(node: T): T => {
    if (typeof node !== 'object' || node === null || ArrayBuffer.isView(node)) return node
    if (Array.isArray(node)) return node.map(walk) as T
    if (node instanceof Map || node instanceof Set) return node
    const { kind } = node as unknown as PlanNode
    if (kind === 'scan') {
      const scan = node as unknown as ScanNode
      return (scan.table.name === table ? change(scan) : scan) as T
    }
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [
        key,
        key === 'function' || key === 'table' ? value : walk(value),
      ]),
    ) as T
  }
  return walk(query)
}
