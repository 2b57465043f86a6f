/** Random statements that write to the tables of a shape: every form, every conflict action, some of which fail half-way. */
import type { Random } from '../random.ts'
import { leading, predicate, randomValue, rowExpression } from './shape.ts'
import type { Shape, TableShape } from './shape.ts'
import { triggerStatement } from './trigger.ts'

const orActions = ['', '', '', ' OR IGNORE', ' OR REPLACE', ' OR FAIL', ' OR ABORT', ' OR ROLLBACK']
const savepoints = ['s1', 's2', 's3']

/** Not the largest rowid: after it SQLite draws the next ones by lot. */
const keys: readonly ((random: Random) => string)[] = [
  () => 'NULL',
  (random) => String(random.below(40)),
  (random) => String(random.below(40)),
  (random) =>
    random.pick(["'7'", '3.0', '2.5', "'k'", '-4', "x'61'", '9007199254740993', "' 12 '"]),
]

function someColumns(random: Random, table: TableShape): string[] {
  const chosen = table.columns.filter(() => random.below(4) > 0)
  return chosen.length > 0 ? chosen : [random.pick(table.columns)]
}

function insertStatement(random: Random, table: TableShape, shape: Shape): string {
  const verb = random.below(8) === 0 ? 'REPLACE' : `INSERT${random.pick(orActions)}`
  if (random.below(12) === 0) return `${verb} INTO ${table.name} DEFAULT VALUES`
  // Without its key a row of a WITHOUT ROWID table is refused.
  const key = table.hasRowid || random.below(8) === 0 ? [] : table.key
  const columns = [...new Set([...key, ...someColumns(random, table)])]
  const mayName = table.hasRowid && table.alias === null
  const targets = random.below(8) === 0 && mayName ? ['rowid', ...columns] : columns
  const mayUpsert = verb !== 'INSERT' || !losesEntries(table)
  const upserts = mayUpsert && random.below(3) === 0 ? upsertClauses(random, table, columns) : ''
  const into = `${verb} INTO ${table.name}(${targets.join(', ')})`
  if (random.below(5) === 0) {
    const source = random.pick(shape.tables)
    const limit = random.below(2) === 0 ? ` LIMIT ${1 + random.below(8)}` : ''
    // How many rows are looked at before a LIMIT is reached, or before the first one is written where an index has the order's first column,
    // depends on how they are found, and so does what fails. (COMPATIBILITY)
    const isPartial = limit !== '' || source.key.length > 1
    const safe = (text: string, otherwise: string): string =>
      isPartial && text.includes('abs(') ? otherwise : text
    const results = targets.map((target) =>
      target === 'rowid' || target === table.alias
        ? // Behind the largest rowid the next one is chosen by chance.
          `(${source.key[0]} + ${random.below(20)}) % 100000`
        : safe(rowExpression(random, source.columns), source.columns[0]!),
    )
    const condition =
      random.below(2) === 0 ? safe(searched(random, source.columns), 'true') : 'true'
    const from = `FROM ${source.name} WHERE ${condition} ORDER BY ${source.order}`
    return `${into} SELECT ${results.join(', ')} ${from}${limit}${upserts}`
  }
  const count = random.pick([1, 1, 1, 2, 3, 5, 12])
  const rows = Array.from({ length: count }, () => {
    const values = targets.map((target) =>
      target === 'rowid' || target === table.alias
        ? random.pick(keys)(random)
        : randomValue(random),
    )
    return `(${values.join(', ')})`
  })
  return `${into} VALUES ${rows.join(', ')}${upserts}`
}

/**
 * SQLite replaces a rowid before it looks into the indexes that the clauses of an UPSERT do not name: where one of them then passes the row over or fails,
 * the old row has lost its entries. (COMPATIBILITY)
 */
function losesEntries({ create }: TableShape): boolean {
  return create.includes('KEY ON CONFLICT REPLACE') && /ON CONFLICT (?:IGNORE|FAIL)/.test(create)
}

/**
 * ON CONFLICT: mostly about constraints that the table has. Of `excluded` the columns that are given: whether it shows a default as it
 * is written or as it is stored depends in SQLite on the rows before. (COMPATIBILITY)
 */
