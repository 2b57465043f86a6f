/**
 * What a database shows to each of its connections, as SQLite's rules for WAL mode have it. (Isolation In SQLite; Write-Ahead Logging §2.2.)
 *
 * - A transaction reads one committed state, the newest when it first reads, until it ends; and its own changes.
 * - A single statement outside a transaction is one.
 * - There is one writer. Who wants to be the second is BUSY; who has read and would write on top of a state that is not the newest any
 *   more is BUSY_SNAPSHOT. Nobody else is ever refused.
 *
 * The model holds every state that somebody may still see. `predict` says what a step must answer; the step has happened when `apply`
 * of its prediction is called.
 */
import type { Action } from './act.ts'
import type { Step } from './step.ts'

export interface Row {
  readonly v: number
  /** Of the statement that wrote the row: no two statements have the same. */
  readonly s: number
  readonly size: number
}

export interface State {
  readonly rows: Map<number, Row>
  /** Tables and indexes that come and go. */
  readonly objects: Set<string>
  /** PRAGMA user_version. */
  mark: number
  /** Statements that changed something since the last commit. */
  changes: number
}

export const schema: string =
  'CREATE TABLE t(k INTEGER PRIMARY KEY, v INTEGER, s INTEGER, pad TEXT); CREATE INDEX t_v ON t(v, s)'
const lasting = ['t', 't_v']

/** What fills a row, as a function of its serial: a page of another time shows. */
export function padOf({ s, size }: Row): string {
  return String.fromCharCode(97 + (s % 26)).repeat(size)
}

interface Savepoint {
  readonly name: string
  readonly working: State | null
}

interface Connection {
  /** BEGIN or SAVEPOINT has been run. */
  isExplicit: boolean
  begunBySavepoint: boolean
  /** What the transaction reads; null: it has not read. */
  snapshot: State | null
  version: number
  shade: number
  /** What it has made of it; null: it does not write. */
  working: State | null
  /** It wrote, perhaps to take it back. */
  isTouched: boolean
  savepoints: Savepoint[]
  /** Rows that an open iterator has yet to hand out; null: there is none. */
  iterator: unknown[][] | null
  /** As PRAGMA data_version last answered; null: it was not asked. */
  dataVersion: number | null
  /** Commits of others since. */
  hasMoved: boolean
}

function idle(): Connection {
  return {
    isExplicit: false,
    begunBySavepoint: false,
    snapshot: null,
    version: 0,
    shade: 0,
    working: null,
    isTouched: false,
    savepoints: [],
    iterator: null,
    dataVersion: null,
    hasMoved: false,
  }
}

export interface Prediction {
  readonly action: Action
  /** Rows that must come; null: whatever comes is looked at by `accepts`. */
  readonly rows: unknown[][] | null
  /** The code with which it must be refused; null: it must succeed. */
  readonly code: string | null
  /** A code with which it may be refused, for what depends on more than the rules say. */
  readonly allowed: string | null
  readonly accepts: ((rows: unknown[][]) => string | null) | null
  /** It has succeeded. */
  readonly apply: () => void
}

const same = (): void => {}

export class Model {
  readonly connections: Connection[]
  committed: State = { rows: new Map(), objects: new Set(), mark: 0, changes: 0 }
  /** Counts commits that changed something. */
  version = 0
  /** Counts commits of which only the engine knows whether they changed a page: everything in them was taken back. */
  shade = 0
  #serial = 0

  constructor(count: number) {
    this.connections = Array.from({ length: count }, idle)
  }

  /** Who holds the writer's lock; -1: nobody. */
  get holder(): number {
    return this.connections.findIndex(({ working }) => working !== null)
  }

  /** Whether anybody else is inside a transaction that has read. */
  othersRead(who: number): boolean {
    return this.connections.some((other, i) => i !== who && other.snapshot !== null)
  }

  /** The state that a statement of the connection reads. */
  view(who: number): State {
    const { working, snapshot } = this.connections[who]!
    return working ?? snapshot ?? this.committed
  }

  /** What SQLite finds in the newest state. */
  contents(): unknown[][] {
    const { rows, objects, mark } = this.committed
    return [['ok'], [mark], ...namesIn(objects), ...sorted(rows)]
  }

