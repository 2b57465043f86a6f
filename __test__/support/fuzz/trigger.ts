/**
 * Random triggers on the tables of a shape. Their steps look rows up by what few of them have, for a change of many rows in many triggers would
 * take for ever.
 */
import type { Random } from '../random.ts'
import { predicate, randomValue, rowExpression } from './shape.ts'
import type { Shape, TableShape } from './shape.ts'

const orActions = ['', '', '', ' OR IGNORE', ' OR REPLACE', ' OR FAIL', ' OR ABORT', ' OR ROLLBACK']

export function triggerStatement(random: Random, shape: Shape): string {
  // A trigger finds only tables of its own database.
  const tables = shape.tables.filter(({ name }) => !name.includes('.'))
  const on = random.pick(tables)
  const name = `g${random.below(4)}`
  if (random.below(4) === 0) return `DROP TRIGGER IF EXISTS ${name}`
  const event = random.pick(['INSERT', 'INSERT', 'UPDATE', 'UPDATE', 'DELETE'])
  const of = event === 'UPDATE' && random.below(2) === 0 ? ` OF ${random.pick(on.columns)}` : ''
  const rows = event === 'INSERT' ? ['new'] : event === 'DELETE' ? ['old'] : ['old', 'new']
  const names = rows.flatMap((row) => on.columns.map((column) => `${row}.${column}`))
  const when = random.below(3) === 0 ? ` WHEN ${predicate(random, names)}` : ''
  const steps = Array.from({ length: 1 + random.below(2) }, () =>
    step(random, random.pick(tables), names),
  )
  const temporary = random.below(5) === 0 ? 'TEMP ' : ''
  // What SQLite computes for NEW of a BEFORE UPDATE may have a type that the column refuses. (COMPATIBILITY)
  const isRefused =
    event === 'UPDATE' && on.readable.length > on.columns.length && /\bSTRICT\b/.test(on.create)
  const time = random.pick(['BEFORE', 'AFTER'])
  return `CREATE ${temporary}TRIGGER IF NOT EXISTS ${name} ${isRefused ? 'AFTER' : time} ${event}${of} ON ${on.name}${when} BEGIN ${steps.join('; ')}; END`
}

function step(random: Random, table: TableShape, names: readonly string[]): string {
  const value = (): string =>
    random.below(3) === 0 ? randomValue(random) : rowExpression(random, names)
  const [key] = table.key
  const where = `${key} = ${random.below(2) === 0 ? random.below(20) : random.pick(names)}`
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2: {
      const isKey = (column: string): boolean => column === table.alias
      const values = table.columns.map((column) =>
        isKey(column) ? random.pick(['NULL', String(random.below(40))]) : value(),
      )
      const upsert =
        random.below(4) > 0 || table.targets.length === 0
          ? ''
          : random.pick([
              ' ON CONFLICT DO NOTHING',
              ` ON CONFLICT DO UPDATE SET ${settable(random, table)} = ${value()}`,
            ])
      // A table without indexes for it has no conflict to answer.
      return `INSERT${random.pick(orActions)} INTO ${table.name}(${table.columns.join(', ')}) VALUES (${values.join(', ')})${upsert}`
    }
    case 3:
    case 4:
    case 5:
      return `UPDATE${random.pick(orActions)} ${table.name} SET ${settable(random, table)} = ${value()} WHERE ${where}`
    case 6:
      return `DELETE FROM ${table.name} WHERE ${where}`
    case 7: {
      const action = random.pick(['IGNORE', 'IGNORE', "ABORT, 'a'", "FAIL, 'f'", "ROLLBACK, 'r'"])
      return `SELECT RAISE(${action}) WHERE ${predicate(random, names)} AND ${predicate(random, names)}`
    }
    default:
      return `SELECT ${value()} FROM ${table.name} WHERE ${where}`
  }
}

/** Another column than the rowid, whose changes would lead from row to row. */
function settable(random: Random, { columns, alias }: TableShape): string {
  return random.pick(columns.filter((column) => column !== alias))
}
