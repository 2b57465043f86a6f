/**
 * Rounds about foreign keys: two to four tables that refer to each other and to themselves, by every kind of key, with all actions, immediate and
 * deferred; then statements that break and mend them, transactions and savepoints.
 *
 * Left out is what SQLite itself gets wrong (COMPATIBILITY): SET NULL where tables refer to each other in a circle, UPDATE OR REPLACE, and columns of
 * different affinities.
 */
import type { Random } from '../random.ts'
import { randomShape } from './shape.ts'
import type { Shape, TableShape } from './shape.ts'

interface Table {
  readonly name: string
  /** INTEGER PRIMARY KEY; one column; two columns. */
  readonly key: 'rowid' | 'column' | 'columns'
  readonly columns: readonly string[]
  readonly definitions: readonly string[]
  readonly constraints: string[]
  readonly uniques: Set<string>
  readonly withoutRowid: boolean
}

const columnNames = ['a', 'b', 'c', 'd']
const values = ['1', '2', '3', '1', '2', '3', '4', 'NULL', "'1'", "'x'", "'X'", '2.0', '1.5', "'2'"]
const deferrals = ['', '', '', ' DEFERRABLE INITIALLY DEFERRED', ' DEFERRABLE']

export function foreignKeyRound(random: Random): { shape: Shape; steps: string[] } {
  const type = random.pick([' INTEGER', ' TEXT', ' INT', ' TEXT COLLATE NOCASE', ' REAL', ''])
  const isAcyclic = random.below(3) === 0
  const count = 2 + random.below(3)
  const tables = Array.from({ length: count }, (_, i) => randomTable(random, `k${i}`, type))
  tables.forEach((child, place) => {
    for (let keys = random.below(3); keys > 0; keys--) {
      const parents = isAcyclic ? tables.slice(0, place) : tables
      if (parents.length > 0) addKey(random, child, random.pick(parents), isAcyclic)
    }
  })
  const shape = { ...randomShape(random), tables: tables.map((table) => shapeOf(random, table)) }
  const steps = ['PRAGMA foreign_keys = ON']
  for (const { create, indexes } of shape.tables) steps.push(create, ...indexes)
  if (random.below(4) === 0) steps.push(trigger(random, tables))
  for (let left = 20 + random.below(60); left > 0; left--) {
    steps.push(random.below(20) === 0 ? '-- compare' : statement(random, tables))
  }
  steps.push('SELECT * FROM pragma_foreign_key_check ORDER BY 1, 2, 3, 4')
  return { shape, steps }
}

function randomTable(random: Random, name: string, type: string): Table {
  const key = random.pick(['rowid', 'column', 'columns'] as const)
  const isGenerated = random.below(5) === 0
  const definitions = columnNames.map((column, i) => {
    if (i === 0 && key === 'rowid') return 'a INTEGER PRIMARY KEY'
    if (i === 3 && isGenerated) {
      const value = random.pick(['b', 'c', 'coalesce(b, 1)'])
      return `d${type} AS (${value}) ${random.pick(['VIRTUAL', 'STORED'])}`
    }
    const primary = i === 0 && key === 'column' ? ' PRIMARY KEY' : ''
    const initial = random.below(3) === 0 ? ` DEFAULT ${random.pick(['1', '2', "'x'"])}` : ''
    const notNull = i > 0 && random.below(7) === 0 ? ' NOT NULL' : ''
    return `${column}${type}${primary}${initial}${notNull}`
  })
  return {
    name,
    key,
    columns: isGenerated ? columnNames.slice(0, 3) : columnNames,
    definitions,
    constraints: key === 'columns' ? ['PRIMARY KEY(a, b)'] : [],
    uniques: new Set(),
    withoutRowid: key !== 'rowid' && random.below(3) === 0,
  }
}

function addKey(random: Random, child: Table, parent: Table, mayBeNull: boolean): void {
  const actions = ['CASCADE', 'SET DEFAULT', 'RESTRICT', 'NO ACTION']
  if (mayBeNull) actions.push('SET NULL', 'SET NULL')
  const on = (event: string): string =>
    random.below(3) === 0 ? '' : ` ON ${event} ${random.pick(actions)}`
  const how = on('DELETE') + on('UPDATE') + random.pick(deferrals)
  if (parent.key === 'columns' && random.below(3) > 0) {
    const own = random.pick(['b, c', 'c, d', 'c, b'])
    const other = random.pick(['', '(a, b)', '(b, a)'])
    child.constraints.push(`FOREIGN KEY(${own}) REFERENCES ${parent.name}${other}${how}`)
    return
  }
  // Now and then there is no such key: a mismatch.
  const other = random.pick(['a', 'a', 'c', 'd'])
  if (other !== 'a' || parent.key === 'columns') {
    if (random.below(20) > 0) parent.uniques.add(other)
  }
  const own = random.pick(['a', 'b', 'c', 'd'])
  const named =
    other === 'a' && parent.key !== 'columns' && random.below(2) === 0 ? '' : `(${other})`
  child.constraints.push(`FOREIGN KEY(${own}) REFERENCES ${parent.name}${named}${how}`)
}