  /** What a connection had open is gone. */
  forget(who: number): void {
    this.connections[who] = idle()
  }

  /** @returns null where the step makes no sense */
  predict(step: Step): Prediction | null {
    const connection = this.connections[step.who]!
    if (connection.iterator !== null && !/^(?:read|next|leave|kill)$/.test(step.do)) return null
    switch (step.do) {
      case 'read':
        return this.#read(step.who, step.what, step.a)
      case 'write':
        return this.#write(step)
      case 'begin':
        return this.#begin(step.who, step.mode)
      case 'commit':
        if (!connection.isExplicit) return null
        return done('COMMIT', () => this.#commit(step.who))
      case 'rollback':
        if (!connection.isExplicit) return null
        return done('ROLLBACK', () => end(connection))
      case 'savepoint':
        return done(`SAVEPOINT ${step.name}`, () => openSavepoint(connection, step.name))
      case 'release':
        return this.#release(step.who, step.name)
      case 'back':
        return goBack(connection, step.name)
      case 'compile':
        if (connection.isExplicit && connection.snapshot === null && step.number % 2 === 0)
          return expectRows(`SELECT ${step.number}`, [[step.number]])
        return {
          ...done(`SELECT k, v + ${step.number} FROM t`, same),
          action: compiled(step.number),
        }
      case 'iterate':
        return this.#iterate(step.who)
      case 'next':
        return next(connection, step.count)
      case 'leave':
        if (connection.iterator === null) return null
        return { ...done('', () => endIterator(connection)), action: { leave: true } }
      case 'checkpoint':
        if (connection.isExplicit) return null
        return this.#checkpoint(step.who, step.mode)
      case 'set':
        if (connection.isExplicit) return null
        return { ...done(`PRAGMA ${step.name} = ${step.value}`, same), rows: null }
      case 'reopen':
      case 'kill':
        return { ...done('', () => this.forget(step.who)), action: {} }
    }
  }

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────

  /** A transaction that reads for the first time takes the newest state. */
  #take(connection: Connection): void {
    if (connection.snapshot !== null) return
    connection.snapshot = this.committed
    connection.version = this.version
    connection.shade = this.shade
  }