function upsertClauses(random: Random, table: TableShape, given: readonly string[]): string {
  const names = [...table.columns, ...given.map((column) => `excluded.${column}`)]
  const clauses: string[] = []
  for (let count = 1 + random.below(3); count > 0; count--) {
    const known = table.targets.length > 0 && random.below(12) > 0
    const target = known ? random.pick(table.targets) : random.pick(table.columns)
    // A target that ends with a condition has its parenthesis already.
    const closed = target.includes(') WHERE ') || target.endsWith(')') ? target : `${target})`
    const isLast = count === 1 && random.below(3) === 0
    const on = isLast ? ' ON CONFLICT' : ` ON CONFLICT (${closed}`
    if (random.below(4) === 0) {
      clauses.push(`${on} DO NOTHING`)
      continue
    }
    const sets = [...new Set([random.pick(table.columns), random.pick(table.columns)])].map(
      (column) => {
        if (column === table.alias) {
          return `${column} = ${random.pick([`${column} + 1`, `excluded.${column} + 20`, String(random.below(40))])}`
        }
        const value =
          random.below(3) === 0 ? `excluded.${random.pick(given)}` : rowExpression(random, names)
        return `${column} = ${value}`
      },
    )
    const where = random.below(4) === 0 ? ` WHERE ${predicate(random, names)}` : ''
    clauses.push(`${on} DO UPDATE SET ${sets.join(', ')}${where}`)
  }
  return clauses.join('')
}

/**
 * A condition that finds few rows or many. Where the order in which rows change matters, that is the order of the rowids: nothing
 * that an index could serve.
 */
function whereOf(random: Random, table: TableShape): string {
  const [key] = table.key
  const value = table.hasRowid ? String(random.below(40)) : randomValue(random)
  switch (random.below(5)) {
    case 0:
      return ''
    case 1:
      return ` WHERE ${key} = ${value}`
    case 2:
      return ` WHERE ${key} ${random.pick(['<', '>', '<=', '>='])} ${value}`
    case 3:
      return ` WHERE +${random.pick(table.readable)} = ${randomValue(random)}`
    default:
      return ` WHERE ${predicate(
        random,
        table.readable.map((column) => `+${column}`),
      )}`
  }
}

/** A condition of a SELECT. Its OR may be looked up in indexes only where nothing in it fails: SQLite does so in places of its own. (COMPATIBILITY) */
function searched(random: Random, columns: readonly string[]): string {
  const text = predicate(random, columns)
  if (!text.includes('abs(') || !text.includes(' OR ')) return text
  return predicate(
    random,
    columns.map((column) => `+${column}`),
  )
}

function oneRow(random: Random, table: TableShape): string {
  return table.key.map((column) => `${column} = ${randomValue(random)}`).join(' AND ')
}

/** At most one row of FROM for each of the table: which of several counts depends on how they are found. (COMPATIBILITY) */
function updateFromStatement(random: Random, table: TableShape, { tables }: Shape): string {
  const source = random.pick(tables)
  const plain = table.name.split('.').at(-1)!
  const [key, one, other] = [
    table.key[0]!,
    random.pick(source.columns),
    random.pick(source.columns),
  ]
  const target = random.pick(table.columns.filter((column) => column !== table.alias))
  if (target === undefined) return updateStatement(random, table)
  const verb = `UPDATE${random.pick(orActions)} ${table.name} SET ${target} = `
  if (source.hasRowid && random.below(2) === 0) {
    const sourceKey = source.alias ?? 'rowid'
    const join = random.pick(['', ` LEFT JOIN (SELECT 1 AS k) AS y ON z.${one} = y.k`])
    return `${verb}z.${one} FROM ${source.name} AS z${join} WHERE z.${sourceKey} = ${plain}.${random.pick(table.columns)}`
  }
  const value = random.pick(['z.p', 'z.q', `z.p || ${plain}.${key}`, `${plain}.${target}`])
  const from = `(SELECT count(${one}) AS p, count(DISTINCT ${other}) AS q FROM ${source.name}) AS z`
  return `${verb}${value} FROM ${from} WHERE ${plain}.${random.pick(table.columns)} ${random.pick(['<>', '>', 'IS NOT'])} z.p`
}

function updateStatement(random: Random, table: TableShape): string {
  const targets = [...new Set([random.pick(table.columns), random.pick(table.columns)])]
  if (random.below(10) === 0 && table.hasRowid && table.alias === null) targets.push('rowid')
  const sets = targets.map((target) => {
    const isKey = target === 'rowid' || target === table.alias
    if (isKey)
      return `${target} = ${random.pick([`${target} + 1`, `${target} + 20`, String(random.below(40)), `-${target}`])}`
    const value = random.below(2) === 0 ? randomValue(random) : rowExpression(random, table.columns)
    return `${target} = ${value}`
  })
  const isOpen = table.hasRowid || table.tree !== null
  const where = isOpen ? whereOf(random, table) : ` WHERE ${oneRow(random, table)}`
  const by = table.tree === null ? '' : ` INDEXED BY ${table.tree}`
  return `UPDATE${random.pick(orActions)} ${table.name}${by} SET ${sets.join(', ')}${where}`
}

