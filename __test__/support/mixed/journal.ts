/**
 * What a writing process of the mixed run knows about itself, read from its journal file, and what must follow for the database.
 *
 * A transaction's effects are written down before its COMMIT, and acknowledged after it. So of everything a process has done at most
 * one transaction is in doubt when it dies, and the table `journal` of the database says how that one ended: it holds
 * one row for every transaction, written inside it. Whatever else the transaction did must agree with that.
 *
 * The run is settled from time to time: what has been verified becomes the base that later transactions are replayed on.
 */
import { readFileSync } from 'node:fs'

export interface Transaction {
  readonly n: number
  readonly effects: readonly string[]
  /** When it was acknowledged, or intended where it was not, in ms since 1970. */
  time: number
  acknowledged: boolean
  waitedMs: number
  commitMs: number
}

export interface Remark {
  readonly time: number
  readonly text: string
}

/** Rows of one transaction: how many, how often raised, how long the filler of each is. */
export interface Rows {
  readonly count: number
  readonly size: number
  readonly raised: number
}

/** What a writer has in the database. */
export interface State {
  rows: Map<number, Rows>
  tables: Set<string>
  hasJoined: boolean
}

export class Journal {
  readonly who: number
  readonly kind: 'ours' | 'turso'
  readonly path: string
  /** In order, since the run was last settled; rolled back ones are gone. */
  transactions: Transaction[] = []
  /** Invariants that did not hold and errors that must not be, not yet taken. */
  faults: Remark[] = []
  remarks: Remark[] = []
  /** When the process was made to stand still. */
  readonly stops: { readonly since: number; until: number }[] = []
  base: State = { rows: new Map(), tables: new Set(), hasJoined: false }
  #size = 0

  constructor(who: number, kind: 'ours' | 'turso', path: string) {
    this.who = who
    this.kind = kind
    this.path = path
  }

  /** How long it stood still in the so many ms before `end`. */
  stoppedMs(end: number, ms: number): number {
    return this.stops.reduce(
      (sum, { since, until }) =>
        sum + Math.max(0, Math.min(until, end) - Math.max(since, end - ms)),
      0,
    )
  }

  /** Takes in what the process has written since. A last line that is cut off does not count yet. */
  readOn(): void {
    const bytes = readFileSync(this.path)
    const end = bytes.lastIndexOf(10) + 1
    const lines = bytes.subarray(this.#size, end).toString('utf8').split('\n').slice(0, -1)
    this.#size = end
    for (const line of lines) this.#take(line)
  }

  #take(line: string): void {
    const words = line.split(' ')
    const [sign] = words
    const time = Number(words.pop())
    if (sign === '!') this.faults.push({ time, text: words.slice(1).join(' ') })
    else if (sign === '.') this.remarks.push({ time, text: words.slice(1).join(' ') })
    else if (sign === '?') {
      this.transactions.push({
        n: Number(words[1]),
        effects: words.slice(2),
        time,
        acknowledged: false,
        waitedMs: 0,
        commitMs: 0,
      })
    } else {
      const at = this.transactions.findLastIndex(({ n }) => n === Number(words[1]))
      // A transaction that failed before its intention was written has no entry.
      if (sign === '-' && at >= 0) this.transactions.splice(at, 1)
      const transaction = this.transactions[at]
      if (sign !== '+' || transaction === undefined) return
      transaction.acknowledged = true
      transaction.time = time
      transaction.waitedMs = Number(words[2])
      transaction.commitMs = Number(words[3])
    }
  }

  /** The state after those transactions of the period that `has` knows. */
  replay(has: (n: number) => boolean): State {
    const rows = new Map(this.base.rows)
    const tables = new Set(this.base.tables)
    let { hasJoined } = this.base
    for (const { n, effects } of this.transactions) {
      if (!has(n)) continue
      for (const effect of effects) {
        const [what, first = '', second = ''] = effect.split(':')
        if (what === 'add') rows.set(n, { count: Number(first), size: Number(second), raised: 0 })
        else if (what === 'drop') rows.delete(Number(first))
        else if (what === 'bump') {
          const old = rows.get(Number(first))
          if (old) rows.set(Number(first), { ...old, raised: old.raised + Number(second) })
        } else if (what === 'make') tables.add(first)
        else if (what === 'unmake') tables.delete(first)
        else if (what === 'join') hasJoined = true
      }
    }
    return { rows, tables, hasJoined }
  }

  /** The period is verified; `state` is what it came to. */
  settle(state: State): void {
    this.base = state
    this.transactions = []
  }
}

/** How many increments of each counter the transactions contain that `has` knows. */
export function countIncrements(
  journal: Journal,
  has: (n: number) => boolean,
): { readonly id: number; readonly value: number; readonly transaction: Transaction }[] {
  const found = []
  for (const transaction of journal.transactions) {
    if (!has(transaction.n)) continue
    for (const effect of transaction.effects) {
      const [what, id, value] = effect.split(':')
      if (what === 'count') found.push({ id: Number(id), value: Number(value), transaction })
    }
  }
  return found
}
