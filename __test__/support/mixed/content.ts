/**
 * The database of the mixed run: its tables, the questions that are asked about the whole of it, and the comparison of the
 * answers with the journals of the processes.
 */
import { countIncrements } from './journal.ts'
import type { Journal, State, Transaction } from './journal.ts'

export const counters = 8
export const accounts = 50
export const startBalance = 1000

export const schema = `
  CREATE TABLE entry(id INTEGER PRIMARY KEY, who INTEGER, n INTEGER, i INTEGER, k INTEGER, filler TEXT);
  CREATE INDEX entry_who ON entry(who, n);
  CREATE TABLE counter(id INTEGER PRIMARY KEY, value INTEGER, base INTEGER);
  CREATE TABLE account(id INTEGER PRIMARY KEY, balance INTEGER);
  CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, who INTEGER, n INTEGER);
  CREATE UNIQUE INDEX journal_who ON journal(who, n);
  CREATE TABLE ledger(who INTEGER PRIMARY KEY, n INTEGER, commits INTEGER, live INTEGER, increments INTEGER);
`

/** What is asked; explicit columns, as a peer with an old schema needs them. */
export const questions = {
  journal: 'SELECT who, n FROM journal ORDER BY who, n',
  entries:
    'SELECT who, n, count(*), sum(i), min(k), max(k), sum(length(filler)) FROM entry GROUP BY who, n ORDER BY who, n',
  counters: 'SELECT id, value FROM counter ORDER BY id',
  accounts: 'SELECT count(*), sum(balance) FROM account',
  ledger: 'SELECT who, n, commits, live, increments FROM ledger ORDER BY who',
  tables: `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'extra%' ORDER BY name`,
  integrity: 'PRAGMA integrity_check',
} as const

export type Answers = {
  readonly [question in keyof typeof questions]: readonly (readonly unknown[])[]
}

export function toAnswers(rows: readonly (readonly (readonly unknown[])[])[]): Answers {
  const names = Object.keys(questions)
  return Object.fromEntries(names.map((name, i) => [name, rows[i]])) as unknown as Answers
}

/** Something that is not as it must be. */
export interface Finding {
  /** `lost`: an acknowledged commit is missing. `foreign`: one is there that nobody made. `half`: part of one. `damage`: the file. */
  readonly what: 'lost' | 'foreign' | 'half' | 'damage' | 'read' | 'error' | 'crash' | 'wait'
  readonly who: number
  readonly kind: 'ours' | 'turso' | 'all'
  /** When, as nearly as is known, in ms since 1970. */
  readonly time: number
  readonly text: string
}

export interface Verdict {
  readonly findings: readonly Finding[]
  readonly states: ReadonlyMap<Journal, State>
  readonly acknowledged: number
  /** Transactions in doubt that turned out to be committed. */
  readonly undecided: number
}

type Present = ReadonlyMap<number, ReadonlySet<number>>

/** Compares what a database answers with what the processes know. `counterBase`: the counters when last settled. */
export function compare(
  answers: Answers,
  journals: readonly Journal[],
  counterBase: readonly number[],
  now: number,
): Verdict {
  const findings: Finding[] = []
  const present = presentTransactions(answers)
  const states = new Map<Journal, State>()
  let acknowledged = 0
  let undecided = 0
  for (const journal of journals) {
    const has = present.get(journal.who) ?? new Set<number>()
    findings.push(...compareTransactions(journal, has))
    acknowledged += journal.transactions.filter((one) => one.acknowledged).length
    undecided += journal.transactions.filter((one) => !one.acknowledged && has.has(one.n)).length
    states.set(
      journal,
      journal.replay((n) => has.has(n)),
    )
  }
  const whole = (text: string, what: Finding['what'] = 'half'): void => {
    findings.push({ what, who: 0, kind: 'all', time: now, text })
  }
  compareRows(answers, states, whole)
  compareCounters(answers, journals, present, counterBase, whole)
  const [accountRow] = answers.accounts
  if (accountRow?.[0] !== accounts || accountRow[1] !== accounts * startBalance) {
    whole(`accounts: ${JSON.stringify(accountRow)}`)
  }
  if (answers.integrity.length !== 1 || answers.integrity[0]?.[0] !== 'ok') {
    whole(`integrity_check: ${answers.integrity.slice(0, 5).join('; ')}`, 'damage')
  }
  return { findings, states, acknowledged, undecided }
}

