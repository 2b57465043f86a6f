/** What the statements of a run had in them, and how many failed on both sides. */
const features: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['window functions', /\bOVER\b/],
  ['frames', /\b(ROWS|GROUPS|RANGE) (BETWEEN|UNBOUNDED|CURRENT|\S+ PRECEDING)/],
  ['named windows', /\bWINDOW \w+ AS/],
  ['FILTER', /\bFILTER \(/],
  ['aggregates with ORDER BY', /(concat|agg|array|object|avg)\([^()]*(\([^()]*\))* ORDER BY/],
  ['GROUP BY', /\bGROUP BY\b/],
  ['HAVING', /\bHAVING\b/],
  ['DISTINCT', /\bDISTINCT\b/],
  ['compounds', /\b(UNION|INTERSECT|EXCEPT)\b/],
  ['recursive common tables', /\bWITH RECURSIVE\b/],
  ['common tables', /\bWITH\b/],
  ['table-valued functions', /\b(jsonb?_(each|tree)|generate_series|pragma_\w+)\(/],
  ['LEFT JOIN', /\bLEFT (OUTER )?JOIN\b/],
  ['RIGHT and FULL JOIN', /\b(RIGHT|FULL)\b.* JOIN\b/],
  ['NATURAL and USING', /\b(NATURAL|USING)\b/],
  ['EXISTS', /\bEXISTS \(/],
  ['IN with a query', /\bIN \(SELECT/],
  ['scalar subqueries', /[^A-Z] \(SELECT|\(\(SELECT|, \(SELECT/],
  ['row values', /\(\S+, \S+\) (=|<|>|IN|IS)/],
  ['views', /\bv[01]\b/],
  ['JSON', /\bjson/],
  ['date and time', /\b(date|time|datetime|julianday|unixepoch|strftime|timediff)\(/],
  ['printf', /\b(printf|format)\(/],
  ['CAST', /\bCAST\(/],
  ['CASE', /\bCASE\b/],
  ['COLLATE', /\bCOLLATE\b/],
  ['LIMIT', /\bLIMIT\b/],
  ['INSERT', /^(WITH .*)?(INSERT|REPLACE)\b/],
  ['UPSERT', /\bON CONFLICT\b/],
  ['UPDATE', /^(WITH .*)?UPDATE\b/],
  ['UPDATE … FROM', /\bUPDATE\b.* FROM\b/],
  ['DELETE', /^(WITH .*)?DELETE\b/],
  ['UPDATE and DELETE with LIMIT', /^(WITH .*)?(UPDATE|DELETE).*⟦/],
  ['RETURNING', /\bRETURNING\b/],
  ['triggers', /^CREATE.* TRIGGER\b/],
  ['CREATE', /^CREATE\b/],
  ['ALTER', /^ALTER\b/],
  ['ANALYZE', /^ANALYZE\b/],
  ['VACUUM', /^VACUUM\b/],
  ['PRAGMA', /^PRAGMA\b/],
  ['transactions and savepoints', /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/],
  ['EXPLAIN QUERY PLAN', /^EXPLAIN\b/],
  ['wrong on purpose', /^\/\* wrong/],
]

export class Tally {
  readonly #counts = new Map<string, { all: number; failed: number }>()
  all = 0
  failed = 0
  /** Rounds that ended because SQLite had damaged its database. */
  damaged = 0

  add(sql: string, hasFailed: boolean): void {
    this.all++
    if (hasFailed) this.failed++
    for (const [name, pattern] of features) {
      if (!pattern.test(sql)) continue
      let count = this.#counts.get(name)
      if (count === undefined) this.#counts.set(name, (count = { all: 0, failed: 0 }))
      count.all++
      if (hasFailed) count.failed++
    }
  }

  addDamaged(): void {
    this.damaged++
  }

  /** A line for each kind that has occurred. */
  lines(): string[] {
    return features.flatMap(([name]) => {
      const count = this.#counts.get(name)
      if (count === undefined) return []
      return [`  ${name}: ${count.all}, of which ${count.failed} failed in both`]
    })
  }
}
