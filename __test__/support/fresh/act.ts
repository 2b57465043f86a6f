/**
 * What a connection is told to do, wherever it lives: in this thread, in a worker thread, or in another process. `perform` travels there as
 * its text, so it knows only its arguments.
 */

export interface Action {
  readonly open?: { readonly path: string; readonly options: object; readonly pragmas: string[] }
  readonly closes?: boolean
  readonly sql?: string
  readonly params?: readonly unknown[]
  /** Hands out one row and stays open. */
  readonly iterates?: boolean
  readonly next?: number
  readonly leave?: boolean
  /** A text that is only compiled. */
  readonly prepares?: string
}

export interface Answer {
  readonly rows?: unknown[][]
  readonly code?: string
  readonly message?: string
  readonly inTransaction: boolean
}

interface Statement {
  readonly reader: boolean
  raw(): Statement
  all(...params: unknown[]): unknown[]
  run(...params: unknown[]): unknown
  iterate(...params: unknown[]): IterableIterator<unknown>
}

/** The part of `Database` that is used. */
export interface Face {
  readonly inTransaction: boolean
  prepare(sql: string): Statement
  close(): unknown
}

export interface Host {
  open(path: string, options: object): Face
  db: Face | null
  /** A connection keeps the statements that it has used. */
  statements: Map<string, Statement>
  rows: Iterator<unknown> | null
}

export function newHost(open: Host['open']): Host {
  return { open, db: null, statements: new Map(), rows: null }
}

export function perform(host: Host, action: Action): Answer {
  const pull = (count: number): unknown[][] => {
    const found: unknown[][] = []
    while (found.length < count) {
      const { value, done } = host.rows!.next()
      if (done === true) {
        host.rows = null
        break
      }
      found.push(value as unknown[])
    }
    return found
  }
  const act = (): unknown[][] => {
    const { open, closes, sql, params, iterates, next, leave, prepares } = action
    if (open !== undefined) {
      host.statements.clear()
      host.rows = null
      host.db = host.open(open.path, open.options)
      for (const text of open.pragmas) host.db.prepare(`PRAGMA ${text}`).run()
      return []
    }
    if (closes === true) {
      if (host.db === null) return []
      host.rows?.return?.()
      host.rows = null
      host.statements.clear()
      host.db.close()
      host.db = null
      return []
    }
    if (prepares !== undefined) {
      host.db!.prepare(prepares)
      return []
    }
    if (leave === true) {
      host.rows!.return!()
      host.rows = null
      return []
    }
    if (next !== undefined) return pull(next)
    let statement = host.statements.get(sql!)
    if (statement === undefined) {
      if (host.statements.size > 60) host.statements.clear()
      statement = host.db!.prepare(sql!)
      if (statement.reader) statement.raw()
      host.statements.set(sql!, statement)
    }
    if (!statement.reader) {
      statement.run(...params!)
      return []
    }
    if (iterates !== true) return statement.all(...params!) as unknown[][]
    host.rows = statement.iterate(...params!)
    try {
      return pull(1)
    } catch (error) {
      host.rows = null
      throw error
    }
  }
  const isInside = (): boolean => host.db?.inTransaction ?? false
  try {
    const rows = act()
    return { rows, inTransaction: isInside() }
  } catch (error) {
    const { code, name, message } = error as Error & { code?: string }
    return { code: code ?? name, message, inTransaction: isInside() }
  }
}