/** What is returned of the rows that change: names, expressions that may fail, subqueries that see the table as it is by then. */
function returningOf(random: Random, table: TableShape): string {
  if (random.below(3) > 0) return ''
  const key = table.hasRowid ? (table.alias ?? 'rowid') : table.columns[0]!
  const plain = table.name.split('.').at(-1)!
  const column = random.pick(table.columns)
  const items = Array.from({ length: 1 + random.below(3) }, () => {
    switch (random.below(7)) {
      case 0:
        return '*'
      case 1:
        return key
      case 2:
        return `(SELECT count(*) FROM ${table.name})`
      case 3:
        return `(SELECT max(z.${key}) FROM ${table.name} AS z WHERE z.${column} IS NOT ${plain}.${column})`
      case 4:
        // SQLite converts a bare column in its place, and so for what follows. (COMPATIBILITY)
        return `(${plain}.${column} || '') IN (SELECT ${random.pick(table.columns)} FROM ${table.name})`
      default:
        return rowExpression(random, table.readable)
    }
  })
  return ` RETURNING ${items.join(', ')}`
}

function transactionStatement(random: Random): string {
  switch (random.below(9)) {
    case 0:
    case 1:
      return random.pick(['BEGIN', 'BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE'])
    case 2:
    case 3:
      return 'COMMIT'
    case 4:
      return 'ROLLBACK'
    case 5:
    case 6:
      return `SAVEPOINT ${random.pick(savepoints)}`
    case 7:
      return `RELEASE ${random.pick(savepoints)}`
    default:
      return `ROLLBACK TO ${random.pick(savepoints)}`
  }
}

function schemaStatement(random: Random, table: TableShape): string {
  const plain = table.name.split('.').at(-1)!
  switch (random.below(7)) {
    case 0:
    case 1: {
      const unique = random.below(2) === 0 ? 'UNIQUE ' : ''
      const prefix = table.name.includes('.') ? 'temp.' : ''
      const where = random.below(3) === 0 ? ` WHERE ${predicate(random, table.columns)}` : ''
      const named = leading(table.columns, table.alias)
      const key = random.below(2) === 0 ? rowExpression(random, named) : random.pick(named)
      return `CREATE ${unique}INDEX ${prefix}${plain}_x${random.below(2)} ON ${plain}(${key}, ${random.pick(table.columns)} DESC)${where}`
    }
    case 2:
      return `DROP INDEX IF EXISTS ${plain}_x${random.below(2)}`
    case 3:
      return `CREATE TABLE IF NOT EXISTS x${random.below(2)} AS SELECT ${rowExpression(random, table.columns)} AS p, ${random.pick(table.columns)} FROM ${table.name} ORDER BY ${table.order}`
    case 4:
      return `DROP TABLE IF EXISTS x${random.below(2)}`
    case 5:
      return `REINDEX ${plain}`
    default:
      return `DROP INDEX IF EXISTS ${plain}_i${1 + random.below(3)}`
  }
}

function questionOf(random: Random, table: TableShape): string {
  const key = table.key.join(', ')
  const where =
    random.below(2) === 0
      ? searched(random, table.readable)
      : `${random.pick(table.readable)} = ${randomValue(random)}`
  return random.below(4) === 0
    ? 'SELECT changes(), total_changes(), last_insert_rowid()'
    : `SELECT ${key}, ${rowExpression(random, table.readable)} FROM ${table.name} WHERE ${where} ORDER BY ${table.order}`
}

export function randomStatement(random: Random, shape: Shape): string {
  const table = random.pick(shape.tables)
  const kind = random.below(40)
  if (kind < 14) return insertStatement(random, table, shape) + returningOf(random, table)
  if (kind < 20) return updateStatement(random, table) + returningOf(random, table)
  if (kind < 22) return updateFromStatement(random, table, shape) + returningOf(random, table)
  if (kind < 25) {
    return `DELETE FROM ${table.name}${whereOf(random, table)}${returningOf(random, table)}`
  }
  if (kind < 32) return transactionStatement(random)
  if (kind < 34) {
    if (random.below(2) === 0) return triggerStatement(random, shape)
    return schemaStatement(random, table)
  }
  if (kind === 34)
    return `PRAGMA wal_checkpoint(${random.pick(['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'])})`
  return questionOf(random, table)
}