  #read(who: number, what: string, a: number): Prediction | null {
    const connection = this.connections[who]!
    const takes = (): void => {
      if (connection.isExplicit) this.#take(connection)
    }
    const { rows, objects, mark } = this.view(who)
    const known = (sql: string, params: readonly unknown[], found: unknown[][]): Prediction => ({
      ...expectRows(sql, found),
      action: { sql, params },
      apply: takes,
    })
    switch (what) {
      case 'total': {
        let [sum, max, length] = [0, 0, 0]
        for (const row of rows.values()) {
          sum += row.v
          max = Math.max(max, row.s)
          length += row.size
        }
        const found = rows.size === 0 ? [0, null, null, null] : [rows.size, sum, max, length]
        return known('SELECT count(*), sum(v), max(s), sum(length(pad)) FROM t', [], [found])
      }
      case 'row': {
        const row = rows.get(a)
        const found = row === undefined ? [] : [[row.v, row.s, padOf(row)]]
        return known('SELECT v, s, pad FROM t WHERE k = ?', [a], found)
      }
      case 'scan':
        return known('SELECT k, v, s, pad FROM t ORDER BY k', [], sorted(rows))
      case 'last':
        return known(
          'SELECT k, v, s, pad FROM t ORDER BY k DESC LIMIT 3',
          [],
          sorted(rows).toReversed().slice(0, 3),
        )
      case 'index': {
        const found = [...rows].filter(([, row]) => row.v === a).map(([k, row]) => [k, row.s])
        found.sort(([k, s], [l, r]) => s! - r! || k! - l!)
        return known('SELECT k, s FROM t WHERE v = ? ORDER BY s, k', [a], found)
      }
      case 'count': {
        const count = [...rows.values()].filter(({ v }) => v > a).length
        return known('SELECT count(*) FROM t WHERE v > ?', [a], [[count]])
      }
      case 'schema': {
        return known('SELECT name FROM sqlite_schema ORDER BY name', [], namesIn(objects))
      }
      case 'mark':
        // A PRAGMA is no statement that an iterator is open beside.
        return connection.iterator === null ? known('PRAGMA user_version', [], [[mark]]) : null
      case 'moved':
        return this.#askVersion(connection, takes)
      default:
        if (connection.iterator !== null) return null
        return known('PRAGMA integrity_check', [], [['ok']])
    }
  }

  /** It moves when somebody else has committed; it may move besides. */
  #askVersion(connection: Connection, takes: () => void): Prediction | null {
    if (connection.iterator !== null || connection.snapshot !== null) return null
    let answered = 0
    const accepts = ([row]: unknown[][]): string | null => {
      answered = Number(row?.[0])
      const { dataVersion, hasMoved } = connection
      const isOld = hasMoved && answered === dataVersion
      return isOld ? `data_version is ${answered} as before, though others have committed` : null
    }
    const apply = (): void => {
      takes()
      connection.dataVersion = answered
      connection.hasMoved = false
    }
    return { ...done('PRAGMA data_version', apply), rows: null, accepts }
  }

  #iterate(who: number): Prediction {
    const connection = this.connections[who]!
    const rows = sorted(this.view(who).rows)
    const sql = 'SELECT k, v, s, pad FROM t WHERE k > 0 ORDER BY k'
    return {
      ...expectRows(sql, rows.slice(0, 1)),
      action: { sql, params: [], iterates: true },
      apply: () => {
        if (rows.length === 0) {
          if (connection.isExplicit) this.#take(connection)
          return
        }
        this.#take(connection)
        connection.iterator = rows.slice(1)
      },
    }
  }

  // ── Writing ──────────────────────────────────────────────────────────────────────────────────────

  /** Why the connection may not write now; what it may be refused for. */
  #obstacle(who: number): Pick<Prediction, 'code' | 'allowed'> {
    const { working, snapshot, version, shade } = this.connections[who]!
    if (working !== null) return { code: null, allowed: null }
    if (this.holder >= 0) return { code: 'SQLITE_BUSY', allowed: null }
    if (snapshot === null) return { code: null, allowed: null }
    if (version !== this.version) return { code: 'SQLITE_BUSY_SNAPSHOT', allowed: null }
    return { code: null, allowed: shade === this.shade ? null : 'SQLITE_BUSY_SNAPSHOT' }
  }

  #startWriting(connection: Connection): State {
    this.#take(connection)
    connection.working ??= { ...copyOf(connection.snapshot!), changes: 0 }
    return connection.working
  }

  #begin(who: number, mode: string): Prediction | null {
    const connection = this.connections[who]!
    if (connection.isExplicit) return null
    const obstacle = mode === 'DEFERRED' ? { code: null, allowed: null } : this.#obstacle(who)
    return {
      ...done(mode === 'DEFERRED' ? 'BEGIN' : `BEGIN ${mode}`, () => {
        connection.isExplicit = true
        if (mode !== 'DEFERRED') this.#startWriting(connection)
      }),
      ...obstacle,
    }
  }

  #write(step: Step & { readonly do: 'write' }): Prediction | null {
    const { who } = step
    const connection = this.connections[who]!
    const obstacle = this.#obstacle(who)
    const before = this.view(who)
    const s = ++this.#serial
    const { sql, params, change } = writing(step, before, s)
    const isRefused = change === null
    const apply = (): void => {
      const working = this.#startWriting(connection)
      const changed = change === null ? 0 : change(working)
      if (changed > 0) working.changes++
      if (changed > 0 || isRefused) connection.isTouched = true
      if (!connection.isExplicit) this.#commit(who)
    }
    const refusal = isRefused ? 'SQLITE_CONSTRAINT_PRIMARYKEY' : null
    return {
      ...done(sql, apply),
      action: { sql, params },
      code: obstacle.code ?? refusal,
      allowed: obstacle.allowed,
    }
  }

  #commit(who: number): void {
    const connection = this.connections[who]!
    const { working, isTouched } = connection
    if (working !== null && working.changes > 0) {
      this.committed = working
      this.version++
      this.connections.forEach((other) => (other.hasMoved ||= other !== connection))
    } else if (isTouched) this.shade++
    end(connection)
  }

  /** A statement that was refused for what it wanted has still begun to write. */
  refused(step: Step, code: string): void {
    const connection = this.connections[step.who]!
    if (!code.startsWith('SQLITE_CONSTRAINT')) return
    connection.isTouched = true
    this.#startWriting(connection)
    if (!connection.isExplicit) this.#commit(step.who)
  }

  #release(who: number, name: string): Prediction | null {
    const connection = this.connections[who]!
    const place = connection.savepoints.findLastIndex((savepoint) => savepoint.name === name)
    if (place < 0) return null
    return done(`RELEASE ${name}`, () => {
      if (place === 0 && connection.begunBySavepoint) this.#commit(who)
      else connection.savepoints.length = place
    })
  }

  // ── Checkpoints ──────────────────────────────────────────────────────────────────────────────────

  /** Nobody is busy but where a writer, or a reader of an older state, stands in the way. */
  #checkpoint(who: number, mode: string): Prediction {
    const isPassive = mode === 'PASSIVE' || mode === 'NOOP'
    const mustWait = !isPassive && this.holder >= 0
    const mayWait = mustWait || (!isPassive && this.othersRead(who))
    const accepts = ([row]: unknown[][]): string | null => {
      const [isBusy, log, copied] = row as number[]
      if (isBusy === 1 && !mayWait) return `${mode} is busy, and nobody is in its way`
      if (isBusy === 0 && mustWait) return `${mode} is not busy beside a writer`
      if (isBusy === 1 || isPassive) return null
      return log === copied ? null : `${mode} left ${log! - copied!} frames`
    }
    return { ...done(`PRAGMA wal_checkpoint(${mode})`, same), rows: null, accepts }
  }
}