function shapeOf(random: Random, table: Table): TableShape {
  const { name, columns, definitions, constraints, uniques, withoutRowid } = table
  const indexes = [...uniques].map(
    (column) => `CREATE UNIQUE INDEX ${name}_${column} ON ${name}(${column})`,
  )
  if (random.below(2) === 0) {
    indexes.push(`CREATE INDEX ${name}_i ON ${name}(${random.pick(['b', 'c', 'd', 'b, c'])})`)
  }
  const all = [...definitions, ...constraints].join(', ')
  return {
    name,
    columns,
    readable: columnNames,
    alias: table.key === 'rowid' ? 'a' : null,
    key: table.key === 'columns' ? ['a', 'b'] : ['a'],
    hasRowid: !withoutRowid,
    order: 'a, b, c',
    tree: null,
    targets: [],
    create: `CREATE TABLE ${name}(${all})${withoutRowid ? ' WITHOUT ROWID' : ''}`,
    indexes,
  }
}

function trigger(random: Random, tables: readonly Table[]): string {
  const on = random.pick(tables).name
  const other = random.pick(tables).name
  const event = random.pick(['INSERT', 'DELETE', 'UPDATE'])
  const row = event === 'DELETE' ? 'OLD' : 'NEW'
  const number = (): number => random.below(4)
  const body = random.pick([
    `DELETE FROM ${other} WHERE a = ${number()}`,
    `UPDATE ${other} SET b = ${number()} WHERE c = ${number()}`,
    `INSERT OR IGNORE INTO ${other}(a, b, c) VALUES (${number()}, ${number()}, ${number()})`,
    `SELECT RAISE(IGNORE) WHERE ${row}.b = ${number()}`,
    `SELECT RAISE(${random.pick(['ABORT', 'FAIL', 'ROLLBACK'])}, 'no') WHERE ${row}.b = ${number()}`,
  ])
  return `CREATE TRIGGER fired ${random.pick(['BEFORE', 'AFTER'])} ${event} ON ${on} BEGIN ${body}; END`
}

function statement(random: Random, tables: readonly Table[]): string {
  const { name, columns, withoutRowid } = random.pick(tables)
  const value = (): string => random.pick(values)
  const row = (): string => `(${columns.map(value).join(', ')})`
  const or = random.pick(['', '', '', '', ' OR IGNORE', ' OR FAIL', ' OR ROLLBACK', ' OR ABORT'])
  const insertOr = random.below(4) === 0 ? ' OR REPLACE' : or
  const into = `${name}(${columns.join(', ')})`
  const returning = random.below(8) === 0 ? ' RETURNING *' : ''
  // Else SQLite takes the rows in the order of a smaller index. (COMPATIBILITY.md)
  const byKey = withoutRowid ? 'a > -1000' : '1'
  const where = random.pick([
    withoutRowid ? ` WHERE ${byKey}` : '',
    ` WHERE ${byKey} AND +${random.pick(columns)} = ${value()}`,
    ` WHERE a = ${value()}`,
    ` WHERE ${byKey} AND +${random.pick(columns)} IN (${value()}, ${value()})`,
  ])
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return `INSERT${insertOr} INTO ${into} VALUES ${row()}${returning}`
    case 4:
      return `INSERT${insertOr} INTO ${into} VALUES ${row()}, ${row()}, ${row()}${returning}`
    case 5: {
      const terms = columns.map((column) => random.pick([column, 'b', value()]))
      const from = random.pick(tables).name
      // Sorted, so that all rows are read before an action changes one. (COMPATIBILITY.md)
      return `INSERT${insertOr} INTO ${into} SELECT ${terms.join(', ')} FROM ${from} ORDER BY +a, b, c, d`
    }
    case 6:
    case 7:
    case 8: {
      const first = `${random.pick(columns)} = ${random.below(5) === 0 ? random.pick(columns) : value()}`
      const more = random.below(3) === 0 ? `, ${random.pick(columns)} = ${value()}` : ''
      // Under OR ABORT SQLite may take a trigger's action for the statement's own. (COMPATIBILITY.md)
      const updateOr = or === ' OR ABORT' ? '' : or
      return `UPDATE${updateOr} ${name} SET ${first}${more}${where}${returning}`
    }
    case 9:
    case 10:
      return `DELETE FROM ${name}${where}${returning}`
    case 11: {
      const update = `UPDATE SET ${random.pick(columns)} = ${random.pick([value(), 'excluded.b'])}`
      const answer = random.pick(['NOTHING', update])
      return `INSERT INTO ${into} VALUES ${row()} ON CONFLICT DO ${answer}${returning}`
    }
    case 12: {
      const savepoint = random.pick(['s1', 's2'])
      return random.pick([
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        `SAVEPOINT ${savepoint}`,
        `RELEASE ${savepoint}`,
        `ROLLBACK TO ${savepoint}`,
      ])
    }
    default:
      return random.pick([
        'PRAGMA defer_foreign_keys = ON',
        'PRAGMA defer_foreign_keys = OFF',
        'PRAGMA foreign_keys = OFF',
        'PRAGMA foreign_keys = ON',
        'PRAGMA foreign_keys = ON',
        'SELECT * FROM pragma_defer_foreign_keys',
        'SELECT * FROM pragma_foreign_key_check ORDER BY 1, 2, 3, 4',
        `SELECT * FROM pragma_foreign_key_check('${name}')`,
        `SELECT * FROM pragma_foreign_key_list('${name}')`,
        `DROP TABLE ${name}`,
      ])
  }
}