function presentTransactions(answers: Answers): Present {
  const present = new Map<number, Set<number>>()
  for (const [who, n] of answers.journal as [number, number][]) {
    const set = present.get(who) ?? new Set()
    present.set(who, set.add(n))
  }
  return present
}

function compareTransactions(journal: Journal, has: ReadonlySet<number>): Finding[] {
  const { who, kind, transactions } = journal
  const findings: Finding[] = []
  const known = new Set<number>()
  for (const { n, acknowledged, time, effects } of transactions) {
    known.add(n)
    if (!acknowledged || has.has(n)) continue
    findings.push({ what: 'lost', who, kind, time, text: `transaction ${n}: ${effects.join(' ')}` })
  }
  const last = transactions.at(-1)
  for (const { n, acknowledged, time } of transactions) {
    // Only the last one can be in doubt: a process goes on when it knows how the one before has ended.
    if (acknowledged || !has.has(n) || n === last?.n) continue
    findings.push({
      what: 'foreign',
      who,
      kind,
      time,
      text: `transaction ${n} never ended, and is there`,
    })
  }
  for (const n of has) {
    if (known.has(n)) continue
    const time = last?.time ?? 0
    findings.push({
      what: 'foreign',
      who,
      kind,
      time,
      text: `transaction ${n} was rolled back, and is there`,
    })
  }
  return findings
}

function compareRows(
  answers: Answers,
  states: ReadonlyMap<Journal, State>,
  whole: (text: string) => void,
): void {
  const expected = new Map<string, string>()
  const live = new Map<number, number>()
  const tables: string[] = []
  for (const [{ who }, state] of states) {
    if (state.hasJoined) live.set(who, 0)
    tables.push(...state.tables)
    for (const [n, { count, size, raised }] of state.rows) {
      live.set(who, (live.get(who) ?? 0) + count)
      const shown = [count, (count * (count - 1)) / 2, raised, raised, count * size]
      expected.set(`${who}/${n}`, shown.join(' '))
    }
  }
  for (const [who, n, ...shown] of answers.entries) {
    const key = `${String(who)}/${String(n)}`
    const wanted = expected.get(key)
    expected.delete(key)
    if (wanted !== shown.join(' ')) {
      whole(`rows of writer/transaction ${key}: ${shown.join(' ')} and not ${wanted ?? 'none'}`)
    }
  }
  for (const [key, wanted] of expected)
    whole(`rows of writer/transaction ${key}: none, and not ${wanted}`)
  for (const [who, , , count] of answers.ledger as number[][]) {
    if (live.get(who!) !== count)
      whole(`ledger of writer ${who}: ${count} rows and not ${live.get(who!)}`)
    live.delete(who!)
  }
  for (const who of live.keys()) whole(`the ledger lacks writer ${who}`)
  const found = answers.tables.map(([name]) => name)
  if (found.join(' ') !== tables.sort().join(' ')) {
    whole(`tables: ${found.join(' ')} and not ${tables.join(' ')}`)
  }
}

function compareCounters(
  answers: Answers,
  journals: readonly Journal[],
  present: Present,
  counterBase: readonly number[],
  whole: (text: string) => void,
): void {
  const reached = new Map<string, { who: number; transaction: Transaction }>()
  const sums = [...counterBase]
  for (const journal of journals) {
    const has = present.get(journal.who)
    if (has === undefined) continue
    // One transaction may raise a counter twice.
    for (const { id, value, transaction } of countIncrements(journal, (n) => has.has(n))) {
      sums[id - 1]!++
      const key = `${id}:${value}`
      const other = reached.get(key)
      if (other) {
        whole(
          `counter ${id} became ${value} twice: writer ${other.who} in ${other.transaction.n}, writer ${journal.who} in ${transaction.n}`,
        )
      }
      reached.set(key, { who: journal.who, transaction })
    }
  }
  for (const [id, value] of answers.counters as [number, number][]) {
    if (value !== sums[id - 1]) whole(`counter ${id} is ${value} and not ${sums[id - 1]}`)
  }
}