// ── Parts ──────────────────────────────────────────────────────────────────────────────────────────

function done(sql: string, apply: () => void): Prediction {
  const action = { sql, params: [] }
  return { action, rows: [], code: null, allowed: null, accepts: null, apply }
}

function expectRows(sql: string, rows: unknown[][]): Prediction {
  return { ...done(sql, same), rows }
}

const compiled = (number: number): Action => ({ prepares: `SELECT k, v + ${number} FROM t` })

function sorted(rows: ReadonlyMap<number, Row>): unknown[][] {
  const keys = [...rows.keys()].sort((left, right) => left - right)
  return keys.map((k) => {
    const row = rows.get(k)!
    return [k, row.v, row.s, padOf(row)]
  })
}

function namesIn(objects: ReadonlySet<string>): unknown[][] {
  return [...lasting, ...objects].sort().map((name) => [name])
}

function copyOf({ rows, objects, mark, changes }: State): State {
  return { rows: new Map(rows), objects: new Set(objects), mark, changes }
}

function end(connection: Connection): void {
  const { dataVersion, hasMoved } = connection
  Object.assign(connection, idle(), { dataVersion, hasMoved })
}

function endIterator(connection: Connection): void {
  connection.iterator = null
  if (!connection.isExplicit) end(connection)
}

function next(connection: Connection, count: number): Prediction | null {
  const { iterator } = connection
  if (iterator === null) return null
  const rows = iterator.slice(0, count)
  const apply = (): void => {
    connection.iterator = iterator.slice(count)
    // The call after the last row is the one that ends it.
    if (rows.length < count) endIterator(connection)
  }
  return { ...expectRows('', rows), action: { next: count }, apply }
}

function openSavepoint(connection: Connection, name: string): void {
  if (!connection.isExplicit) {
    connection.isExplicit = true
    connection.begunBySavepoint = true
  }
  const { working } = connection
  connection.savepoints.push({ name, working: working === null ? null : copyOf(working) })
}

function goBack(connection: Connection, name: string): Prediction | null {
  const { savepoints } = connection
  const place = savepoints.findLastIndex((savepoint) => savepoint.name === name)
  if (place < 0) return null
  return done(`ROLLBACK TO ${name}`, () => {
    const { working } = savepoints[place]!
    savepoints.length = place + 1
    // Who began to write since goes on as a writer that has changed nothing.
    if (connection.working === null) return
    connection.working =
      working === null ? { ...copyOf(connection.snapshot!), changes: 0 } : copyOf(working)
  })
}

