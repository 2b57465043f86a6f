/**
 * Scenarios with several databases, to be run on any engine: lines of SQL, each with what came of it. A line may begin
 * with the number of the connection that runs it (`2> …`; without one it is the first), and may be a command of its own:
 *
 * | line | |
 * |---|---|
 * | `keep q: SELECT …` | prepares a statement |
 * | `rows q` | all its rows |
 * | `columns q` | its columns: name, database, table, column |
 * | `next q` | the next row of its iterator |
 * | `end q` | ends the iterator |
 *
 * Files are named relative to an empty folder. Messages are compared up to a parenthesis: what stands in it is ours.
 */
export interface Connection {
  /** Rows; null: the statement returns none. */
  run(sql: string): unknown[][] | null
  prepare(sql: string): Kept
  close(): void
}

export interface Kept {
  all(): unknown[][]
  iterate(): Iterator<unknown[]>
  columns(): (string | null)[][]
}

/** A failure, with SQLite's extended result code. */
export interface Failure {
  readonly code: number
  readonly message: string
}

export type Open = (path: string, readonly: boolean) => Connection

export interface Scenario {
  /** Files of the connections, opened in order; `ro:` before the name opens it for reading. They are made by `before`. */
  readonly connections?: readonly string[]
  /** Run on the first connection, closed again, before the others are opened. */
  readonly before?: readonly string[]
  readonly lines: readonly string[]
}

/** What came of each line, as text. */
export function runScenario(
  scenario: Scenario,
  folder: string,
  open: Open,
  failureOf: (error: unknown) => Failure,
): string[] {
  const [first = 'main.db', ...others] = scenario.connections ?? []
  if (scenario.before !== undefined) {
    const connection = open(first.replace('ro:', ''), false)
    for (const sql of scenario.before) connection.run(sql)
    connection.close()
  }
  const connections = [first, ...others].map((name) =>
    open(name.replace('ro:', ''), name.startsWith('ro:')),
  )
  const kept = new Map<string, Kept>()
  const iterators = new Map<string, Iterator<unknown[]>>()
  const step = (line: string): unknown => {
    const [, number = '1', text = ''] = /^(?:(\d)> )?(.*)$/s.exec(line)!
    const [, command, name = '', rest = ''] =
      /^(keep|rows|columns|next|end) (\w+)(?:: (.*))?$/s.exec(text) ?? []
    switch (command) {
      case 'keep':
        kept.set(name, connections[Number(number) - 1]!.prepare(rest))
        return 'kept'
      case 'rows':
        return kept.get(name)!.all()
      case 'columns':
        return kept.get(name)!.columns()
      case 'next': {
        const iterator = iterators.get(name) ?? kept.get(name)!.iterate()
        iterators.set(name, iterator)
        return iterator.next().value ?? null
      }
      case 'end':
        iterators.get(name)?.return?.()
        iterators.delete(name)
        return 'ended'
      default:
        return connections[Number(number) - 1]!.run(text)
    }
  }
  const outcomes = scenario.lines.map((line) => {
    try {
      return `${line} => ${show(step(line)).replaceAll(folder, '~')}`
    } catch (error) {
      const { code, message } = failureOf(error)
      return `${line} => error ${code} ${message.replace(/ \(.*/s, '').replaceAll(folder, '~')}`
    }
  })
  for (const connection of connections) connection.close()
  return outcomes
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? `x'${Buffer.from(item).toString('hex')}'` : item,
  )
}

export const wal = 'PRAGMA journal_mode = WAL'
/** Two files with a log, each with a table of its own and one of the same name. */
export const twoFiles = [
  wal,
  'CREATE TABLE t(a, b)',
  "INSERT INTO t VALUES (1, 'main one'), (2, 'main two')",
  'CREATE TABLE only_main(x)',
  "ATTACH 'aux.db' AS aux",
  'PRAGMA aux.journal_mode = WAL',
  'CREATE TABLE aux.t(a, c)',
  "INSERT INTO aux.t VALUES (1, 'aux one'), (3, 'aux three')",
  'CREATE TABLE aux.u(id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE UNIQUE)',
  "INSERT INTO aux.u VALUES (1, 'one'), (2, 'two')",
]
export const attach = "ATTACH 'aux.db' AS aux"