interface Writing {
  readonly sql: string
  readonly params: readonly unknown[]
  /** Changes the state; how many rows were changed. null: a key is there already. */
  readonly change: ((state: State) => number) | null
}

/** The statement of a step, and what it does to what it finds. */
function writing(step: Step & { readonly do: 'write' }, before: State, s: number): Writing {
  const { what, a, b, size } = step
  const row: Row = { v: b, s, size }
  const pad = padOf(row)
  const each =
    (isMeant: (k: number, row: Row) => boolean, change: (rows: State['rows'], k: number) => void) =>
    ({ rows }: State): number => {
      const meant = [...rows].filter(([k, row]) => isMeant(k, row))
      for (const [k] of meant) change(rows, k)
      return meant.length
    }
  const put = ({ rows }: State): number => {
    rows.set(a, row)
    return 1
  }
  const remove = (rows: State['rows'], k: number): void => void rows.delete(k)
  switch (what) {
    case 'insert':
      return {
        sql: 'INSERT INTO t(k, v, s, pad) VALUES (?, ?, ?, ?)',
        params: [a, b, s, pad],
        change: before.rows.has(a) ? null : put,
      }
    case 'replace':
      return {
        sql: 'INSERT OR REPLACE INTO t(k, v, s, pad) VALUES (?, ?, ?, ?)',
        params: [a, b, s, pad],
        change: put,
      }
    case 'update':
      return {
        sql: 'UPDATE t SET v = ?, s = ?, pad = ? WHERE k = ?',
        params: [b, s, pad, a],
        change: each(
          (k) => k === a,
          (rows, k) => rows.set(k, row),
        ),
      }
    case 'range':
      return {
        sql: 'UPDATE t SET s = ?, pad = ? WHERE k BETWEEN ? AND ?',
        params: [s, pad, a, a + b],
        change: each(
          (k) => k >= a && k <= a + b,
          (rows, k) => rows.set(k, { ...row, v: rows.get(k)!.v }),
        ),
      }
    case 'shift':
      return {
        sql: 'UPDATE t SET v = v + 1, s = ?, pad = ? WHERE v = ?',
        params: [s, pad, b],
        change: each(
          (_, { v }) => v === b,
          (rows, k) => rows.set(k, { ...row, v: b + 1 }),
        ),
      }
    case 'delete':
      return {
        sql: 'DELETE FROM t WHERE k = ?',
        params: [a],
        change: each((k) => k === a, remove),
      }
    case 'clear':
      return {
        sql: 'DELETE FROM t WHERE k BETWEEN ? AND ?',
        params: [a, a + 2 * b],
        change: each((k) => k >= a && k <= a + 2 * b, remove),
      }
    case 'copy': {
      const from = [...before.rows.keys()].filter((k) => k >= a && k <= a + b)
      const by = 1 + (size % 50)
      return {
        sql: 'INSERT INTO t SELECT k + ?, v, ?, ? FROM t WHERE k BETWEEN ? AND ?',
        params: [by, s, pad, a, a + b],
        change: from.some((k) => before.rows.has(k + by))
          ? null
          : ({ rows }) => {
              for (const k of from) rows.set(k + by, { ...row, v: rows.get(k)!.v })
              return from.length
            },
      }
    }
    case 'mark':
      return {
        sql: `PRAGMA user_version = ${s}`,
        params: [],
        change: (state) => (state.mark = s),
      }
    case 'table':
    case 'index':
      return toggling(what, a, before)
  }
}

/** Makes what is not there, and drops what is. */
function toggling(what: 'table' | 'index', a: number, before: State): Writing {
  const name = `${what === 'table' ? 'x' : 'i'}${a % 3}`
  const isThere = before.objects.has(name)
  const made = what === 'table' ? `CREATE TABLE ${name}(a, b)` : `CREATE INDEX ${name} ON t(s, v)`
  return {
    sql: isThere ? `DROP ${what.toUpperCase()} ${name}` : made,
    params: [],
    change: ({ objects }) => {
      if (isThere) objects.delete(name)
      else objects.add(name)
      return 1
    },
  }
}
